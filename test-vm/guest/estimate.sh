# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Guest A: say how large a dump of this running system would be, and crash into a kernel B that runs estimate-b.sh.
# shellcheck source=test-vm/guest/work
. /kjt/work

# cache, tmpfs, anonymous, huge and slab pages; what is left is free
fill() {
	mkdir -p /mnt
	mount -t ext4 /dev/vda /mnt || return 1
	echo 4 >/proc/sys/vm/nr_hugepages
	dd if=/dev/urandom of=/tmp/tmpfs bs=64k count=256 2>/dev/null
	kjwork classes /mnt/cachefile >/tmp/classes
}

# running: sizes of the kernel that runs
running() {
	kjump-dump -E /proc/kcore >/tmp/est 2>/tmp/err || work_wrong "$(cat /tmp/err)" || return 1
	cat /tmp/err >/dev/console
	[ "$(work_value /tmp/est CLASSES_KNOWN)" = 1 ] || work_wrong "$(cat /tmp/err)" || return 1
	for key in PAGES_RAM CLASS_FREE CLASS_CACHE CLASS_USER D1_PAGES D17_PAGES D31_PAGES; do
		kv "A_$key" "$(work_value /tmp/est $key)"
	done
}

# again: it does not depend on luck; some MiB come and go between one and the next, and many more after a load
again() {
	for n in 0 1 2 3 4 5 6 7 8 9 10; do
		kjump-dump -q -w 2 -E /proc/kcore >/tmp/more 2>/tmp/err && [ ! -s /tmp/err ] || work_wrong "$n: $(cat /tmp/err)" || return 1
		if [ "$n" != 0 ]; then
			n=$(($(work_value /tmp/more CLASS_FREE) - $(work_value /tmp/last CLASS_FREE)))
			[ $n -gt -4096 ] && [ $n -lt 4096 ] || work_wrong "free pages: $n more" || return 1
		fi
		mv /tmp/more /tmp/last
	done
}

# Free pages that a CPU keeps for itself are not told from used ones; from 6.7 on these can be many MiB, for some seconds
echo 100000 >/proc/sys/vm/percpu_pagelist_high_fraction
tap_try "memory of every class" fill
tap_try "loaded for a crash" kjump load --crash
tap_try "sizes of a running kernel" running
tap_try "the same ten times" again
stage crash
echo c >/proc/sysrq-trigger
tap_not_ok "crash" "A is still here"
