# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Kernel B with A waiting behind it: do the armed job, then leave, by power-off or back into A. It must never let A run
# again while an image of it could be restored, and never end anywhere but in A, in power-off or in a reset.

# kj_back RESULT TEXT: into A, with what came of it.
kj_back() {
	kjump-return -e jump -r "$1" -t "$2" -b "${KJ_BOOT_MS:-0}" -s /run/kjump.stats || :
	kj_say "back to the system that waits"
	# it looks for the target, and a disk that does not answer would hold that up for ever
	(
		sleep 120
		kj_say "the jump back hangs"
		kj_reset
	) &
	# it refuses while an image of that system is ready
	kjump-exec || :
	kj_say "cannot jump back: the next boot will say that job ${VM_JOB_ID:-?} never finished"
	kj_reset
}

# kj_guard SECONDS: the end of this stay, whatever becomes of the rest of this user space. First the dump is stopped,
# which erases its half image, and kj_jump goes back. If it does not, this does.
kj_guard() {
	[ "$1" -gt 0 ] || return 0
	KJ_LATE="deadline of $1 s is over"
	(
		sleep "$1"
		: >/run/kjump.late
		kj_say "$KJ_LATE"
		kj_stop_dump TERM
		sleep 20
		kj_stop_dump KILL
		sleep 5
		kj_back 75 "$KJ_LATE"
	) &
}

kj_stop_dump() {
	[ ! -s /run/kjump.dump.pid ] || kill "-$1" "$(cat /run/kjump.dump.pid)" 2>/dev/null
}

# The dump itself; its exit status is the truth. What it prints goes to the console and, the last of it, to A.
kj_dump_job() {
	mkfifo -m 600 /run/kjump.dump.fifo
	tee /run/kjump.dump.log </run/kjump.dump.fifo >/dev/console &
	kj_tee=$!
	kjump-dump -j -s /run/kjump.stats 2>/run/kjump.dump.fifo &
	kj_pid=$!
	echo "$kj_pid" >/run/kjump.dump.pid
	kj_rc=0
	wait "$kj_pid" || kj_rc=$?
	: >/run/kjump.dump.pid
	wait "$kj_tee" || :
	return "$kj_rc"
}

# Why the dump failed, in one line.
kj_why() {
	if [ -e /run/kjump.late ]; then
		echo "$KJ_LATE"
		return
	fi
	kj_text=$(tr '\r' '\n' </run/kjump.dump.log | grep . | tail -n 1)
	echo "${kj_text:-kjump-dump ended with status $1}"
}

kj_jump() {
	KJ_BOOT_MS=$(kj_uptime_ms)
	: >/run/kjump.stats
	# a person wants to look first, and has kjump-exec
	[ -z "$KJ_SHELL" ] || return 0
	kj_guard "$(kj_number "${VM_JOB_DEADLINE:-0}")"
	kj_test_hang
	if [ "${VM_JOB:-none}" != armed ]; then
		kj_say "no armed job (${VM_JOB_REASON:-none there}): jump straight back"
		kj_back 1 "no armed job"
	fi
	kj_say "$VM_JOB_MODE of ${VM_RELEASE:-?}, job $VM_JOB_ID"
	if [ "$VM_JOB_MODE" = test ]; then
		kj_back 0 ""
	fi
	if [ "$VM_JOB_MODE" = hibernate ]; then
		kjump-return -e s5 -b "$KJ_BOOT_MS" || kj_back 71 "the mailbox cannot be written"
	fi
	kj_test_pause
	kj_dump_job || kj_rc=$?
	if [ "$kj_rc" -ne 0 ]; then
		# stopped by the guard, whatever the dump itself made of that
		[ ! -e /run/kjump.late ] || kj_rc=75
		kj_back "$kj_rc" "$(kj_why "$kj_rc")"
	fi
	if [ "$VM_JOB_MODE" != hibernate ]; then
		kj_back 0 ""
	fi
	kj_read_kv ST /run/kjump.stats || :
	kj_say "saved in ${ST_MS_SAVE:-?} ms, kernel B was up after $KJ_BOOT_MS ms: power off"
	if [ "$(($(kj_number "${VM_JOB_FLAGS:-0}") & 1))" = 1 ]; then
		kj_reset
	fi
	kjump-off || :
	# The image is whole, so a reset is as good: the next boot restores it.
	kj_reset
}
