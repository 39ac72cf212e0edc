# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Some other system: mounts kjt.dev= (of type kjt.type=, with options kjt.mount=), touches a file there unless that is
# read-only, and unmounts; kjt.end=cut: waits for the power to go instead; kjt.sync=yes: when that is on the disk.
# shellcheck source=test-vm/guest/work
. /kjt/work
for module in nls_cp437 nls_iso8859-1 fat vfat; do
	[ ! -e /modules/$module.ko ] || insmod /modules/$module.ko
done
mkdir -p /mnt
options=$(work_option mount rw)
tap_try "mounted" mount -t "$(work_option type ext4)" -o "$options" "$(work_option dev /dev/vdb)" /mnt
[ "$options" = ro ] || tap_try "touched" touch /mnt/witness /mnt/file
[ "$(work_option sync no)" = no ] || sync
stage touched
[ "$(work_option end umount)" != cut ] || park
tap_try "unmounted" umount /mnt
