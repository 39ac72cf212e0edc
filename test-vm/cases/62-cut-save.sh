# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# The power goes while B saves: the next boot finds no image, says which job never finished, and boots on; A's own disk
# is as it was when A was left.
# timeout: 120
# plan: the power goes while B saves
. "$VM_TOP/test-vm/bad.sh"
vm_plan "c: what the record says"
bad_disks a 600
bad_expect_before a
bad_start a tries.sh append=kjt.percent=40 tdisk=throttling.bps-write=8000000
ok_if "the power goes while B saves" vm_console a 'kjump-dump: [2-9][0-9] %' 60
vm_kill a
ok_is "c: what the record says" "$(bad_kv a.target REC_STATE)" entered
bad_expect_next c
bad_next c a entered
