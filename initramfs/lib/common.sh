# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# shellcheck disable=SC2034 # what is set here is used by the mode files
# What every mode needs: words to the console, the command line, safe reading of KEY=value, devices by name, modules,
# watchdog, the end. It must never decide what to do with A.

# One line to every console and to the kernel log, which itself goes to none of them.
kj_say() {
	echo "kjump: $*" >/dev/console
	echo "kjump: $*" >>"${KJ_SAID:-/dev/null}"
	echo "kjump: $*" >/dev/kmsg 2>/dev/null
}

# The consoles at which somebody may sit: the kernel's own, and the screen, where there is one.
kj_consoles() {
	kj_c=''
	read -r kj_c 2>/dev/null </sys/class/tty/console/active
	case " $kj_c " in
	*' tty0 '*) ;;
	*) [ ! -c /dev/tty0 ] || kj_c="tty0 $kj_c" ;;
	esac
	echo "$kj_c"
}

# /dev/console is the last of them and is written to at once. What is in $KJ_SAID somebody else takes to the others: one
# that takes no output must not hold up a dump.
kj_follow() {
	KJ_OTHERS='' KJ_SAID=/dev/null KJ_FOLLOWERS=''
	kj_all=$(kj_consoles)
	for kj_o in $kj_all; do
		[ -c "/dev/$kj_o" ] || continue
		# nor may a key do that
		stty -F "/dev/$kj_o" -ixon 2>/dev/null
		[ "$kj_o" != "${kj_all##* }" ] || continue
		KJ_OTHERS="$KJ_OTHERS /dev/$kj_o" KJ_SAID=/run/kjump.said
		: >>"$KJ_SAID"
		tail -f "$KJ_SAID" >"/dev/$kj_o" 2>/dev/null &
		KJ_FOLLOWERS="$KJ_FOLLOWERS $!"
	done
}

# kj_tee LOG: from stdin to there and to the consoles; kj_wait_tee waits for its end, but not for a console's.
kj_tee() { tee -a "$1" "${KJ_SAID:-/dev/null}" >/dev/console; }

kj_wait_tee() {
	(
		sleep 10
		kill -KILL "$1"
	) >/dev/null 2>&1 &
	kj_timer=$!
	wait "$1" || :
	kill "$kj_timer" 2>/dev/null
}

kj_console() {
	kj_follow
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

# kj_forget_kv PREFIX FILE: what kj_read_kv has read there is not set any more.
kj_forget_kv() {
	[ -r "$2" ] || return 0
	while IFS='=' read -r kj_k kj_v; do
		case $kj_k in
		'' | *[!A-Z0-9_]*) continue ;;
		esac
		unset "$1_$kj_k"
	done <"$2"
}

# VM_*: what waits behind this kernel, and what it wants.
kj_vmcore() {
	kjump-info -j /proc/vmcore >/run/kjump.vmcore 2>/run/kjump.vmcore.err || :
	kj_read_kv VM /run/kjump.vmcore
}

# Words for kjump-dump: what build -P has put here, if anything.
kj_profile() {
	[ ! -e /etc/kjump.profile ] || echo '-p /etc/kjump.profile'
}

# 0x0, 0 and an empty string are zero.
kj_hex_nonzero() {
	case $1 in
	*[1-9a-fA-F]*) echo yes ;;
	*) echo no ;;
	esac
}

# A number for arithmetic, 0 for anything else.
kj_number() {
	case $1 in
	0x*[!0-9a-fA-F]*) echo 0 ;;
	0x?*) echo $(($1)) ;;
	'' | *[!0-9]* | ???????????*) echo 0 ;;
	0*[1-9]*) echo "${1#"${1%%[!0]*}"}" ;;
	0*) echo 0 ;;
	*) echo "$1" ;;
	esac
}

