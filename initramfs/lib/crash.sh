# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Kernel B after a panic of A: save dmesg and dump to the first target that works, and always reboot. A is dead, so a
# file system may be mounted here, and only here. It must never call a dump whole that is not.

# kj_collect COMMAND...: what makes the dump. Its exit status is the truth; what it says goes to the consoles and to
# /run/kjump.dump.log, and KJ_WHY is the last that whoever failed has said.
kj_collect() {
	rm -f /run/kjump.stats /run/kjump.dump.fifo
	: >/run/kjump.dump.log
	mkfifo -m 600 /run/kjump.dump.fifo
	kj_tee /run/kjump.dump.log </run/kjump.dump.fifo &
	kj_tee=$!
	kj_rc=0
	# shellcheck disable=SC3045 # dash and busybox know it, in blocks of 512 bytes
	([ -z "${KJ_BLOCKS:-}" ] || ulimit -f "$KJ_BLOCKS"; exec "$@") 2>/run/kjump.dump.fifo &
	kj_pid=$!
	wait "$kj_pid" || kj_rc=$?
	kj_wait_tee "$kj_tee"
	kj_others=kjump-pipe
	case $(tr '\r' '\n' </run/kjump.dump.log | grep '^kjump-pipe: ' | tail -n 1) in
	# of ssh's statuses no reader of ours knows a word
	'kjump-pipe: ssh: '*) kj_others=kjump- kj_rc=74 ;;
	esac
	KJ_WHY=$(tr '\r' '\n' </run/kjump.dump.log | grep . | grep -v "^$kj_others" | tail -n 1)
	if [ "$kj_rc" -gt 128 ]; then
		# the last words of who was killed were about something else; in a pipe it is told by whoever made that
		KJ_WHY=$(grep '^kjump-pipe: ' /run/kjump.dump.log | tail -n 1)
		: "${KJ_WHY:=$1: ended by signal $((kj_rc - 128))}"
	fi
	[ -n "$KJ_WHY" ] || KJ_WHY=$(grep . /run/kjump.dump.log | tail -n 1)
	[ "$kj_rc" -eq 0 ] || : "${KJ_WHY:=$1 ended with status $kj_rc}"
	return "$kj_rc"
}

# kj_dump_to FILE: the dump, as core_collector says.
kj_dump_to() {
	# shellcheck disable=SC2046,SC2086 # words that kjump config has checked
	kj_collect kjump-dump ${KJ_COLLECTOR#kjump-dump} $(kj_profile) -s /run/kjump.stats -o "$1" /proc/vmcore
}

# kj_json STRING: as JSON has it.
kj_json() {
	printf '"%s"' "$(printf '%s' "$1" | tr -d '\000-\037' | sed 's/[\\"]/\\&/g')"
}

# What kjump-dump warned of, as elements of an array.
kj_warnings() {
	kj_sep=''
	tr '\r' '\n' </run/kjump.dump.log | grep '^kjump-dump: ' | grep -v ' % ' | while read -r kj_w; do
		[ "$kj_w" != "$KJ_WHY" ] || continue
		printf '%s' "$kj_sep"
		kj_json "$kj_w"
		kj_sep=', '
	done
}

