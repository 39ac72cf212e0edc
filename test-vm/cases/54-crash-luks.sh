# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# A has panicked, and kernel B saves into a LUKS volume, with a key that is in its initramfs. The first one it does not open: that
# one's key slot wants more memory than there is. The second has a file system in it, and takes the dump.
# timeout: 420
. "$VM_TOP/test-vm/crash.sh"

command -v cryptsetup >/dev/null || vm_skip "cryptsetup is not there: cryptsetup-bin"

# volume IMG MIB WORD...: LUKS2, opened by crash.key in a slot like that
volume() {
	local img="$1"
	vm_disk "$img" "$2"
	shift 2
	cryptsetup luksFormat -q --type luks2 --pbkdf "$@" "$img" crash.key
}

volumes() {
	vm_disk fs 120
	mke2fs -q -t ext4 -b 4096 -F fs
	volume one.disk 20 argon2id --pbkdf-memory 262144 --pbkdf-force-iterations 4 --pbkdf-parallel 1 &&
		volume two.disk 136 pbkdf2 --pbkdf-force-iterations 1000 &&
		cryptsetup luksDump -q --dump-volume-key --volume-key-file two.key --key-file crash.key two.disk >/dev/null &&
		"$VM_TOP/test-vm/judge/luks.py" --encrypt two.disk two.key fs
}

hidden() {
	local status=0
	grep -aEq 'KDUMP   |VMCOREINFO|kjtest' two.disk || status=$?
	[ "$status" = 1 ]
}

# status.json tells of both
tells() {
	/usr/bin/python3 - "$1/status.json" "$TWO" <<-'END'
		import json, sys
		s = json.load(open(sys.argv[1]))
		print(s)
		assert s["state"] == "saved" and s["target"] == "luks " + sys.argv[2] and len(s["failed_before"]) == 1
		assert "is not opened: " in s["failed_before"][0]
	END
}

head -c 64 /dev/urandom >crash.key
crash_data data.img
vm_plan "volumes"
ok_if "volumes" volumes || exit 1
rm fs
ONE=UUID=$(cryptsetup luksUUID one.disk) TWO=UUID=$(cryptsetup luksUUID two.disk)
CRASH_DATA=vdc crash_start luks 0 "luks $ONE luks $TWO" "crash_key $PWD/crash.key" smp=2 disk=one.disk disk=two.disk disk=data.img

crash_memory luks
vm_plan "luks: the first one is not opened" "luks: nothing of it can be read" "luks: a file system with the dump" \
	"luks: status.json tells" "luks: a source to compare with" "luks: every page is what QEMU had"
ok_if "luks: the first one is not opened" \
	grep -aEq "^kjump: target 'luks $ONE' failed: LUKS volume '$ONE' is not opened: .*memory" luks/console.log
ok_if "luks: nothing of it can be read" hidden
"$VM_TOP/test-vm/judge/luks.py" two.disk two.key fs 0-134217728
ok_if "luks: a file system with the dump" e2fsck -fn fs
mkdir files
debugfs -R 'rdump /var files' fs 2>/dev/null
SAVED=$(echo files/var/crash/127.0.0.1-20*)
ok_if "luks: status.json tells" tells "$SAVED"
if ok_if "luks: a source to compare with" crash_source luks "$SAVED/vmcore"; then
	ok_if "luks: every page is what QEMU had" crash_pages luks "$SAVED/vmcore"
fi
