#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# initramfs/lib/crash.sh: what it leaves in a directory of dumps, under the shells that may run it; its paths are moved
# below a directory of ours.
# shellcheck source=tools/test/cli/lib.sh
. "${0%/*}/lib.sh"
cd "$KJ_TMP" || exit 70

why=
command -v python3 >/dev/null || why='python3 is not installed'
if [ -n "$why" ]; then
	skip "$why"
	done_testing
fi

"$KJ_TOP/tools/test/gen/mkvmcore.py" --kind crash --ram 1000-9f000,100000-2100000 c.core
mkdir run bin programs
for f in common crash; do
	sed "s|/run/|$PWD/run/|g; s|/dev/console|$PWD/console|g; s|/dev/kmsg|/dev/null|g; s|/proc/vmcore|$PWD/c.core|g
		s|/mnt/target|$PWD/mnt|g; s|\"/lib/kjump/|\"$PWD/programs/|g; s|/etc/kjump.profile|$PWD/profile|g" "$KJ_TOP/initramfs/lib/$f.sh" >"$f.sh"
done
# shellcheck disable=SC2016 # for that script
printf '#!/bin/sh\n[ -z "$NO_LOG" ] || exit 65\necho "[    0.000000] the log"\n' >bin/kjump-dmesg
printf '#!/bin/sh\necho "B has a log"\n' >bin/dmesg
chmod +x bin/*

# save SHELL DIR COMMANDS: kj_save_dir in that shell, after the commands
save() {
	# shellcheck disable=SC2086,SC2016 # `busybox ash` is two words; the rest is for that shell
	PATH=$PWD/bin:$KJ_SHIP:$PATH $1 -c '. ./common.sh && . ./crash.sh || exit 99
		KJ_COLLECTOR="kjump-dump -f kdump -c zstd -l 0 -d 31" KJ_FAILED="" KJ_SPEC=/dev/x KJ_TEST_HOOK=
		VM_RELEASE="6.1-\"q\\" VM_CRASHTIME=1700000000
		KJ_FAILED=$(kj_json "/dev/y: no \"x\"")
		eval "$2"
		kj_save_dir "$1"' sh "$2" "$3" >out 2>err
	status=$?
	tried="save $2"
}

# told DIR PYTHON NAME: status.json holds what that expression says
told() {
	python3 -S -c 'import json, sys
s = json.load(open(sys.argv[1] + "/status.json"))
sys.exit(0 if eval(sys.argv[2], {}, {"s": s}) else str(s))' "$1" "$2" >told.out 2>&1
	report $? "$3" "$(cat told.out)"
}

files_are() {
	[ "$(cd "$1" && find . -type f | sed 's|./||' | LC_ALL=C sort | tr '\n' ' ')" = "$2" ]
	report $? "$3" "$(find "$1" -type f)"
}

n=0
for shell in dash 'busybox ash'; do
	command -v "${shell%% *}" >/dev/null || { skip "$shell is not installed"; continue; }
	n=$((n + 1))
	: >console
	save "$shell" "good$n" :
	status_is 0 "$shell: saved: status"
	files_are "good$n" 'README.txt kexec-dmesg.log status.json vmcore vmcore-dmesg.txt ' "$shell: five files"
	told "good$n" 's["state"] == "saved" and s["exit_status"] == 0 and s["reason"] is None and s["file"] == "vmcore"' \
		"$shell: status.json says saved"
	told "good$n" "s['file_bytes'] == $(stat -c %s "good$n/vmcore") and s['pages_data'] > 100 and s['workers'] > 0" "$shell: how much"
	told "good$n" 's["crashed_release"] == "6.1-\"q\\" and s["crash_time"] == 1700000000 and s["target"] == "/dev/x"' \
		"$shell: whose it is, quotes and all"
	told "good$n" 's["failed_before"] == ["/dev/y: no \"x\""] and s["warnings"] == [] and s["dmesg"] == "vmcore-dmesg.txt"' \
		"$shell: what failed before"
	grep -q '^vmcore status: saved successfully$' "good$n/README.txt"
	report $? "$shell: README.txt says saved"
	[ "$(stat -c %a "good$n/vmcore")$(stat -c %a "good$n/status.json")" = 600600 ]
	report $? "$shell: nobody else can read it"

	save "$shell" "all$n" 'KJ_COLLECTOR="kjump-dump -f kdump -c auto -l 0 -d 1 -e -r 31"'
	status_is 0 "$shell: all that core_collector may say: status"
	told "all$n" 's["state"] == "saved" and s["collector"] == "kjump-dump -f kdump -c auto -l 0 -d 1 -e -r 31"' \
		"$shell: all that core_collector may say: status.json tells"
	save "$shell" "twice$n" 'ulimit -f 49152; KJ_COLLECTOR="kjump-dump -f kdump -c none -l 0 -d 0 -r 31"'
	status_is 0 "$shell: fits at the second try: status"
	told "twice$n" 's["state"] == "saved" and len(s["warnings"]) == 1 and "once more with filter 31" in s["warnings"][0]' \
		"$shell: fits at the second try: status.json says so"

	save "$shell" "full$n" 'ulimit -f 1024'
	status_is 73 "$shell: no room: status"
	files_are "full$n" 'README.txt kexec-dmesg.log status.json vmcore-dmesg.txt vmcore-incomplete ' "$shell: no room: is not called vmcore"
	told "full$n" 's["state"] == "incomplete" and s["exit_status"] == 73 and "target full" in s["reason"] and s["file"] == "vmcore-incomplete"' \
		"$shell: no room: status.json says so"
	grep -q '^vmcore status: NOT saved: .*target full' "full$n/README.txt"
	report $? "$shell: no room: README.txt says so"

	# shellcheck disable=SC2016 # for that shell
	save "$shell" "name$n" 'mv() { case $2 in */vmcore) return 1 ;; *) command mv "$@" ;; esac; }'
	status_is 74 "$shell: no rename: status"
	told "name$n" 's["state"] == "incomplete" and s["exit_status"] == 74 and s["file"] == "vmcore-incomplete"' "$shell: no rename: status.json"

	printf 'KJUMP_PROFILE=1\nBUILD-ID=ffff\n' >profile
	save "$shell" "profile$n" :
	rm profile
	told "profile$n" 's["state"] == "saved" and [w.endswith("profile: not of this kernel, as far as can be told; not used") for w in s["warnings"]] == [True]' \
		"$shell: a profile that build -P has put there is looked at"

	save "$shell" "none$n" 'export NO_LOG=1; KJ_COLLECTOR="kjump-dump -f nothing"'
	status_is 64 "$shell: no dump at all: status"
	files_are "none$n" 'README.txt kexec-dmesg.log status.json ' "$shell: no dump at all: nothing looks like one"
	told "none$n" 's["state"] == "incomplete" and s["file"] is None and s["dmesg"] is None' "$shell: no dump at all: status.json"

	# programs of kjump.conf before and after: crash TARGETS, of which /dev/good takes the dump
	crash() {
		: >did
		: >said
		# shellcheck disable=SC2086,SC2016 # as above
		PATH=$PWD/bin:$PATH try $shell -c '. ./common.sh && . ./crash.sh || exit 99
			kj_deadline_reset() { :; }
			kj_test_hang() { :; }
			kj_test_pause() { :; }
			kj_save_to() { echo "save $1" >>did; [ "$1" = /dev/good ]; }
			kj_final() { echo "final $1" >>did; }
			CONF_KJ_CRASH_TARGET=$1 CONF_KJ_FAILURE_ACTION=halt KJ_SHELL="" KJ_SAID=said
			kj_crash' sh "$1"
	}
	did() {
		name=$1
		shift
		[ "$(cat did)" = "$(printf '%s\n' "$@")" ]
		report $? "$shell: $name" "$(cat did out err said)"
	}
	rm -rf programs/*
	crash '/dev/bad /dev/good'
	did 'no programs: the first target that works' 'save /dev/bad' 'save /dev/good' 'final reboot'
	for k in pre post; do
		# shellcheck disable=SC2016 # for that script
		printf '#!/bin/sh\necho "kdump_%s $*" >>did\nexit "$(cat status.%s)"\n' $k $k >programs/kdump_$k
		chmod +x programs/kdump_$k
		echo 0 >status.$k
	done
	crash /dev/good
	did 'before and after a dump' 'kdump_pre ' 'save /dev/good' 'kdump_post 0' 'final reboot'
	crash /dev/bad
	did 'after one that failed' 'kdump_pre ' 'save /dev/bad' 'kdump_post 1' 'final halt'
	mkdir programs/kdump_pre.d programs/kdump_post.d
	for k in pre.d/2-b pre.d/10-a post.d/c; do
		# shellcheck disable=SC2016 # for that script
		printf '#!/bin/sh\necho "%s $*" >>did\nexit 9\n' $k >programs/kdump_$k
		chmod +x programs/kdump_$k
	done
	crash /dev/good
	did 'those of a directory in their order, and none of them stops anything' 'kdump_pre ' 'pre.d/10-a ' 'pre.d/2-b ' \
		'save /dev/good' 'post.d/c 0' 'kdump_post 0' 'final reboot'
	grep -qx 'kjump: kdump_post.d/c ended with status 9' said
	report $? "$shell: but that is said" "$(cat said)"
	rm -r programs/kdump_*.d
	echo 3 >status.post
	crash /dev/good
	did 'one that fails afterwards changes nothing' 'kdump_pre ' 'save /dev/good' 'kdump_post 0' 'final reboot'
	grep -qx 'kjump: kdump_post ended with status 3' said
	report $? "$shell: but is said" "$(cat said)"
	echo 4 >status.pre
	crash /dev/good
	did 'one that fails before is a no' 'kdump_pre ' 'kdump_post 1' 'final halt'
	grep -q '^kjump: nothing is saved, as kdump_pre failed; ' said && grep -q 'the log' said
	report $? "$shell: and is said, with the end of the log" "$(cat said)"

	# LUKS volumes, of which the first cannot be closed, and no name is taken twice
	rm -f open.*
	# shellcheck disable=SC2016 # for that shell
	printf '#!/bin/sh\n[ "$1" = close ] && exit 5\nfor n; do :; done\n[ ! -e "open.$n" ] && : >"open.$n"\n' >bin/cryptsetup
	chmod +x bin/cryptsetup
	sed "s|/run/|$PWD/run/|g" "$KJ_TOP/initramfs/lib/luks.sh" >luks.sh
	# shellcheck disable=SC2086,SC2016 # as above
	PATH=$PWD/bin:$PATH try $shell -c 'kj_say() { :; }
		kj_wait_device() { echo "$1"; }
		kj_save_device() { echo "$1"; }
		for v in /dev/a /dev/b; do
			. ./luks.sh
			kj_save_luks "$v" || echo "$?"
		done'
	[ "$(tr '\n' ' ' <out)" = '/dev/mapper/kjump-crash-1 74 /dev/mapper/kjump-crash-2 74 ' ]
	report $? "$shell: a LUKS volume that stays open is not in the way of the next" "$(cat out err)"
	rm bin/cryptsetup
done
done_testing