# kj_status DIR STATE FILE STATUS [BYTES]: status.json, in one step, flushed. STATE is running, saved or incomplete; FILE may
# be empty: there is no dump; BYTES is its size if it is not in DIR.
kj_status() {
	ST_PAGES_DATA=0 ST_PAGES_ZERO=0 ST_PAGES_FREE=0 ST_MS_SAVE=0 ST_WORKERS=0
	kj_read_kv ST /run/kjump.stats || :
	kj_bytes=${5:-0}
	[ -z "$3" ] || [ -n "${5:-}" ] || kj_bytes=$(stat -c %s "$1/$3" 2>/dev/null) || kj_bytes=0
	(
		umask 077
		cat >"$1/status.json.part" <<-END
			{
			  "version": 1,
			  "state": "$2",
			  "exit_status": $4,
			  "reason": $([ "$4" -eq 0 ] || [ "$2" = running ] && printf null || kj_json "$KJ_WHY"),
			  "file": $([ -n "$3" ] && kj_json "$3" || printf null),
			  "file_bytes": $(kj_number "$kj_bytes"),
			  "dmesg": $([ -e "$1/vmcore-dmesg.txt" ] && printf '"vmcore-dmesg.txt"' || printf null),
			  "collector": $(kj_json "$KJ_COLLECTOR"),
			  "pages_data": $(kj_number "$ST_PAGES_DATA"),
			  "pages_zero": $(kj_number "$ST_PAGES_ZERO"),
			  "pages_left_out": $(kj_number "$ST_PAGES_FREE"),
			  "milliseconds": $(kj_number "$ST_MS_SAVE"),
			  "workers": $(kj_number "$ST_WORKERS"),
			  "crashed_release": $(kj_json "${VM_RELEASE:-${VM_OSRELEASE:-}}"),
			  "crash_time": $(kj_number "${VM_CRASHTIME:-0}"),
			  "time": $(date +%s),
			  "target": $(kj_json "$KJ_SPEC"),
			  "failed_before": [$KJ_FAILED],
			  "warnings": [$(kj_warnings)]
			}
		END
	) && sync "$1/status.json.part" && mv "$1/status.json.part" "$1/status.json"
}

# kj_readme DIR STATE FILE: the same for people.
kj_readme() {
	(
		umask 077
		{
			echo "A crash of Linux ${VM_RELEASE:-${VM_OSRELEASE:-(unknown release)}}, $(kj_date "$(kj_number "${VM_CRASHTIME:-0}")")"
			echo
			case $2 in
			saved)
				echo "vmcore status: saved successfully"
				echo "$3 is the memory of that system, made by $KJ_COLLECTOR."
				case $3 in *.flat) echo "It is a stream; this makes a file of it: makedumpfile -R vmcore <$3" ;; esac
				echo "It opens with: crash VMLINUX ${3%.flat}, or: drgn -c ${3%.flat} -s VMLINUX" ;;
			*)
				echo "vmcore status: NOT saved: $KJ_WHY"
				[ -z "$3" ] || echo "$3 is what there was room or time for; readers see which pages it lacks." ;;
			esac
			[ ! -e "$1/vmcore-dmesg.txt" ] || echo "vmcore-dmesg.txt is its kernel log, up to the end."
			echo "kexec-dmesg.log is the kernel log of the system that saved this; status.json tells programs."
		} >"$1/README.txt"
	)
}

# kj_save_dir DIR: the saved layout of FORMAT section 8.
kj_save_dir() {
	KJ_WHY=''
	: >/run/kjump.dump.log
	rm -f /run/kjump.stats
	if ! (umask 077 && mkdir -p "$1") 2>/run/kjump.mkdir.log; then
		KJ_WHY=$(tail -n 1 /run/kjump.mkdir.log)
		kj_say "$KJ_WHY"
		return 73
	fi
	if (umask 077 && kjump-dmesg /proc/vmcore >"$1/vmcore-dmesg.txt.part"); then
		sync "$1/vmcore-dmesg.txt.part"
		mv "$1/vmcore-dmesg.txt.part" "$1/vmcore-dmesg.txt"
		kj_say "A's kernel log saved: ${1#/mnt/target}/vmcore-dmesg.txt"
	else
		kj_say "A's kernel log could not be read whole"
		[ -s "$1/vmcore-dmesg.txt.part" ] || rm -f "$1/vmcore-dmesg.txt.part"
	fi
	# a dump takes all there is; what came of it must still find room
	head -c 262144 /dev/zero >"$1/.room" && sync "$1/.room"
	kj_status "$1" running vmcore-incomplete 0
	kj_status_rc=0
	kj_dump_to "$1/vmcore-incomplete" || kj_status_rc=$?
	kj_file=vmcore-incomplete kj_state=incomplete
	if [ "$kj_status_rc" -eq 0 ]; then
		# kjump-dump has flushed the file; the name is flushed with the directory, below
		if mv "$1/vmcore-incomplete" "$1/vmcore"; then
			kj_file=vmcore kj_state=saved
		else
			kj_status_rc=74 KJ_WHY='vmcore-incomplete cannot be renamed'
		fi
	fi
	[ -e "$1/$kj_file" ] || kj_file=''
	rm -f "$1/.room"
	kj_status "$1" "$kj_state" "$kj_file" "$kj_status_rc" || kj_say "status.json could not be written"
	kj_readme "$1" "$kj_state" "$kj_file" || kj_say "README.txt could not be written"
	(umask 077 && dmesg | tail -c 131072 >"$1/kexec-dmesg.log") || :
	sync -f "$1" || kj_status_rc=74
	return "$kj_status_rc"
}

