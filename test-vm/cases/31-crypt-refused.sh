# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Targets in encrypted devices that B could not open: wrong or missing keys, tables that it would not know, a kernel B without the
# cipher or the disk.
# timeout: 600
. "$VM_TOP/test-vm/cycle.sh"
for name in "no label" "format swsusp" "nobody types" "a wrong key" "no key file" "no cryptsetup" "another header" "encrypted twice" \
	"of two parts" "a key that may be gone" "a file system on another one" "B has no dm-crypt" "B has no such disk"; do
	vm_tap_expect a "$name" "$name: no device of ours stays"
done
vm_tap_expect a "a signal at the prompt" "a signal at the prompt: no hook was run" "a signal at the prompt: no device of ours stays"
vm_tap_expect a "encrypted device" "labelled" "no image" "a snapshot" "is a dump" "a snapshot: no device of ours stays" "nothing is loaded"
vm_plan "A ends by itself"
crypt=luks2 CYCLE_CONF=/dev/mapper/secret
cycle_disks 320 40
mv target.img first.img
vm_disk target.img 320
# a volume with the same passphrase and another key
ok_if "a LUKS volume" cycle_crypt_disk luks2
dd if=target.img of=other.head bs=1M count=1 2>/dev/null
mv first.img target.img
ok_if "another one" cycle_crypt_disk luks2
vm_plan "a LUKS volume" "another one"
cycle_guest "$VM_TOP/test-vm/guest/crypt-refused.sh"
vm_start a mem=768 initrd=a.img disk=target.img disk=data.img
ok_if "A ends by itself" vm_wait a 500
