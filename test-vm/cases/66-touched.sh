# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# A is hibernated, and some other system mounts one of its file systems before it comes back: C says which and on what,
# restores nothing, and boots on.
# timeout: 300
. "$VM_TOP/test-vm/bad.sh"

modules=$VM_KERNEL/modules
set --
find "$modules" -name '*.ko' >modules.list
while read -r f; do set -- "$@" "$f:/modules/${f##*/}"; done <modules.list
cp "$VM_TOP/test-vm/guest/work" work
vm_guest other.cpio work:/kjt/work "$@" --script "$VM_TOP/test-vm/guest/touch.sh"

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

# touched NAME APPEND [WAY-OUT]: the other system, on a copy of A's disks.
touched() {
	local vm="$1-other"
	bad_copy "$1"
	cp --sparse=always a.esp "$1.esp"
	vm_plan "$vm: ends"
	vm_tap_expect "$vm" "mounted"
	vm_start "$vm" mem=256 smp=1 initrd=other.cpio disk="$1.target" disk="$1.data" disk=root.img disk="$1.esp" append="$2"
	if [ "${3:-}" = cut ]; then
		ok_if "$vm: ends" vm_stage "$vm" touched 40
		vm_kill "$vm"
	else
		vm_tap_expect "$vm" "unmounted"
		ok_if "$vm: ends" vm_wait "$vm" 40
	fi
	cp --sparse=always "$1.data" "$1.want"
}

# refused NAME DEVICE KIND
refused() {
	bad_boot "$1" disk="$1.esp"
	bad_refused "$1" 1 stale "^kjump-restore: /dev/vda: not restored: $2: $3 file system [0-9a-f]*: was written since" "$1.want"
}

# the disks as A left them are the other half of this test: 64-cut-load
vm_tap_expect ext4-other touched
touched ext4 kjt.dev=/dev/vdb
refused ext4 /dev/vdb ext
vm_tap_expect cut-other touched
touched cut 'kjt.dev=/dev/vdb kjt.end=cut' cut
refused cut /dev/vdb ext
# a journal is replayed even then
touched replay 'kjt.dev=/dev/vdb kjt.mount=ro'
refused replay /dev/vdb ext
vm_tap_expect vfat-other touched
touched vfat 'kjt.dev=/dev/vdd kjt.type=vfat'
refused vfat /dev/vdd vfat
