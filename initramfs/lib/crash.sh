# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Kernel B after a panic of A: save dmesg and dump to the first target that works, and always reboot. A is dead, so a
# file system may be mounted here, and only here. It must never call a dump whole that is not.

# kj_save_dir DIR: the saved layout of FORMAT section 5.
kj_save_dir() {
	kj_rc=0
	(umask 077 && mkdir -p "$1") || return 73
	if (umask 077 && kjump-dmesg /proc/vmcore >"$1/vmcore-dmesg.txt.part"); then
		sync
		mv "$1/vmcore-dmesg.txt.part" "$1/vmcore-dmesg.txt"
		kj_say "A's kernel log saved: ${1#/mnt/target}/vmcore-dmesg.txt"
	else
		kj_say "A's kernel log could not be read whole"
	fi
	kjump-dump -f elf -s /run/kjump.stats -o "$1/vmcore-incomplete" /proc/vmcore || kj_rc=$?
	(umask 077 && dmesg >"$1/kexec-dmesg.log")
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
	kj_dir=/mnt/target${CONF_KJ_PATH:-/var/crash}
	mkdir -p "$kj_dir"
	kj_rc=0
	kj_save_dir "$kj_dir/127.0.0.1-$(date +%Y-%m-%d-%H:%M:%S)" || kj_rc=$?
	umount /mnt/target || kj_rc=74
	return "$kj_rc"
}

# One target: a labelled device takes the ELF dump as it is; anything else must hold a file system.
kj_save_to() {
	if ! kj_t=$(kj_wait_device "$1"); then
		kj_say "target '$1' is not there"
		return 66
	fi
	if kjump-info -l "$kj_t" >/dev/null 2>&1; then
		kjump-dump -f elf -s /run/kjump.stats -o "$kj_t" /proc/vmcore
	else
		kj_save_fs "$kj_t"
	fi
}

kj_crash() {
	kj_say "A has crashed: ${VM_RELEASE:-${VM_OSRELEASE:-unknown kernel}}"
	# the whole stay here is bounded, whatever hangs
	kj_deadline_reset
	kj_test_hang
	kj_saved=''
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
	if [ "$kj_action" = shell ]; then
		# somebody is expected to be there: the deadline is not for them
		kill "$KJ_RESET_PID" 2>/dev/null
		KJ_SHELL=1
		return 0
	fi
	kj_final "$kj_action"
}

# Nobody watches: when the deadline passes, reset whatever still runs.
kj_deadline_reset() {
	[ "$KJ_DEADLINE" -gt 0 ] || KJ_DEADLINE=3600
	(
		sleep "$KJ_DEADLINE"
		kj_say "deadline of $KJ_DEADLINE s is over"
		kj_reset
	) &
	KJ_RESET_PID=$!
}
