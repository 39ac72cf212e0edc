# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Guest that boots from other disks, and past the image in a swap file: swapon does not take it before the image is discarded.
# shellcheck source=test-vm/guest/work
. /kjt/work

says() {
	local status=0
	"$@" >/tmp/out 2>&1 || status=$?
	echo "$status $(cat /tmp/out)"
}

mkdir -p /mnt
tap_try "the disk mounts" mount -t ext4 /dev/vdb /mnt
tap_is "swapon refuses" "$(says swapon /mnt/swap)" "1 swapon: /mnt/swap: Invalid argument"
kjump status >/tmp/status
tap_try "kjump status" grep -q 'it is not in use; kjump discard gives the swap area back' /tmp/status
tap_try "kjump images" expr "$(says kjump images)" : '0 /mnt/swap: image [0-9a-f]*, ready, saved '
tap_is "kjump hibernate" "$(says kjump hibernate)" \
	"75 kjump: /mnt/swap: holds a job's blocks and is not in use; kjump discard gives it back"
tap_is "kjump discard" "$(says kjump discard)" "0 /mnt/swap: image removed"
tap_is "swapon takes it" "$(says swapon /mnt/swap)" "0 "
tap_is "nothing to discard" "$(says kjump discard)" "1 /mnt/swap: no image"
WORK_SWAP=/mnt/swap
tap_try "it has its own header" work_swap_again
tap_try "the disk is let go" umount /mnt