kj_save_fs() {
	mkdir -p /mnt/target
	if ! mount "$1" /mnt/target; then
		KJ_WHY="$1: does not mount"
		kj_say "$KJ_WHY"
		return 66
	fi
	kj_save_mounted 127.0.0.1
}

# min_free: the dump's file must end before it takes the last of it; what else is saved is small.
kj_leave_free() {
	KJ_BLOCKS=''
	case ${CONF_KJ_MIN_FREE:-0} in 0 | *[!0-9]*) return ;; esac
	kj_free=$(df -P -k /mnt/target | sed -n '2s/^.* \([0-9][0-9]*\)  *[0-9]*%.*/\1/p')
	case $kj_free in
	'') kj_say "min_free: how much is free is not known" ;;
	*) KJ_BLOCKS=$((kj_free * 2 - CONF_KJ_MIN_FREE / 512)) ;;
	esac
	[ -z "$KJ_BLOCKS" ] || [ "$KJ_BLOCKS" -ge 0 ] || KJ_BLOCKS=0
}

# kj_keep DIR/TAG: when the new dump is whole, the oldest of ours go that are too many. No file of another program's is
# touched, nor another machine's dumps on the same server, nor the new one, whatever the clock says.
kj_keep() {
	case ${CONF_KJ_KEEP:-all} in *[!0-9]*) return ;; esac
	kj_count=0
	for kj_pass in count remove; do
		for kj_old in "$1"-[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]-[0-9][0-9][:.][0-9][0-9][:.][0-9][0-9]; do
			if [ -h "$kj_old" ] || [ ! -e "$kj_old/status.json" ]; then continue; fi
			if [ "$kj_pass" = count ]; then
				kj_count=$((kj_count + 1))
			elif [ "$kj_count" -gt "$CONF_KJ_KEEP" ] && [ "$kj_old" != "$kj_new" ]; then
				kj_count=$((kj_count - 1))
				rm -rf "$kj_old" && kj_say "old dump removed: ${kj_old#/mnt/target}"
			fi
		done
	done
}

# kj_save_mounted TAG: on the file system at /mnt/target, which is unmounted afterwards.
kj_save_mounted() {
	kj_dir=/mnt/target${CONF_KJ_PATH:-/var/crash}
	kj_time=%H:%M:%S kj_fs_rc=0
	# in whose names there is no colon
	! grep -q ' /mnt/target vfat ' /proc/mounts || kj_time=%H.%M.%S
	kj_new=$kj_dir/$1-$(date "+%Y-%m-%d-$kj_time")
	kj_leave_free
	# only the last directory is nobody else's to read
	mkdir -p "$kj_dir" 2>/dev/null
	kj_save_dir "$kj_new" || kj_fs_rc=$?
	[ "$kj_fs_rc" -ne 0 ] || kj_keep "$kj_dir/$1"
	if ! umount /mnt/target; then
		[ "$kj_fs_rc" -ne 0 ] || KJ_WHY='the file system cannot be unmounted'
		kj_fs_rc=74
		# the next target wants the place
		umount -f -l /mnt/target
	fi
	return "$kj_fs_rc"
}

