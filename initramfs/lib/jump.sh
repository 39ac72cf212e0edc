# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Kernel B with A waiting behind it: do the armed job, then leave, by power-off or back into A. It must never let A run
# again while an image of it could be restored, and never end anywhere but in A, in power-off or in a reset.

# kj_back RESULT TEXT: into A, with what came of it.
kj_back() {
	kjump-return -e jump -r "$1" -t "$2" -b "$KJ_BOOT_MS" -s /run/kjump.stats || :
	kj_deadline_stop
	kj_say "back to the system that waits"
	kjump-exec || :
	kj_say "cannot jump back: the next boot will say that job ${VM_JOB_ID:-?} never finished"
	kj_reset
}

# The dump itself; its exit status is the truth. The last line that it printed is kept for A.
kj_dump_job() {
	kjump-dump -j -s /run/kjump.stats 2>/run/kjump.dump.fifo &
	kj_pid=$!
	kj_deadline "${VM_JOB_DEADLINE:-0}" "$kj_pid"
	wait "$kj_pid"
	kj_rc=$?
	kj_deadline_stop
	return "$kj_rc"
}

kj_jump() {
	KJ_BOOT_MS=$(kj_uptime_ms)
	: >/run/kjump.stats
	if [ "${VM_JOB:-none}" != armed ]; then
		kj_say "no armed job (${VM_JOB_REASON:-none there}): jump straight back"
		kj_back 1 "no armed job"
	fi
	kj_say "${VM_JOB_MODE:-?} of ${VM_RELEASE:-?}, job $VM_JOB_ID"
	if [ "$VM_JOB_MODE" = test ]; then
		kj_back 0 ""
	fi
	if [ "$VM_JOB_MODE" = hibernate ]; then
		kjump-return -e s5 -b "$KJ_BOOT_MS" || kj_back 71 "the mailbox cannot be written"
	fi
	# messages go to the console and, the last of them, to A
	mkfifo -m 600 /run/kjump.dump.fifo
	tee /run/kjump.dump.log </run/kjump.dump.fifo >/dev/console &
	kj_dump_job
	kj_rc=$?
	if [ "$kj_rc" -ne 0 ]; then
		sleep 1
		kj_text=$(tr '\r' '\n' </run/kjump.dump.log | grep . | tail -n 1)
		kj_back "$kj_rc" "${kj_text:-kjump-dump ended with status $kj_rc}"
	fi
	if [ "$VM_JOB_MODE" = snapshot ]; then
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

# A number for arithmetic, 0 for anything else.
kj_number() {
	case $1 in
	0x*[!0-9a-fA-F]*) echo 0 ;;
	0x*) echo $(($1)) ;;
	'' | *[!0-9]*) echo 0 ;;
	*) echo "$1" ;;
	esac
}
