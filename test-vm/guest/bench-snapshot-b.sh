# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Kernel B of bench-snapshot after the crash: makedumpfile's dumps of A, in the order of A's snapshots, each on the disk when
# its end is told.
# shellcheck source=test-vm/guest/work
. /kjt/work

level=$(work_option level 31)
kv makedumpfile "$(makedumpfile -v 2>&1 | sed -n 's/^makedumpfile: version \([^ ]*\).*/\1/p')"
mkdir -p /mnt
tap_try "a file system" mount -t ext4 /dev/vdb /mnt
for option in -l -E; do
	stage peer
	tap_try "makedumpfile $option" makedumpfile --message-level 1 $option -d "$level" /proc/vmcore /mnt/dump
	sync
	stage end
	kv "bytes$option" "$(wc -c </mnt/dump)"
	rm /mnt/dump
done
tap_try "unmounted" umount /mnt
