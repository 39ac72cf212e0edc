# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Guest A, a stock kernel that is locked down: what kjump says there, and that nothing is loaded.
# shellcheck source=test-vm/guest/work
. /kjt/work

why='kexec_load: the kernel is locked down'
# refused STATUS LINE COMMAND...: with that line alone, and without harm.
refused() {
	local want="$1" line="$2"
	shift 2
	work_says "$want" "^$line\$" "$@" && [ "$(cat /sys/kernel/kexec_loaded)$(cat /sys/kernel/kexec_crash_loaded)" = 00 ]
}

tap_try "load, where nobody can see why" refused 77 \
	'kjump-load: kexec_load: not permitted: no CAP_SYS_BOOT, or the kernel is locked down' kjump load
mount -t securityfs securityfs /sys/kernel/security
tap_try "locked down" grep -q '\[integrity\]' /sys/kernel/security/lockdown
tap_try "target labelled" kjump init-target /dev/vda
tap_try "hibernate" refused 77 "kjump-load: $why" kjump hibernate
tap_try "snapshot" refused 77 "kjump-load: $why" kjump snapshot
tap_try "test" refused 77 "kjump-load: $why" kjump test --jump-only
tap_try "load" refused 77 "kjump-load: $why" kjump load
tap_try "load --crash" refused 77 "kjump-load: $why" kjump load --crash
tap_is "unload" "$(kjump unload 2>&1; echo $?)" "kjump-load: kexec_load: not root, or locked down
77"
status=0
kjump status >/tmp/status 2>&1 || status=$?
cat /tmp/status >/dev/console
tap_is "status is not ready" "$status" 1
tap_try "status says why" grep -qx 'lockdown    on: jumps are not possible' /tmp/status
tap_is "the job never began" "$(kjump-info -l /dev/vda | sed -n 's/^REC_STATE=//p')" none
