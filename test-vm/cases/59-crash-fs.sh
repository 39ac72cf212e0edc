# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# A Debian kernel crashes and is its own kernel B: the dump goes to an xfs, a btrfs and a vfat, which A mounts when it
# is up again. Before the xfs an ext4 is tried, where the program that makes the dump is killed half way, as it would be
# for want of memory.
# timeout: 900
# long: yes
# plan: the kernel is in the cache
# plan: images of kernel B
# plan: it crashes three times and is switched off
# plan: xfs: the file system is whole
# plan: btrfs: the file system is whole
# plan: vfat: the file system is whole
. "$VM_TOP/test-vm/crash.sh"

ok_if "the kernel is in the cache" "$VM_TOP/test-vm/kernel/debian" 6.12 || exit 1
dir=$("$VM_TOP/test-vm/kernel/debian" --print 6.12)
release=$(cat "$dir/release")
more='xfs btrfs vfat nls_cp437 nls_ascii nls_iso8859_1'

# image FS TARGETS COLLECTOR: kjump.conf and kernel B's initramfs, in the directory of that name
image() {
	printf '%s\n' 'kernel /boot/bzImage' "initrd /boot/$1.img" "crash_target $2" "core_collector kjump-dump $3" \
		>"$1/kjump.conf"
	"$VM_TOP/initramfs/build" -t "$VM_OUT/ship" -c "$1/kjump.conf" -k "$release" -d "$dir" \
		-m "virtio_pci virtio_blk ext4 $more" -z gzip -o "$1/image"
}

# as a program in the directory of those before a dump
mkdir -p xfs/kjump/kdump_pre.d btrfs vfat
cat >xfs/kjump/kdump_pre.d/killer <<'END'
#!/bin/sh
(
	until [ -s "$(echo /mnt/target/var/crash/*/vmcore-incomplete)" ]; do usleep 10000; done
	killall -KILL kjump-dump
	echo 'killer: done' >/dev/kmsg
) >/dev/null 2>&1 &
END
chmod +x xfs/kjump/kdump_pre.d/killer
vm_disk ext4.disk 700
vm_disk xfs.disk 700
vm_disk btrfs.disk 700
vm_disk vfat.disk 700
mke2fs -q -t ext4 -F ext4.disk
mkfs.xfs -q ./xfs.disk
mkfs.btrfs -q ./btrfs.disk
mkfs.vfat ./vfat.disk >/dev/null
# all of memory, so that there is time to kill it
ok_if "images of kernel B" image xfs '/dev/vda /dev/vdb' '-c none -d 0' || exit 1
image btrfs /dev/vdc '-c lzo -d 31'
image vfat /dev/vdd '-c lzo -d 31'
crash_modules "$dir" "$release" "$more"
# shellcheck disable=SC2046 # words
vm_guest_kjump a.img "$dir/bzImage:/boot/bzImage" mods:/kjt/modules --script "$VM_TOP/test-vm/guest/crash-fs.sh" \
	$(for f in xfs btrfs vfat; do echo "$f/kjump.conf:/etc/$f.conf $f/image:/boot/$f.img"; done)
for f in xfs btrfs vfat; do
	vm_tap_expect a "$f: loaded" "$f: saved" "$f: the kernel log ends with the crash" "$f: and is in the dump"
done
vm_tap_expect a "xfs: what was tried before" "killed: incomplete" "killed: status.json says why" \
	"killed: a part is there, and not called vmcore" "killed: the kernel log ends with the crash" \
	"killed: README.txt says not saved"
vm_start a mem=640 kernel="$dir/bzImage" initrd=a.img reboot=yes disk=ext4.disk disk=xfs.disk disk=btrfs.disk \
	disk=vfat.disk append='crashkernel=256M'
ok_if "it crashes three times and is switched off" vm_wait a 500
ok_if "xfs: the file system is whole" xfs_repair -n ./xfs.disk
ok_if "btrfs: the file system is whole" btrfs check --readonly ./btrfs.disk
ok_if "vfat: the file system is whole" fsck.vfat -n ./vfat.disk
