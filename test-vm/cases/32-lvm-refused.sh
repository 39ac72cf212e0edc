# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Mappings that are no targets, and file systems on them; and a volume that is one until its blocks move.
# timeout: 200
. "$VM_TOP/test-vm/cycle.sh"
vm_tap_expect a "striped" "linear on striped" "on two disks" "swap on two disks" \
	"no label" "labelled" "its place" "the same by its other name" "no image" "below a volume" "below two" "below one in use" "format swsusp" \
	"moved" "between blocks" "nothing is loaded"
vm_plan "A ends by itself"
vm_disk target.img 40
vm_disk other.img 24
lvm=yes CYCLE_CONF=/dev/mapper/vg-image
cycle_guest "$VM_TOP/test-vm/guest/lvm-refused.sh"
vm_start a mem=512 initrd=a.img disk=target.img disk=other.img
ok_if "A ends by itself" vm_wait a 120
