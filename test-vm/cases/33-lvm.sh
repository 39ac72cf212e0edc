# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# The target is a volume, a file in a file system on one, or one that A swaps to; what A works on lies on a volume as well. Their
# tables are as LVM's, one on top of another; B and C have no device-mapper set up.
# timeout: 1100
. "$VM_TOP/test-vm/cycle.sh"
cycle_hibernate cell=volume kind=lv lvm=yes mem=512 percent=50
cycle_hibernate cell=file kind=file lvm=yes mem=512 percent=50
cycle_hibernate cell=swap kind=swap lvm=yes mem=640 percent=50
