# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Debian systems that boot, for the cases about what an administrator does with one. Must never hand a system our package
# installed, or anything set up, but where the case says so.

[ "$(id -u)" -eq 0 ] || vm_skip "needs root, for chroot"
DEBIAN_ROOT=$("$VM_TOP/test-vm/debian-root" 2>root.err) || vm_skip "$(tail -n 1 root.err)"
# shellcheck disable=SC2034 # for the cases
DEBIAN_RELEASE=$(cat "$DEBIAN_ROOT/etc/kernel-release")
vm_need "$VM_OUT"/kjump_*_amd64.deb
# an emulator that gets no CPU for a while does not pass the kernel's check of its timer
# shellcheck disable=SC2034 # for the cases
DEBIAN_ROOTFS='root=/dev/vda1 ro no_timer_check'
# partition 1 of what test-vm/debian-disk makes
DEBIAN_FS='?offset=1048576'

# debian_files DISK DIR OUT: what is below DIR in its root file system, in OUT.
debian_files() {
	mkdir -p "$3"
	debugfs -R "rdump $2 $3" "$1$DEBIAN_FS" 2>/dev/null
}

# debian_fsck DISK: by the host's e2fsck, which may not change anything.
debian_fsck() { e2fsck -fn "$1$DEBIAN_FS" >fsck.out 2>&1; }