# KJ_* settings: what the image was built with, then kjump.*= of the kernel command line, which wins.
kj_cmdline() {
	KJ_MODE=auto KJ_TARGET=auto KJ_FINAL='' KJ_SHELL='' KJ_WAIT=10 KJ_ROOT='' KJ_ROOTFLAGS=ro
	KJ_NORESUME='' KJ_TEST_HANG='' KJ_TEST_HOOK='' KJ_INIT=/sbin/init KJ_PATH=auto KJ_IMAGE='' KJ_PASS=''
	KJ_RESUME='' KJ_RESUME_OFFSET=0
	kj_read_kv CONF /etc/kjump.env || :
	KJ_DEADLINE=${CONF_KJ_DEADLINE:-0}
	KJ_ONFAIL=${CONF_KJ_ONFAIL:-boot}
	KJ_WATCHDOG=${CONF_KJ_WATCHDOG:-60}
	# a disk that is known to belong here is waited for longer than one that may not exist
	[ -z "${CONF_KJ_TARGET:-}" ] || KJ_WAIT=30
	read -r kj_line </proc/cmdline
	set -f
	for kj_w in $kj_line; do
		case $kj_w in
		kjump.mode=*) KJ_MODE=${kj_w#*=} ;;
		kjump.target=*) KJ_TARGET=${kj_w#*=} ;;
		kjump.final=*) KJ_FINAL=${kj_w#*=} ;;
		kjump.deadline=*) KJ_DEADLINE=${kj_w#*=} ;;
		kjump.watchdog=*) KJ_WATCHDOG=${kj_w#*=} ;;
		kjump.wait=*) KJ_WAIT=${kj_w#*=} ;;
		kjump.onfail=*) KJ_ONFAIL=${kj_w#*=} ;;
		kjump.path=*) KJ_PATH=${kj_w#*=} ;;
		kjump.image=*) KJ_IMAGE=${kj_w#*=} ;;
		kjump.shell) KJ_SHELL=1 ;;
		kjump.test.hang=*) KJ_TEST_HANG=${kj_w#*=} ;;
		kjump.test.hook=*) KJ_TEST_HOOK=${kj_w#*=} ;;
		noresume) KJ_NORESUME=1 ;;
		resume=*) KJ_RESUME=${kj_w#*=} ;;
		resume_offset=*) KJ_RESUME_OFFSET=$(kj_number "${kj_w#*=}") ;;
		root=*) KJ_ROOT=${kj_w#*=} ;;
		init=*) KJ_INIT=${kj_w#*=} ;;
		rw | ro) KJ_ROOTFLAGS=$kj_w ;;
		esac
	done
	# what a kernel that this one starts is to be told as well
	for kj_w in $kj_line; do
		case $kj_w in
		kjump.mode=* | kjump.path=* | kjump.image=* | kjump.target=*) ;;
		kjump.* | resume=* | resume_offset=*) KJ_PASS="$KJ_PASS${KJ_PASS:+ }$kj_w" ;;
		esac
	done
	set +f
	case $KJ_PATH in
	auto | snapshot | direct | kexec) ;;
	*)
		# a slip of the pen must not cost an image
		kj_say "kjump.path='$KJ_PATH' is not known: auto"
		KJ_PATH=auto
		;;
	esac
	KJ_DEADLINE=$(kj_number "$KJ_DEADLINE")
	KJ_WATCHDOG=$(kj_number "$KJ_WATCHDOG")
	KJ_WAIT=$(kj_number "$KJ_WAIT")
	kj_disks
}

# What an image is to wait for its system's other disks: as long as for the target. That one is known to belong here, and so
# are they: where no target is named, or somebody is in a hurry to see that there is none, they still get their time.
kj_disks() { KJ_DISKS=$((KJ_WAIT > 30 ? KJ_WAIT : 30)); }

# First act: whatever goes wrong in this kernel ends in a reset, not in a dead machine.
kj_arm_panic() {
	read -r kj_panic </proc/sys/kernel/panic
	[ "$kj_panic" != 0 ] || echo 10 >/proc/sys/kernel/panic
	echo 1 >/proc/sys/kernel/panic_on_oops
	[ ! -e /proc/sys/kernel/softlockup_panic ] || echo 1 >/proc/sys/kernel/softlockup_panic
	[ ! -e /proc/sys/kernel/hung_task_panic ] || echo 1 >/proc/sys/kernel/hung_task_panic
}

# Modules that the image was built with, in the order that their dependencies ask for.
kj_modules() {
	[ -r /lib/kjump/modules.order ] || return 0
	while read -r kj_m kj_args; do
		# shellcheck disable=SC2086 # its options are words
		insmod "$kj_m" $kj_args 2>/dev/null || kj_say "module '$kj_m' does not load"
	done </lib/kjump/modules.order
}

# A hardware watchdog, where there is one, is fed as long as this user space lives.
kj_watchdog() {
	[ -c /dev/watchdog ] && [ "$KJ_WATCHDOG" -gt 0 ] || return 0
	kj_feed=$((KJ_WATCHDOG / 4))
	watchdog -T "$KJ_WATCHDOG" -t "$((kj_feed > 0 ? kj_feed : 1))" /dev/watchdog 2>/dev/null || :
}

