# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Kernel B with A waiting behind it: do the armed job, then leave, by power-off or back into A, which may come again
# with another one. It must never let A run again while an image of it could be restored, never do a job twice, and
# never end anywhere but in A, in power-off or in a reset.

# kj_back RESULT TEXT: into A, with what came of it. Returns only if KJ_STAY is set, when A has entered this kernel again.
kj_back() {
	# what follows looks for the target, and a disk that does not answer would hold that up for ever
	(
		sleep 120
		kj_say "the jump back hangs" &
		kj_reset
	) &
	if [ -n "$KJ_STAY" ]; then
		KJ_JOBS=$((KJ_JOBS + 1))
		kjump-return -e jump -r "$1" -t "$2" -b "${KJ_BOOT_MS:-0}" -s /run/kjump.stats -S "$KJ_JOBS" || :
		kj_say "back to the system that waits, until it comes again"
		kjump-exec -S && return 0
	fi
	kjump-return -e jump -r "$1" -t "$2" -b "${KJ_BOOT_MS:-0}" -s /run/kjump.stats || :
	kj_say "back to the system that waits"
	# it refuses while an image of that system is ready
	kjump-exec || :
	kj_say "cannot jump back: the next boot will say that job ${VM_JOB_ID:-?} never finished"
	kj_reset
}

# Who feeds the watchdog goes on with that. What else runs is of the last job, and could only do harm, as the one who
# resets the machine when a jump hangs.
kj_end_others() {
	if [ ! -c /dev/watchdog ]; then
		kill -KILL -1 2>/dev/null
		return
	fi
	kj_keep=" $$ $(pidof watchdog) "
	for kj_p in /proc/[0-9]*; do
		kj_x=''
		read -r kj_x <"$kj_p/cmdline"
		case $kj_keep in
		*" ${kj_p#/proc/} "*) ;;
		# a thread of the kernel's has no command line
		*) [ -z "$kj_x" ] || kill -KILL "${kj_p#/proc/}" ;;
		esac
	done 2>/dev/null
}

# Entered again: A has gone on meanwhile, and what this user space remembers is of another job.
kj_again() {
	kj_end_others
	KJ_LAST=${VM_JOB_ID:-} KJ_BOOT_MS=0
	kj_forget_kv VM /run/kjump.vmcore
	rm -rf /run/kjump.*
	kj_follow
	kj_vmcore
}

# Partitions may have been moved: each disk is read again, as by a kernel that boots. Sets kj_bad: a disk that cannot be.
kj_disks_again() {
	kj_bad=''
	for kj_p in /sys/block/*; do
		kj_d=${kj_p##*/}
		[ -e "$kj_p/device" ] || continue
		kj_had=''
		for kj_x in "$kj_p/$kj_d"*/partition; do [ ! -e "$kj_x" ] || kj_had=yes; done
		blockdev --rereadpt "/dev/$kj_d" 2>/dev/null || [ -z "$kj_had" ] || kj_bad=$kj_d
	done
}

# kj_abandon RESULT TEXT: the end of this stay, whatever becomes of the rest of this user space. First the dump is
# stopped, which erases its half image, and kj_jump goes back. If it does not, this does. The first reason counts.
kj_abandon() {
	KJ_STAY=''
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

# May this kernel wait in memory for the next job? What a kernel can does not change.
kj_may_stay() {
	[ "$(($(kj_number "${VM_JOB_FLAGS:-0}") & 128))" != 0 ] || return 1
	[ -z "$KJ_STAY" ] || return 0
	kjump-exec -n -S 2>/run/kjump.stay && return 0
	kj_say "$(cat /run/kjump.stay)"
	return 1
}

# Not the first job of this kernel: is it a new one, of a system that /proc/vmcore shows as it is now? Sets kj_rc and kj_text.
kj_check_again() {
	[ "$KJ_JOBS" != 0 ] || return 0
	kj_disks_again
	kj_rc=75
	if [ "${VM_CORE:-unknown}" != current ]; then
		kj_text="/proc/vmcore is from before (${VM_CORE:-unreadable})"
	elif [ "$VM_JOB_ID" = "$KJ_LAST" ]; then
		kj_text="job $VM_JOB_ID was done already"
	elif [ -n "$kj_bad" ]; then
		kj_text="/dev/$kj_bad: partitions cannot be read again"
	else
		kj_rc=0
		return 0
	fi
	KJ_STAY=''
	kj_say "$kj_text"
	return 1
}

# One job, up to where it is time to go back: sets kj_rc and kj_text. Of a hibernation nothing returns that has gone well.
kj_job() {
	kj_rc=0 kj_text=''
	: >/run/kjump.stats
	kj_guard "$(kj_number "${VM_JOB_DEADLINE:-0}")"
	kj_test_hang
	if [ "${VM_JOB:-none}" != armed ]; then
		kj_rc=1 kj_text="no armed job"
		kj_say "no armed job (${VM_JOB_REASON:-none there}): jump straight back"
		return
	fi
	kj_say "$VM_JOB_MODE of ${VM_RELEASE:-?}, job $VM_JOB_ID"
	kj_check_again || return
	if kj_may_stay; then KJ_STAY=yes; else KJ_STAY=''; fi
	[ "$VM_JOB_MODE" != test ] || return
	if [ "$VM_JOB_MODE" = hibernate ]; then
		kj_how=s5
		[ "$(($(kj_number "${VM_JOB_FLAGS:-0}") & 32))" = 0 ] || kj_how=s4
		if ! kjump-return -e "$kj_how" -b "$KJ_BOOT_MS"; then
			kj_rc=71 kj_text="the mailbox cannot be written"
			return
		fi
	fi
	kj_test_pause
	kj_watch_keys
	kj_dump_job || kj_rc=$?
	kj_watch_end
	kj_test_hold
	if [ "$kj_rc" -ne 0 ]; then
		# stopped, whatever the dump itself made of that
		[ ! -e /run/kjump.stop/result ] || kj_rc=$(cat /run/kjump.stop/result)
		kj_text=$(kj_why "$kj_rc")
		return
	fi
	[ "$VM_JOB_MODE" != hibernate ] || kj_saved
}

# The image is whole: the end.
kj_saved() {
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

kj_jump() {
	KJ_BOOT_MS=$(kj_uptime_ms) KJ_STAY='' KJ_JOBS=0 KJ_LAST=''
	# a person wants to look first, and has kjump-exec
	[ -z "$KJ_SHELL" ] || return 0
	while :; do
		kj_job
		kj_back "$kj_rc" "$kj_text"
		kj_again
	done
}
