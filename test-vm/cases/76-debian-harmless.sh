# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# A Debian with our hook in its initramfs, as initramfs-tools, dracut without systemd and dracut with it build one: it
# boots with a target that has no image, and with a damaged image, of which it says so.
# timeout: 1200
# long: yes
# plan: a disk with a Debian
# plan: the file system is whole

# shellcheck source=test-vm/debian-harmless.sh
. "$VM_TOP/test-vm/debian-harmless.sh"

ok_if "a disk with a Debian" harmless_disk || exit 1
# partition 2
start=$((1281 * 1048576))

# damage: what looks like the header of an image, up to its features, and is none
damage() {
	{ printf 'KJIMAGE1\1\0\0\0\0\020\0\0'; head -c 16 /dev/zero; head -c 4064 /dev/urandom; } |
		dd of=disk.img bs=1M oflag=seek_bytes seek=$start conv=notrunc 2>/dev/null
}

for kind in tools hooks systemd; do
	harmless_boot $kind $kind 1 || exit 1
	damage
	vm_plan "$kind-bad: it says what is wrong"
	harmless_boot $kind-bad $kind 65 || exit 1
	ok_if "$kind-bad: it says what is wrong" \
		grep -aq 'kjump: kjump-info: /dev/[^ ]*: image header: checksum mismatch' $kind-bad/console.log
	dd if=/dev/zero of=disk.img bs=4096 oflag=seek_bytes seek=$start count=1 conv=notrunc 2>/dev/null
done
ok_if "the file system is whole" debian_fsck disk.img
