# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# A works on an xfs, and on a btrfs, while it is hibernated. Nobody touches it: A is back, and what it has written since is
# right. Some other system mounts it and touches a file, and unmounts it or loses its power: C says so, restores nothing, and
# boots on. 66-touched does the same with ext4 and vfat. Neither B nor C can mount what A has mounted.
# kernel: fs
# long: yes
# timeout: 900
. "$VM_TOP/test-vm/touched.sh"
TOUCHED_KERNEL=$VM_VARIANT

# used TYPE: all of it, on a file system of that type.
used() {
	local fs="$1"
	vm_plan "$fs: an image" "$fs: its state" "$fs: its fingerprint"
	bad_expect_before "$fs"
	bad_disks "$fs" 300 "$fs"
	cp root.img "$fs.root"
	bad_start "$fs" tries.sh append="kjt.percent=25 kjt.fs=$fs" kernel="$VM_VARIANT/bzImage" \
		file=mods:/kjt/modules disk="$fs.root"
	ok_if "$fs: an image" vm_wait "$fs" 90 || return 0
	mv "$fs.target" a.target
	mv "$fs.data" a.data
	ok_is "$fs: its state" "$(bad_kv a.target STATE)" ready
	ok_is "$fs: its fingerprint" "$(bad_kv a.target FS0_SUM)" "$(fs_sum a.data)"
	untouched "$fs-back" cycle_whole "$fs"
	vm_tap_expect "$fs-umount-other" touched
	touched "$fs-umount" "kjt.dev=/dev/vdb kjt.type=$fs"
	touched_refused "$fs-umount" /dev/vdb "$fs"
	vm_tap_expect "$fs-cut-other" touched
	touched "$fs-cut" "kjt.dev=/dev/vdb kjt.type=$fs kjt.sync=yes" cut
	touched_refused "$fs-cut" /dev/vdb "$fs"
}

# fs_sum FILE: the fingerprint of the file system in it, as our program finds it here.
fs_sum() { "$VM_OUT/ship/kjump-info" --fs "$1" | sed -n 's/^FS_SUM=//p'; }

vm_plan "modules"
ok_if "modules" cycle_modules xfs btrfs || exit 1
bad_root
vm_guest other.cpio mods:/kjt/modules "$VM_TOP/test-vm/guest/work:/kjt/work" --script "$VM_TOP/test-vm/guest/touch.sh"
used xfs
used btrfs
