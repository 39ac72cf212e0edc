# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# A is hibernated, and some other system mounts one of its file systems, ext4 or vfat, before it comes back: C says which
# and on what, restores nothing, and boots on. If none does, A is back.
# timeout: 420
. "$VM_TOP/test-vm/touched.sh"
TOUCHED_MORE=esp

modules=$VM_KERNEL/modules
set --
find "$modules" -name '*.ko' >modules.list
while read -r f; do set -- "$@" "$f:/modules/${f##*/}"; done <modules.list
vm_guest other.cpio "$VM_TOP/test-vm/guest/work:/kjt/work" "$@" --script "$VM_TOP/test-vm/guest/touch.sh"

vm_plan "an image" "its state"
vm_tap_expect a "target labelled" "workload runs" "all right before" "a vfat too"
bad_disks a 300
bad_root
cp root.img a.root
vm_disk a.esp 4
mkfs.vfat -F 12 a.esp >/dev/null
for f in "$@"; do set -- "$@" "file=$f"; shift; done
bad_start a tries.sh append='kjt.percent=25 kjt.vfat=/dev/vdd' disk=a.root disk=a.esp "$@"
ok_if "an image" vm_wait a 90 || exit 1
ok_is "its state" "$(bad_kv a.target STATE)" ready

untouched both e2fsck -fn
vm_tap_expect ext4-other touched
touched ext4 kjt.dev=/dev/vdb
touched_refused ext4 /dev/vdb ext
vm_tap_expect cut-other touched
touched cut kjt.dev=/dev/vdb cut
touched_refused cut /dev/vdb ext
# a journal is replayed even then
touched replay 'kjt.dev=/dev/vdb kjt.mount=ro'
touched_refused replay /dev/vdb ext
vm_tap_expect vfat-other touched
touched vfat 'kjt.dev=/dev/vdd kjt.type=vfat'
touched_refused vfat /dev/vdd vfat
vm_tap_expect fatcut-other touched
# A has it marked as in use already: what this system has only in its memory has changed nothing
touched fatcut 'kjt.dev=/dev/vdd kjt.type=vfat kjt.sync=yes' cut
touched_refused fatcut /dev/vdd vfat
