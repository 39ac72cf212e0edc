# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Kernel B with A waiting behind it: do the armed job, then leave, by power-off or back into A. It must never let A run
# again while an image of it could be restored, and never end anywhere but in A, in power-off or in a reset.

# kj_back RESULT TEXT: into A, with what came of it.
kj_back() {
	# what follows looks for the target, and a disk that does not answer would hold that up for ever
	(
		sleep 120
		kj_say "the jump back hangs" &
		kj_reset
	) &
	kjump-return -e jump -r "$1" -t "$2" -b "${KJ_BOOT_MS:-0}" -s /run/kjump.stats || :
	kj_say "back to the system that waits"
	# it refuses while an image of that system is ready
	kjump-exec || :
	kj_say "cannot jump back: the next boot will say that job ${VM_JOB_ID:-?} never finished"
	kj_reset
}

# kj_abandon RESULT TEXT: the end of this stay, whatever becomes of the rest of this user space. First the dump is
# stopped, which erases its half image, and kj_jump goes back. If it does not, this does. The first reason counts.
kj_abandon() {
	mkdir /run/kjump.stop 2>/dev/null || return 0
	echo "$2" >/run/kjump.stop/text
	echo "$1" >/run/kjump.stop/result
	kj_say "$2" &
	kj_stop_dump TERM
	sleep 20
	kj_stop_dump KILL
	sleep 5
	kj_back "$1" "$2"
}

kj_stop_dump() {
	[ ! -s /run/kjump.dump.pid ] || kill "-$1" "$(cat /run/kjump.dump.pid)" 2>/dev/null
}

kj_guard() {
	[ "$1" -gt 0 ] || return 0
	(
		sleep "$1"
		kj_abandon 75 "deadline of $1 s is over"
	) &
}

# kj_watch_key DEVICE: until Backspace is pressed there. No other key counts: a serial line may have noise on it, and
# Backspace is where it is on every keyboard; which of two codes it sends, terminals do not agree on.
kj_watch_key() {
	# between two reads the line must not be edited, or the key is gone
	stty -F "$1" -icanon -echo -isig -ixon min 1 time 0 2>/dev/null || return 0
	echo "kjump: Backspace stops this and goes back to the system that waits" >"$1"
	# shellcheck disable=SC3045 # busybox ash has read -s and -n
	while read -r -s -n 1 kj_k; do
		case $kj_k in
		"$KJ_DEL" | "$KJ_BS") kj_abandon 130 "stopped by a key" ;;
		esac
	done
}

# Somebody may think better of it while the dump runs.
kj_watch_keys() {
	KJ_DEL=$(printf '\177') KJ_BS=$(printf '\010') KJ_WATCHERS=''
	for kj_c in $(kj_consoles); do
		[ -c "/dev/$kj_c" ] || continue
		kj_watch_key "/dev/$kj_c" <"/dev/$kj_c" &
		KJ_WATCHERS="$KJ_WATCHERS $!"
	done
}

# Too late: what was pressed is not looked at any more.
kj_watch_end() {
	# one that is about to stop the dump goes on
	# shellcheck disable=SC2086 # numbers
	[ -e /run/kjump.stop ] || [ -z "$KJ_WATCHERS" ] || kill $KJ_WATCHERS 2>/dev/null
}

# The dump itself; its exit status is the truth. What it prints goes to the consoles and, the last of it, to A.
kj_dump_job() {
	mkfifo -m 600 /run/kjump.dump.fifo
	: >/run/kjump.dump.log
	kj_tee /run/kjump.dump.log </run/kjump.dump.fifo &
	kj_tee=$!
	# shellcheck disable=SC2046 # two words or none
	kjump-dump -j $(kj_profile) -s /run/kjump.stats 2>/run/kjump.dump.fifo &
	kj_pid=$!
	echo "$kj_pid" >/run/kjump.dump.pid
	kj_rc=0
	wait "$kj_pid" || kj_rc=$?
	: >/run/kjump.dump.pid
	kj_wait_tee "$kj_tee"
	return "$kj_rc"
}

# Why the dump failed, in one line.
kj_why() {
	if [ -e /run/kjump.stop/result ]; then
		cat /run/kjump.stop/text
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
		kj_how=s5
		[ "$(($(kj_number "${VM_JOB_FLAGS:-0}") & 32))" = 0 ] || kj_how=s4
		kjump-return -e "$kj_how" -b "$KJ_BOOT_MS" || kj_back 71 "the mailbox cannot be written"
	fi
	kj_test_pause
	kj_watch_keys
	kj_dump_job || kj_rc=$?
	kj_watch_end
	if [ "$kj_rc" -ne 0 ]; then
		# stopped, whatever the dump itself made of that
		[ ! -e /run/kjump.stop/result ] || kj_rc=$(cat /run/kjump.stop/result)
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
	# The mailbox says what was meant; C says how the machine was found.
	[ "$kj_how" = s5 ] || kjump-off --s4 || kj_say "S4 failed: S5"
	kjump-off || :
	# The image is whole, so a reset is as good: the next boot restores it.
	kj_reset
}