# kj_device SPEC: the device node of /dev/..., UUID=, LABEL=, PARTUUID= or PARTLABEL=, if it is there.
kj_device() {
	kj_d=''
	case $1 in
	/dev/*) kj_d=$1 ;;
	UUID=* | LABEL=*) kj_d=$(findfs "$1" 2>/dev/null) ;;
	# kernels before 6.13 do not tell it in sysfs
	PARTUUID=*) kj_d=$(kjump-info -d "$1" 2>/dev/null | sed -n 's/^DEVICE=//p') ;;
	PARTLABEL=*) kj_d=$(kj_partition "${1#*=}") ;;
	esac
	[ -n "$kj_d" ] && [ -b "$kj_d" ] && echo "$kj_d"
}

# kj_partition LABEL: the partition of that name, by what the kernel read of a GPT.
kj_partition() {
	for kj_p in /sys/class/block/*/uevent; do
		kj_name='' kj_hit=''
		while IFS='=' read -r kj_k kj_v; do
			case $kj_k in
			DEVNAME) kj_name=$kj_v ;;
			PARTNAME) [ "$kj_v" != "$1" ] || kj_hit=1 ;;
			esac
		done <"$kj_p"
		if [ -n "$kj_hit" ]; then
			echo "/dev/$kj_name"
			return 0
		fi
	done
	return 1
}

# kj_wait_device SPEC: the same, but disks may come late; finite.
kj_wait_device() {
	kj_i=0
	while ! kj_device "$1"; do
		[ "$kj_i" -lt "$KJ_WAIT" ] || return 1
		kj_i=$((kj_i + 1))
		sleep 1
	done
}

# Seconds since 1970, for people.
kj_date() {
	date -u -d "@$1" '+%Y-%m-%d %H:%M:%S UTC' 2>/dev/null || echo '?'
}

# Milliseconds since this kernel started.
kj_uptime_ms() {
	read -r kj_up kj_rest </proc/uptime
	kj_rest=${kj_up#*.}0
	# no zero in front: a shell would take it for octal
	[ "${kj_up%.*}" = 0 ] || kj_rest=${kj_up%.*}$kj_rest
	echo "$kj_rest"
}

# kj_final ACTION: the machine always ends in one of these.
kj_final() {
	case $1 in
	poweroff) kjump-off ;;
	halt)
		sync
		halt -f
		;;
	shell) return 0 ;;
	esac
	kj_reset
}

# No step of this may wait for what does not answer: a console, a disk; sync and reboot(2) both may.
kj_reset() {
	(
		sleep 30
		echo b >/proc/sysrq-trigger
	) &
	kj_say "reset" &
	(
		sync
		: >/run/kjump.synced
	) &
	kj_i=0
	while [ ! -e /run/kjump.synced ] && [ "$kj_i" -lt 10 ]; do
		kj_i=$((kj_i + 1))
		sleep 1
	done
	reboot -n -f
	echo b >/proc/sysrq-trigger
	# where even that does not work, the watchdog is fed no more
	killall -KILL watchdog 2>/dev/null
	sleep 3600
}

# The rig asks for a kernel that dies or hangs: only so that the way out can be tested.
kj_test_hang() {
	case $KJ_TEST_HANG in
	panic) echo c >/proc/sysrq-trigger ;;
	# all of user space stands still, and with it whoever feeds the watchdog
	dead) kill -STOP -1; while :; do sleep 3600; done ;;
	# only the part that does the work
	spin) while :; do :; done ;;
	esac
}

# kjump.test.hook=layout: where this kernel lies, for the rig to see that it is not where A's lay.
kj_test_layout() {
	[ "$KJ_TEST_HOOK" = layout ] || return 0
	kj_say "this kernel lies at $(sed -n 's/ . _text$//p' /proc/kallsyms), physically $(sed -n 's/^ *\(.*\) : Kernel code$/\1/p' /proc/iomem)"
}

# kjump.test.hook=map: where the map of A's backup pages is from, for the rig to see which way was taken.
kj_test_map() {
	[ "$KJ_TEST_HOOK" = map ] || return 0
	kj_say "A's map is from: ${VM_MAP_FROM:-nowhere}"
}

# kjump.test.hook=hold: have /proc/vmcore open from here on, for the rig to see that what it shows is not taken for new.
kj_test_hold() {
	[ "$KJ_TEST_HOOK" != hold ] || exec 9</proc/vmcore
}

# kjump.test.hook=pause-dump: stand still before the dump until a line is typed, for the rig to look at the memory that
# the dump must show.
kj_test_pause() {
	case $KJ_TEST_HOOK in pause-dump*) ;; *) return 0 ;; esac
	kj_say "test: waiting for a line"
	read -r kj_x </dev/console
}
