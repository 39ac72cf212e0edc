# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# What A refuses before it jumps: each in one line, with a status, and without harm.
# timeout: 150
. "$VM_TOP/test-vm/bad.sh"
for name in "no label" "not root: hibernate" "not root: snapshot" "not root: load" "target not there" "target mounted" \
	"target is swap" "target is a file" "target too small" "target too small for a label" "label: mounted" \
	"label: holds something" "kjump.conf: a bad value" "kjump.conf: an unknown key" "kernel truncated" \
	"kernel corrupt" "kernel is none" "kernel not there" "initramfs not there" "window over half of RAM" \
	"window too small" "window is no RAM" "a kernel without S4" "another hibernation" "a foreign kexec image" "no free memory" \
	"kexec_load is disabled"; do
	vm_tap_expect a "$name" "$name: no harm"
done
vm_tap_expect a "target labelled" "workload runs" "all right after" "same memory checksum" "file system clean"
vm_plan "A ends by itself" "without KEXEC_JUMP" "nothing reached kernel B"
bad_disks a 64
truncate -s 8192 small.img
vm_disk swap.img 16
bad_start a refuses.sh disk=small.img disk=swap.img
ok_if "A ends by itself" vm_wait a 100

for name in "no KEXEC_JUMP: hibernate" "no KEXEC_JUMP: test" "no KEXEC_JUMP: hibernate, where no test has passed" \
	"no KEXEC_JUMP: load"; do
	vm_tap_expect nojump "$name" "$name: no harm"
done
vm_tap_expect nojump "target labelled"
bad_disks nojump 64
bad_start nojump refuses.sh kernel="$VM_KERNEL/bzImage-nojump" append=kjt.jump=no
ok_if "without KEXEC_JUMP" vm_wait nojump 40
ok_is "nothing reached kernel B" "$(cat a/console.log nojump/console.log | grep -c 'Run /init as init process')" 2
