# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# The image does not fit on the target: B finds that out, erases what it wrote, and jumps back; A goes on and says so.
# timeout: 90
. "$VM_TOP/test-vm/bad.sh"
bad_disks a 40
bad_expect_before a
bad_expect_back a
vm_plan "a: nothing of the dump is left to be found"
bad_start a tries.sh
bad_back a 73 'kjump: hibernate failed in kernel B: kjump-dump: /dev/vda: target too small: .*' 80
ok_is "a: nothing of the dump is left to be found" "$(bad_kv a.target KIND) $(bad_kv a.target REC_STATE)" "label done"
