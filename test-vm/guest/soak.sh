# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Guest A for test-vm/soak: hibernate kjt.cycles= times in one life, each time with other work to do and other memory,
# and check everything in between. kjt.first= is the number of the first cycle, from which the work follows.
# shellcheck source=test-vm/guest/work
. /kjt/work

# soak_start N: kjt.percent= of memory with contents of N's own, from easily to hardly packed, and some of the rest.
soak_start() {
	local cpus
	cpus=$(grep -c ^processor /proc/cpuinfo)
	mount -t ext4 "$(work_option data /dev/vdb)" /mnt || return 1
	kjwork fill --percent "$(work_option percent 60)" --incompressible $(($1 * 29 % 81 + 15)) --seed "$1" \
		--window "$WORK_WINDOW" >/tmp/fill || return 1
	kjwork disk /mnt >/dev/null && kjwork tcp >/dev/null || return 1
	# counting flat out, or not; spinning on all CPUs, or one
	case $(($1 % 3)) in
	0) kjwork counter --busy >/dev/null ;;
	1) kjwork counter >/dev/null && kjwork busy "$cpus" >/dev/null ;;
	2) kjwork counter --busy >/dev/null && kjwork busy 1 >/dev/null ;;
	esac
}

# soak_check: all that was started, and that it was that much.
soak_check() {
	kjwork all-check >/tmp/all || work_wrong "failed: $(work_value /tmp/all FAILED): $(grep '=bad$' /tmp/all)" || return 1
	[ "$(work_value /tmp/all CHECKED)" = "$1" ] || work_wrong "checked: $(work_value /tmp/all CHECKED)"
}

soak_back() {
	cat /tmp/out /tmp/err >/dev/console
	[ "$2$(cat /tmp/err)" = 0 ] || work_wrong "kjump: status $2, $(cat /tmp/err)" || return 1
	grep -q '^resumed from S5 by kernel ' /tmp/out || work_wrong "$(cat /tmp/out)" || return 1
	soak_check "$1" && work_sum_same && work_clock /tmp/clock 1 7200 && work_cpus && work_unloaded
}

WORK_WINDOW=$(work_window) || exit 1
echo 0 >/proc/sys/vm/compaction_proactiveness
mkdir -p /mnt
tap_try "target labelled" kjump init-target /dev/vda
n=1 first=$(work_option first 1)
while [ $n -le "$(work_option cycles 1)" ]; do
	soak_start $((first + n - 1)) || { tap_not_ok "cycle $n" "no workload"; break; }
	checks=5
	[ $(((first + n - 1) % 3)) -ne 0 ] || checks=4
	if ! soak_check $checks || ! work_sum_save; then
		tap_not_ok "cycle $n" "wrong before"
		break
	fi
	kjwork clock-save /tmp/clock >/dev/null
	kv pages "$(work_value /tmp/fill PAGES)"
	stage "hibernate $n"
	status=0
	kjump hibernate >/tmp/out 2>/tmp/err || status=$?
	stage "resumed $n"
	tap_try "cycle $n" soak_back $checks $status || break
	work_end || { tap_not_ok "end $n"; break; }
	n=$((n + 1))
done
stage "done"
