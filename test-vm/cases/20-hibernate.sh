# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# The main job: a busy A, KASLR, 2 CPUs, 1 GiB, through power-off and back.
# timeout: 330
. "$VM_TOP/test-vm/cycle.sh"
vm_plan "the image is more than half of RAM"
cycle_hibernate
ok_if "the image is more than half of RAM" cycle_half a 1024
