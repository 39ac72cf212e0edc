# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Guest A: work, hibernate once, and check everything when it runs again.
# kjt.jumps=N: jump N times to B and back first. kjt.zeros=P: afterwards P % of free memory has to be clean.
# shellcheck source=test-vm/guest/work
. /kjt/work

tap_try "target labelled" kjump init-target "$(work_option target /dev/vda)"
tap_try "workload runs" work_start "$(work_option percent 60)"
tap_try "enough memory counted" work_counted
kjwork clock-save /tmp/clock >/dev/null
tap_try "all right before" work_check
work_sum_save
work_jumps "$(work_option jumps 0)" || exit
kv layout "$(work_layout)"
kv pages "$(work_value /tmp/fill PAGES)"
kv uptime_before "$(cut -d ' ' -f 1 /proc/uptime)"

stage hibernate
if [ "$(work_option s4 no)" = yes ]; then
	tap_is "S4 is refused" "$(kjump hibernate --s4 2>&1 || echo " $?")" "$(work_s4_refusal)"
	kjump hibernate --force-s4 >/tmp/out 2>/tmp/err
	status=$?
	tap_try "S4 is told" work_s4
	: >/tmp/err
else
	kjump hibernate >/tmp/out 2>/tmp/err
	status=$?
fi

stage resumed
cat /tmp/out /tmp/err >/dev/console
kv away "$(grep '^away ' /tmp/out)"
kv uptime_after "$(cut -d ' ' -f 1 /proc/uptime)"
tap_is "kjump exits 0" "$status$(cat /tmp/err)" 0
tap_try "kjump says how it came back" grep -q '^resumed from S5 by kernel ' /tmp/out
if [ "$(work_option zeros 0)" != 0 ]; then
	tap_try "free pages came back clean" work_zeros "$(work_option zeros 0)"
fi
tap_try "all right after" work_check
kv checked_pages "$(work_value /tmp/all MEM_PAGES)"
tap_try "same memory checksum" work_sum_same
tap_try "same boot id and a sane clock" work_clock /tmp/clock 1 3600
tap_try "no in-kernel hibernation" work_no_swsusp
tap_try "all CPUs online" work_cpus
tap_try "nothing stays loaded" work_unloaded
tap_try "file system clean" work_end
