#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# TAP: kjump check-image and kjump status --crash on a machine made of files: each thing that can be wrong makes it not
# ready, and is named.
set -u
. "${0%/*}/lib.sh"

kjump=$KJ_BIN/kjump
cd "$KJ_TMP" || exit 70
uuid=01234567-89ab-cdef-0123-456789abcdef

# what happens from now on has a later time stamp, whatever the grain of those is
tick() {
	sleep 0.05
}
conf() {
	printf 'kernel %s\ninitrd %s\n' "$PWD/bz" "$PWD/kjump.img" >kjump.conf
	printf '%s\n' "$@" >>kjump.conf
	tick
	echo image >kjump.img
	[ ! -e root/run/kjump/loaded-crash ] || touch root/run/kjump/loaded-crash
}
check() {
	try "$kjump" check-image --config kjump.conf --sysroot root "$@"
}
"$KJ_BIN/unit/bzimage" --gen bz
mkdir -p root/lib/modules/6.12.90-kj
: >root/lib/modules/6.12.90-kj/modules.dep

# ---- check-image ----
conf
check
status_is 0 'built after all that it is made of'
key_is IMAGE current 'is current'
key_is NEWER '' 'nothing is newer'
key_is KERNEL_RELEASE 6.12.90-kj 'the release'
key_is INITRD "$PWD/kjump.img" 'the file'
# what matters is when a file came to be as it is, not the date that it was given
tick
touch -d '1 year ago' kjump.conf
check
status_is 1 'configuration changed since'
key_is NEWER kjump.conf 'that is named'
conf
tick
touch -d '1 year ago' bz
check
key_is NEWER "$PWD/bz" 'kernel changed since'
mv bz other
ln -s other bz
conf
check
status_is 0 'the kernel is a link'
tick
touch -h -d '1 year ago' bz
check
key_is NEWER "$PWD/bz" 'that leads elsewhere since'
touch root/lib/modules/6.12.90-kj/modules.dep
conf
tick
touch root/lib/modules/6.12.90-kj/modules.dep
check
status_is 0 'modules changed, but none is asked for'
conf 'extra_modules nvme'
check
status_is 0 'modules are asked for'
tick
touch root/lib/modules/6.12.90-kj/modules.dep
check
key_is NEWER root/lib/modules/6.12.90-kj/modules.dep 'and changed since'
conf 'crash_target /dev/nfs nfs server:/x'
tick
touch root/lib/modules/6.12.90-kj/modules.dep
check
key_is NEWER root/lib/modules/6.12.90-kj/modules.dep 'for a network card they are asked for too'
: >id
: >hosts
conf 'crash_target nfs server:/x' "sshkey $PWD/id" "known_hosts $PWD/hosts"
tick
touch id hosts
check
status_is 0 'a key that nobody uses changed'
conf 'crash_target /dev/sda1 ssh root@server' "sshkey $PWD/id" "known_hosts $PWD/hosts"
check
status_is 0 'one that is used did not'
tick
touch id
check
key_is NEWER "$PWD/id" 'or did'
conf 'crash_target /dev/sda1 ssh root@server' "sshkey $PWD/id" "known_hosts $PWD/hosts"
tick
touch hosts
check
key_is NEWER "$PWD/hosts" 'and keys of servers'
conf
tick
mkdir -p kjump/kdump_pre.d kjump/kdump_post.d
: >kjump/kdump_post.d/10-a
check
key_is NEWER kjump/kdump_pre.d 'programs before and after a dump came'
tick
echo image >kjump.img
check
status_is 0 'are in it'
tick
echo more >kjump/kdump_post.d/10-a
check
key_is NEWER kjump/kdump_post.d/10-a 'and changed since'
rm -r kjump
rm kjump.img
check
status_is 1 'no image'
key_is IMAGE missing 'is missing'
rm other
check
status_is 66 'no kernel'
one_line "kjump: $PWD/bz: No such file or directory" 'says so'
rm bz
echo text >bz
check
status_is 65 'a kernel that is none'
check now
status_is 64 'an argument'
rm bz

