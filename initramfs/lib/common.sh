# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# shellcheck disable=SC2034 # what is set here is used by the mode files
# What every mode needs: words to the console, the command line, safe reading of KEY=value, modules, watchdog, the end.
# It must never decide what to do with A.

# One line to every console and to the kernel log.
kj_say() {
	echo "kjump: $*" >/dev/console
	echo "kjump: $*" >/dev/kmsg 2>/dev/null
}

kj_console() {
	# the kernel log on the console stays readable: warnings and worse
	echo 4 >/proc/sys/kernel/printk
	exec </dev/console >/dev/console 2>&1
}

# kj_read_kv PREFIX FILE: KEY=value lines become PREFIX_KEY; the value is never evaluated.
kj_read_kv() {
	[ -r "$2" ] || return 1
	while IFS='=' read -r kj_k kj_v; do
		case $kj_k in
		'' | *[!A-Z0-9_]*) continue ;;
		esac
		case $kj_v in "'"*"'") kj_v=${kj_v#?} kj_v=${kj_v%?} ;; esac
		eval "$1_$kj_k=\$kj_v"
	done <"$2"
	return 0
}

# 0x0, 0 and an empty string are zero.
kj_hex_nonzero() {
	case $1 in
	*[1-9a-fA-F]*) echo yes ;;
	*) echo no ;;
	esac
}

# KJ_* settings: what the image was built with, then kjump.*= of the kernel command line, which wins.
kj_cmdline() {
	KJ_MODE=auto KJ_TARGET=auto KJ_FINAL='' KJ_DEADLINE='' KJ_SHELL='' KJ_WAIT=10 KJ_ROOT='' KJ_ROOTFLAGS=ro
	KJ_NORESUME='' KJ_TEST_HANG='' KJ_TEST_HOOK='' KJ_ONFAIL=boot KJ_INIT=/sbin/init
	kj_read_kv CONF /etc/kjump.env || :
	KJ_DEADLINE=${CONF_KJ_DEADLINE:-0}
	KJ_ONFAIL=${CONF_KJ_ONFAIL:-boot}
	read -r kj_line </proc/cmdline
	set -f
	for kj_w in $kj_line; do
		case $kj_w in
		kjump.mode=*) KJ_MODE=${kj_w#*=} ;;
		kjump.target=*) KJ_TARGET=${kj_w#*=} ;;
		kjump.final=*) KJ_FINAL=${kj_w#*=} ;;
		kjump.deadline=*) KJ_DEADLINE=${kj_w#*=} ;;
		kjump.wait=*) KJ_WAIT=${kj_w#*=} ;;
		kjump.onfail=*) KJ_ONFAIL=${kj_w#*=} ;;
		kjump.shell) KJ_SHELL=1 ;;
		kjump.test.hang=*) KJ_TEST_HANG=${kj_w#*=} ;;
		kjump.test.hook=*) KJ_TEST_HOOK=${kj_w#*=} ;;
		noresume) KJ_NORESUME=1 ;;
		root=*) KJ_ROOT=${kj_w#*=} ;;
		init=*) KJ_INIT=${kj_w#*=} ;;
		rw | ro) KJ_ROOTFLAGS=$kj_w ;;
		esac
	done
	set +f
	case $KJ_DEADLINE in '' | *[!0-9]*) KJ_DEADLINE=0 ;; esac
	case $KJ_WAIT in '' | *[!0-9]*) KJ_WAIT=10 ;; esac
}

# First act: whatever goes wrong in this kernel ends in a reset, not in a dead machine.
kj_arm_panic() {
	[ "$(cat /proc/sys/kernel/panic)" != 0 ] || echo 10 >/proc/sys/kernel/panic
	echo 1 >/proc/sys/kernel/panic_on_oops
	[ ! -e /proc/sys/kernel/softlockup_panic ] || echo 1 >/proc/sys/kernel/softlockup_panic
	[ ! -e /proc/sys/kernel/hung_task_panic ] || echo 1 >/proc/sys/kernel/hung_task_panic
}

# Modules that the image was built with, in the order that their dependencies ask for.
kj_modules() {
	[ -r /lib/kjump/modules.order ] || return 0
	while read -r kj_m; do
		insmod "$kj_m" 2>/dev/null || kj_say "module '$kj_m' does not load"
	done </lib/kjump/modules.order
}

# A hardware watchdog, where there is one, is fed as long as this user space lives.
kj_watchdog() {
	[ -c /dev/watchdog ] || return 0
	watchdog -T 60 -t 10 /dev/watchdog 2>/dev/null || :
}

# kj_deadline SECONDS PID: end PID when the time is over. 0: never.
kj_deadline() {
	[ "$1" -gt 0 ] || return 0
	(
		sleep "$1"
		kj_say "deadline of $1 s is over"
		kill -TERM "$2" 2>/dev/null
		sleep 10
		kill -KILL "$2" 2>/dev/null
	) &
	KJ_DEADLINE_PID=$!
}

kj_deadline_stop() {
	[ -z "${KJ_DEADLINE_PID:-}" ] || kill "$KJ_DEADLINE_PID" 2>/dev/null
	KJ_DEADLINE_PID=''
}

# Milliseconds since this kernel started.
kj_uptime_ms() {
	read -r kj_up kj_rest </proc/uptime
	echo "${kj_up%.*}${kj_up#*.}0"
}

# The machine always ends in one of these.
kj_final() {
	case $1 in
	poweroff) kjump-off ;;
	shell) return 0 ;;
	esac
	kj_reset
}

kj_reset() {
	sync
	kj_say "reboot"
	kjump-off --reboot
	reboot -f
	echo b >/proc/sysrq-trigger
	sleep 3600
}

# The rig asks for a kernel that does not come up, or dies: only so that the way out can be tested.
kj_test_hang() {
	case $KJ_TEST_HANG in
	panic) echo c >/proc/sysrq-trigger ;;
	dead) killall -STOP watchdog 2>/dev/null; while :; do sleep 3600; done ;;
	spin) while :; do :; done ;;
	esac
}
