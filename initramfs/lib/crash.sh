# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Kernel B after a panic of A: save dmesg and dump to the first target that works, and always reboot. A is dead, so a
# file system may be mounted here, and only here.

# kj_save_dir DIR: the saved layout of FORMAT section 5.
kj_save_dir() {
	kj_rc=0
	(umask 077 && mkdir -p "$1") || return 73
	if kjump-dmesg -o "$1/vmcore-dmesg.txt.part" /proc/vmcore; then
		sync
		mv "$1/vmcore-dmesg.txt.part" "$1/vmcore-dmesg.txt"
		kj_say "A's kernel log saved: $1/vmcore-dmesg.txt"
	else
		kj_say "A's kernel log could not be read whole"
	fi
	kjump-dump -f elf -s /run/kjump.stats -o "$1/vmcore-incomplete" /proc/vmcore || kj_rc=$?
	dmesg >"$1/kexec-dmesg.log"
	sync
	if [ "$kj_rc" -eq 0 ]; then
		mv "$1/vmcore-incomplete" "$1/vmcore" || kj_rc=74
		sync
	fi
	return "$kj_rc"
}

kj_save_fs() {
	mkdir -p /mnt/target
	if ! mount "$1" /mnt/target; then
		kj_say "$1: does not mount"
		return 66
	fi
	kj_dir=/mnt/target${CONF_KJ_PATH:-/var/crash}/127.0.0.1-$(date +%Y-%m-%d-%H:%M:%S)
	mkdir -p "${kj_dir%/*}"
	kj_rc=0
	kj_save_dir "$kj_dir" || kj_rc=$?
	umount /mnt/target || kj_rc=74
	return "$kj_rc"
}

# One target: a labelled device takes the ELF dump as it is; anything else must hold a file system.
kj_save_to() {
	kj_t=$1
	case $kj_t in
	UUID=* | LABEL=*) kj_t=$(findfs "$kj_t") ;;
	PARTUUID=*) kj_t=$(kj_partuuid "${kj_t#*=}") ;;
	esac
	kj_i=0
	while [ ! -b "$kj_t" ] && [ "$kj_i" -lt "$KJ_WAIT" ]; do
		kj_i=$((kj_i + 1))
		sleep 1
	done
	if [ ! -b "$kj_t" ]; then
		kj_say "target '$1' is not there"
		return 66
	fi
	if kjump-info -l "$kj_t" >/dev/null 2>&1; then
		kjump-dump -f elf -s /run/kjump.stats -o "$kj_t" /proc/vmcore
	else
		kj_save_fs "$kj_t"
	fi
}

kj_partuuid() {
	for kj_p in /sys/class/block/*/uevent; do
		if grep -qi "^PARTUUID=$1\$" "$kj_p"; then
			sed -n 's/^DEVNAME=/\/dev\//p' "$kj_p"
			return 0
		fi
	done
	return 1
}

kj_crash() {
	kj_say "A has crashed: ${VM_RELEASE:-${VM_OSRELEASE:-unknown kernel}}"
	kj_saved=''
	# the whole stay here is bounded, whatever hangs
	kj_deadline_reset
	for kj_c in ${CONF_KJ_CRASH_TARGET:-}; do
		if kj_save_to "$kj_c"; then
			kj_saved=$kj_c
			break
		fi
		kj_say "target '$kj_c' failed"
	done
	if [ -n "$kj_saved" ]; then
		kj_say "saved to $kj_saved"
		kj_action=${KJ_FINAL:-${CONF_KJ_FINAL_ACTION:-reboot}}
	else
		kj_say "no target worked; the end of A's kernel log:"
		kjump-dmesg /proc/vmcore 2>&1 | tail -n 40 >/dev/console
		kj_action=${KJ_FINAL:-${CONF_KJ_FAILURE_ACTION:-reboot}}
	fi
	[ -z "$KJ_SHELL" ] || kj_action=shell
	case $kj_action in
	shell) return 0 ;;
	*) kj_final "$kj_action" ;;
	esac
}

# Nobody watches: when the deadline passes, reset whatever still runs.
kj_deadline_reset() {
	[ "$KJ_DEADLINE" -gt 0 ] || KJ_DEADLINE=3600
	(
		sleep "$KJ_DEADLINE"
		kj_say "deadline of $KJ_DEADLINE s is over"
		kj_reset
	) &
}