# ---- status --crash ----
"$KJ_BIN/unit/bzimage" --gen bz
# machine: one that is ready
machine() {
	rm -rf root
	mkdir -p root/sys/kernel root/run/kjump root/dev/disk/by-uuid root/var/crash
	echo 134217728 >root/sys/kernel/kexec_crash_size
	echo 1 >root/sys/kernel/kexec_crash_loaded
	: >root/dev/disk/by-uuid/$uuid
	conf "crash_target UUID=$uuid"
	: >root/run/kjump/loaded-crash
}
crash_status() {
	try "$kjump" status --crash --config kjump.conf --sysroot root
}
# not_ready PATTERN NAME
not_ready() {
	crash_status
	[ "$status" -eq 1 ] && grep -q "$1" out && [ "$(tail -n 1 out)" = 'not ready' ]
	report $? "$2" "status $status: $(cat out err)"
}
machine
crash_status
status_is 0 'a machine that is ready: status'
[ "$(tail -n 1 out)" = ready ] && grep -qx 'reservation 128 MiB' out && grep -qx 'kernel B    loaded' out &&
	grep -qx 'last crash  none in /var/crash' out
ok 'and what it says' "$(cat out)"
echo 0 >root/sys/kernel/kexec_crash_size
not_ready '^reservation none: boot with crashkernel=' 'no reservation'
rm root/sys/kernel/kexec_crash_size
not_ready '^reservation this kernel has no crash dumps' 'a kernel without crash dumps'
machine
mkdir root/sys/kernel/kexec
mv root/sys/kernel/kexec_crash_size root/sys/kernel/kexec/crash_size
mv root/sys/kernel/kexec_crash_loaded root/sys/kernel/kexec/crash_loaded
crash_status
status_is 0 'a kernel that has both elsewhere'
machine
echo 0 >root/sys/kernel/kexec_crash_loaded
not_ready '^kernel B    not loaded' 'nothing is loaded'
machine
rm root/run/kjump/loaded-crash
not_ready '^kernel B    another program' "another program's crash kernel"
machine
touch -d '1 hour ago' root/run/kjump/loaded-crash
not_ready '^kernel B    loaded before its initramfs was built' 'loaded too early'
machine
touch kjump.conf
touch -d '1 hour ago' kjump.img
not_ready "^image of B  .*: older than kjump.conf" 'image older than the configuration'
for k in pre post; do
	machine
	: >before
	conf "crash_target UUID=$uuid" "kdump_$k $PWD/before"
	crash_status
	status_is 0 "image with a program of kdump_$k"
	tick
	echo changed >before
	not_ready "^image of B  .*: older than $PWD/before" "image older than the program of kdump_$k"
done
machine
rm kjump.img
not_ready '^image of B  .*: not there' 'no image'
machine
rm root/dev/disk/by-uuid/$uuid
not_ready "^target      UUID=$uuid: not there" 'target is not there'
conf "crash_target LABEL=none UUID=$uuid /dev/sdx9"
not_ready '^target      /dev/sdx9: not there' 'nor is another'
not_ready '^target      LABEL=none: not there' 'nor a third'
conf "crash_target ssh	root@server:22/x nfs server:/y UUID=$uuid"
crash_status
status_is 0 'targets on the network: status'
grep -qx 'target      ssh root@server:22/x: on the network, not asked' out && grep -qx 'target      nfs server:/y: on the network, not asked' out &&
	grep -qx "target      UUID=$uuid: not there" out
ok 'and what it says of them' "$(cat out)"
conf "crash_target luks UUID=$uuid" "crash_key /none"
not_ready "^target      UUID=$uuid: not there" 'a LUKS volume is not there'
conf "crash_target LABEL=none UUID=$uuid /dev/sdx9"
rm -r root/dev/disk
crash_status
grep -q '^target      LABEL=none: cannot be looked up here' out && [ "$status" -eq 0 ]
ok 'where nobody keeps links, nothing is known of labels' "$(cat out)"
mkdir root/dev/disk
: >root/dev/sdx9
: >root/run/kjump/loaded-crash
crash_status
status_is 0 'one of several is enough'
machine
conf
not_ready '^target      none: set crash_target' 'no target at all'
machine
mkdir -p root/etc/systemd/system/multi-user.target.wants root/lib/systemd/system
: >root/lib/systemd/system/kdump-tools.service
ln -s /lib/systemd/system/kdump-tools.service root/etc/systemd/system/multi-user.target.wants/
not_ready '^            kdump-tools.service is switched on' 'another service wants the reservation'

machine
for d in 127.0.0.1-2026-01-02-03:04:05 host-2026-01-02-03:04:06 zzz-2025-01-02-03:04:05 lost+found 202601020304; do
	mkdir "root/var/crash/$d"
