# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Guest A for test-vm/bench-hibernate: filled memory and nothing else that runs, hibernated by kjt.method=: kjump or
# swsusp; the same memory afterwards, or it is not counted.
# shellcheck source=test-vm/guest/work
. /kjt/work

meminfo() { sed -n "s/^$1: *\([0-9]*\) kB/\1/p" /proc/meminfo; }

method=$(work_option method kjump)
if [ "$method" = swsusp ]; then
	tap_try "target" sh -c 'mkswap /dev/vda >/dev/null && swapon /dev/vda && echo shutdown >/sys/power/disk'
else
	tap_try "target" kjump init-target /dev/vda
fi
tap_try "memory filled" sh -c "kjwork fill --percent $(work_option percent 40) --seed 7 >/tmp/fill"
work_sum_save
kv pages "$(work_value /tmp/fill PAGES)"
kv free_before "$(meminfo MemFree)"
sync
stage hibernate
status=0
if [ "$method" = swsusp ]; then
	{ echo disk >/sys/power/state; } 2>/tmp/err || status=1
else
	kjump hibernate >/tmp/out 2>/tmp/err || status=$?
fi
stage resumed
kv free "$(meminfo MemFree)"
kv available "$(meminfo MemAvailable)"
kv status "$status $(head -n 1 /tmp/err)"
[ "$method" = swsusp ] || kv times "$(grep '^away ' /tmp/out)"
tap_try "same memory checksum" work_sum_same
