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

# debian_dump DISK: the one dump that is below its /var/crash: vmcore, and dmesg.ours.
debian_dump() {
	debian_files "$1" /var/crash files
	mv files/crash/127.0.0.1-*/vmcore vmcore
	mv files/crash/127.0.0.1-*/vmcore-dmesg.txt dmesg.ours
}

# debian_called: file(1) knows what that is.
debian_called() {
	note "file: $(file -b vmcore)"
	file -b vmcore |
		grep -q "^Kdump compressed dump v[0-9]*, system Linux, node kjdebian, release $DEBIAN_RELEASE,"
}

# debian_same_log: makedumpfile finds the log in it that we have saved. That of Debian 12 leaves the callers out.
debian_same_log() {
	makedumpfile --message-level 0 --dump-dmesg vmcore dmesg &&
		sed 's/^\(\[ *[0-9.]*\] \)\[ *[TC][0-9]*\] /\1/; /^\[/!s/^ \{11\}//' dmesg.ours | cmp - dmesg
}

# debian_fsck DISK: by the host's e2fsck, which may not change anything.
debian_fsck() { e2fsck -fn "$1$DEBIAN_FS" >fsck.out 2>&1; }
