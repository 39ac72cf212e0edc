# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Kernel B, with the rig's init: what --estimate says of /proc/vmcore, and the dumps that are then made of it.
# shellcheck source=test-vm/guest/work
. /kjt/work

# Bytes of a kdump that holds its pages as they are follow from how many are zero.
holds() {
	kjump-dump -q -f kdump -c none -d "$1" -s /tmp/stats -o /tmp/dump || return 1
	[ "$(work_value /tmp/est "D$1_PAGES")" = $(($(work_value /tmp/stats PAGES_DATA) + $(work_value /tmp/stats PAGES_ZERO))) ] &&
		[ "$(wc -c </tmp/dump)" = $(($(work_value /tmp/est "D$1_BYTES_MIN") + 4096 * $(work_value /tmp/stats PAGES_DATA))) ]
	set -- $? "$1"
	rm -f /tmp/dump
	return "$1"
}

# A stream of everything is too large for B's memory, its pages are not.
pages() {
	kjump-dump -q -f flat -c none -d "$1" -s /tmp/stats -o - >/dev/null || return 1
	[ "$(work_value /tmp/est "D$1_PAGES")" = $(($(work_value /tmp/stats PAGES_DATA) + $(work_value /tmp/stats PAGES_ZERO))) ]
}

tap_try "sizes of a crashed kernel" kjump-dump -E /proc/vmcore >/tmp/est
for key in PAGES_RAM CLASS_FREE CLASS_CACHE CLASS_USER D1_PAGES D17_PAGES D31_PAGES; do
	kv "B_$key" "$(work_value /tmp/est $key)"
done
tap_try "a dump with -d 31 is as large as was said" holds 31
tap_try "one with -d 17 has the pages that were said" pages 17
tap_try "one with -d 1 has the pages that were said" pages 1