done
printf '{\n  "version": 1,\n  "state": "incomplete",\n' >'root/var/crash/host-2026-01-02-03:04:06/status.json'
crash_status
grep -qx 'last crash  /var/crash/host-2026-01-02-03:04:06: incomplete' out
ok 'the last crash, by its date' "$(cat out)"
mkdir root/var/crash/127.0.0.1-2026-01-02-13.04.07 root/var/crash/x-2026-01-02-23.04:08
crash_status
grep -qx 'last crash  /var/crash/127.0.0.1-2026-01-02-13.04.07: unknown' out
ok 'on a vfat too' "$(cat out)"
rmdir root/var/crash/*3.04*
printf '  "state": "\033[31m"\n' >'root/var/crash/host-2026-01-02-03:04:06/status.json'
crash_status
grep -qx 'last crash  /var/crash/host-2026-01-02-03:04:06: unknown' out
ok 'whose state is no word' "$(cat out)"

# ---- a crash on purpose ----
crash_test() {
	try "$kjump" test --crash -c kjump.conf --sysroot root "$@"
}
machine
mkdir -p root/proc root/var/lib
: >root/proc/sysrq-trigger
crash_status
grep -qx 'crash test  none: kjump test --crash' out
ok 'no crash test yet' "$(cat out)"
crash_test
status_is 1 'crash test: nobody says yes: status'
grep -qx 'kjump: nobody said yes: nothing was done' err && [ ! -s root/proc/sysrq-trigger ]
ok 'crash test: nothing was done' "$(cat err)"
for word in '' no yes; do
	status=0
	echo $word | "$kjump" test --crash -c kjump.conf --sysroot root >out 2>err || status=$?
	[ "$word:$status" = "yes:71" ] || { [ "$word" != yes ] && [ "$status" -eq 1 ]; }
	report $? "crash test: an answer of '$word'" "$status $(cat out err)"
done
: >root/proc/sysrq-trigger
crash_test --yes
status_is 71 'crash test: a system that does not crash: status'
grep -qx 'kjump: root/proc/sysrq-trigger: it did not crash' err && [ "$(cat root/proc/sysrq-trigger)" = c ]
ok 'crash test: it was told to' "$(cat err)"
[ ! -e root/var/lib/kjump/crash-test ]
ok 'crash test: and there was none to remember'
rm root/proc/sysrq-trigger
crash_test --yes
status_is 71 'crash test: a kernel that cannot: status'
grep -qx 'kjump: root/proc/sysrq-trigger: No such file or directory' err
ok 'crash test: one line' "$(cat err)"
rmdir root/var/lib/kjump
: >root/var/lib/kjump
crash_test --yes
status_is 73 'crash test: what cannot be remembered is not begun'
rm root/var/lib/kjump
mkdir root/var/lib/kjump
echo 1700000000 >root/var/lib/kjump/crash-test
crash_status
grep -qx 'crash test  2023-11-14 22:13:20 UTC: no dump since, as far as can be seen here' out
ok 'a crash test without a dump' "$(cat out)"
mkdir root/var/crash/h-2023-11-14-22:14:00
printf '  "state": "saved"\n' >root/var/crash/h-2023-11-14-22:14:00/status.json
crash_status
grep -qx 'crash test  2023-11-14 22:13:20 UTC: saved' out
ok 'a crash test with one' "$(cat out)"
touch -d @1699999999 root/var/crash/*
crash_status
grep -qx 'crash test  .*: no dump since.*' out
ok 'a dump from before does not count' "$(cat out)"
for mark in '' x 99999999999999999999; do
	echo $mark >root/var/lib/kjump/crash-test
	crash_status
	grep -qx 'crash test  none: .*' out
	ok "a mark of '$mark' is none" "$(cat out)"
done
machine
rm root/run/kjump/loaded-crash
mkdir -p root/proc root/var/lib
: >root/proc/sysrq-trigger
crash_test --yes
status_is 1 'crash test: not ready: status'
grep -qx 'kjump: not ready for a crash, see above' err && [ ! -s root/proc/sysrq-trigger ]
ok 'crash test: not ready: nothing was done' "$(cat err)"
try "$kjump" test --crash --all
status_is 64 'crash test: unknown option'
try "$kjump" test --crash --help
status_is 0 'crash test: help'

try "$kjump" status --crash --all
status_is 64 'unknown option'
try "$kjump" status --crash --help
status_is 0 'help'
done_testing
