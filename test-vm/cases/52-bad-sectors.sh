# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# The disk of the target has a bad sector. B cannot write to it: it erases what it wrote, and jumps back; A goes on and says so.
# C cannot read it, in a chunk of the image or in its index: it says so in one line, restores nothing, and boots on.
# timeout: 240
. "$VM_TOP/test-vm/bad.sh"
bad_disks write 300
bad_expect_before write
bad_expect_back write
vm_plan "write: nothing of the dump is left to be found"
# 20 MiB from its start: A, which writes a label at either end, does not see it
bad_start write tries.sh tdisk=fail=write:40960
bad_back write 74 'kjump: hibernate failed in kernel B: kjump-dump: /dev/vda: I/O error' 80
ok_is "write: nothing of the dump is left to be found" "$(bad_kv write.target KIND) $(bad_kv write.target REC_STATE)" "label done"

bad_image
end=$(bad_kv a.target BYTES)
bad_boot chunk tdisk=fail=read:$((end / 1024))
bad_refused chunk 1 stale '^kjump-restore: /dev/vda: chunk [0-9]+ at offset [0-9]+: I/O error'
bad_boot index tdisk=fail=read:16
bad_refused index 1 stale '^kjump-restore: /dev/vda: index: I/O error'
