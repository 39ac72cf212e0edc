# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Kernel B, with the rig's init: all of A's memory as a kdump, on the second disk.
mkdir -p /mnt
tap_try "a disk for it" mount -t ext4 /dev/vdb /mnt
tap_try "a dump of everything" kjump-dump -q -f kdump -c lzo -d 1 -o /mnt/whole
tap_try "is on the disk" umount /mnt