# kj_save_device DEVICE
kj_save_device() {
	if kjump-info -l "$1" >/dev/null 2>&1; then
		kj_dump_to "$1"
	else
		kj_save_fs "$1"
	fi
}

# One target: a server; a volume that is opened first; a labelled device takes the dump as it is, from its start; anything
# else must hold a file system.
kj_save_to() {
	KJ_WHY='' KJ_SPEC=$1 KJ_BLOCKS=''
	case $1 in
	'luks '*)
		# shellcheck source=initramfs/lib/luks.sh
		. /lib/kjump/luks.sh
		kj_save_luks "${1#* }"
		return ;;
	'ssh '* | 'nfs '*)
		# shellcheck source=initramfs/lib/remote.sh
		. /lib/kjump/remote.sh
		"kj_save_${1%% *}" "${1#* }"
		return ;;
	esac
	if ! kj_t=$(kj_wait_device "$1"); then
		KJ_WHY="target '$1' is not there"
		kj_say "$KJ_WHY"
		return 66
	fi
	kj_save_device "$kj_t"
}

# kj_crash_program NAME [ARG]: what kdump_pre or kdump_post of kjump.conf has put into this image, if anything. Bounded.
kj_crash_program() {
	[ -e "/lib/kjump/$1" ] || return 0
	kj_key=$1 kj_rc=0
	shift
	kj_say "$kj_key"
	timeout -s KILL 300 "/lib/kjump/$kj_key" "$@" </dev/null || kj_rc=$?
	[ "$kj_rc" -eq 0 ] || kj_say "$kj_key ended with status $kj_rc"
	return "$kj_rc"
}

# kj_crash_programs DIRECTORY [ARG]: those of a directory, in the order of their names; none of them can stop anything.
kj_crash_programs() {
	kj_all=$1
	shift
	for kj_p in "/lib/kjump/$kj_all"/*; do
		kj_crash_program "$kj_all/${kj_p##*/}" "$@" || :
	done
}

kj_crash() {
	# the whole stay here is bounded, whatever hangs
	kj_deadline_reset
	kj_say "A has crashed: ${VM_RELEASE:-${VM_OSRELEASE:-unknown kernel}}"
	kj_test_hang
	kj_test_pause
	KJ_COLLECTOR=${CONF_KJ_CORE_COLLECTOR:-kjump-dump -f kdump -c zstd -l 0 -d 31}
	kj_saved='' KJ_FAILED=''
	# no target's name is a pattern
	set -f
	# shellcheck disable=SC2086 # words that kjump config has checked
	set -- ${CONF_KJ_CRASH_TARGET:-}
	set +f
	kj_no="no target worked"
	if kj_crash_program kdump_pre; then
		kj_crash_programs kdump_pre.d
	else
		kj_no="nothing is saved, as kdump_pre failed"
		set --
	fi
	while [ $# -gt 0 ]; do
		kj_c=$1
		case $1 in ssh | nfs | luks) kj_c="$1 $2"; shift ;; esac
		shift
		if kj_save_to "$kj_c"; then
			kj_saved=$kj_c
			break
		fi
		kj_say "target '$kj_c' failed${KJ_WHY:+: $KJ_WHY}"
		KJ_FAILED="$KJ_FAILED${KJ_FAILED:+, }$(kj_json "$kj_c: $KJ_WHY")"
	done
	if [ -n "$kj_saved" ]; then
		kj_say "saved to $kj_saved"
		kj_crash_programs kdump_post.d 0
		kj_crash_program kdump_post 0
		kj_action=${KJ_FINAL:-${CONF_KJ_FINAL_ACTION:-reboot}}
	else
		kj_say "$kj_no; the end of A's kernel log:"
		kjump-dmesg /proc/vmcore 2>&1 | tail -n 40 | kj_tee /dev/null
		kj_crash_programs kdump_post.d 1
		kj_crash_program kdump_post 1
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
		kj_say "deadline of $KJ_DEADLINE s is over" &
		kj_reset
	) &
	KJ_RESET_PID=$!
}
