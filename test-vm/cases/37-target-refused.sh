# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Files and swap areas that are no targets, or too small; A goes on, and its file system and swap are as they were.
# timeout: 300
. "$VM_TOP/test-vm/bad.sh"
vm_tap_expect a "workload runs" "not on a disk" "not on a disk: no file" "no room" "no room: no file" "too small a file" \
	"a sparse file" "a fallocated file" "readable by others" "a file of somebody's" "a file without a list" \
	"a file that was written" "a new file" "a new file: root's alone" "a file that exists" "format swsusp" \
	"a file whose blocks moved" "made one again" "a file that grew" "another's label" "a file elsewhere" "a file elsewhere: kjump status" \
	"a file that nobody is told of" "a file too small for the image" \
	"a file too small: no image" "no such swap area" "swap not in use" "a snapshot in swap" "swap as a device" \
	"swap too small for the image" "a header that was left marked" "swap can be used again" "hardly any swap" "hardly any swap: as it was" \
	"a swap file not in use" "a swap file where nobody may write" \
	"all right after" "same memory checksum" "file system clean"
vm_plan "A ends by itself" "the file system is whole"
vm_disk a.target 24
vm_disk a.data 256
# of one so small the blocks would be smaller than a page
mke2fs -q -t ext4 -b 4096 -F a.data
truncate -s 1M small.img
vm_disk room.img 16
mke2fs -q -t ext4 -b 4096 -F room.img
bad_start a targets.sh disk=small.img disk=room.img
ok_if "A ends by itself" vm_wait a 200
ok_if "the file system is whole" e2fsck -fn a.data
