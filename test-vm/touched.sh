# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# For the cases in which some other system has A's disks before A comes back. Must never let it have the disks of two.
# shellcheck source=test-vm/bad.sh
. "$VM_TOP/test-vm/bad.sh"

# The kernel of both systems, and the disks that they have beside A's target, its own and root.img: VM.NAME is a copy of
# a.NAME.
TOUCHED_KERNEL=$VM_KERNEL
TOUCHED_MORE=

# touched_copy VM
touched_copy() {
	local name
	bad_copy "$1"
	for name in $TOUCHED_MORE; do cp --sparse=always "a.$name" "$1.$name"; done
}

# touched_disks VM: of the further disks, an option for vm_start each.
touched_disks() {
	local name
	for name in $TOUCHED_MORE; do echo "disk=$1.$name"; done
}

# touched NAME APPEND [cut]: the other system, on a copy of A's disks; it unmounts them, or the power goes.
touched() {
	local vm="$1-other"
	touched_copy "$1"
	vm_plan "$vm: ends"
	vm_tap_expect "$vm" "mounted"
	# shellcheck disable=SC2046 # words are wanted
	vm_start "$vm" mem=256 smp=1 kernel="$TOUCHED_KERNEL/bzImage" initrd=other.cpio disk="$1.target" disk="$1.data" \
		disk=root.img $(touched_disks "$1") append="$2 kjt.end=${3:-umount}"
	if [ "${3:-}" = cut ]; then
		ok_if "$vm: ends" vm_stage "$vm" touched 40
		vm_kill "$vm"
	else
		vm_tap_expect "$vm" "unmounted"
		ok_if "$vm: ends" vm_wait "$vm" 40
	fi
	cp --sparse=always "$1.data" "$1.want"
}

# touched_refused NAME DEVICE KIND: C restores nothing, for that file system, and boots on.
touched_refused() {
	# shellcheck disable=SC2046 # words are wanted
	bad_boot "$1" $(touched_disks "$1")
	bad_refused "$1" 1 stale "^kjump-restore: /dev/vda: not restored: $2: $3 file system [0-9a-f]*: was written since" "$1.want"
	rm -f "$1.want"
}

# untouched NAME COMMAND...: nobody had A's disks: it comes back, and the command finds nothing wrong with its own.
untouched() {
	local vm="$1"
	vm_plan "$vm: A is back" "$vm: the file system is whole"
	vm_tap_expect "$vm" "all right after" "all CPUs online" "nothing stays loaded" "file system clean"
	touched_copy "$vm"
	# shellcheck disable=SC2046 # words are wanted
	bad_boot "$vm" $(touched_disks "$vm")
	ok_if "$vm: A is back" touched_back "$vm"
	shift
	ok_if "$vm: the file system is whole" "$@" "$vm.data" >"$vm.fsck" 2>&1
	rm -f "$vm.target" "$vm.data" "$vm.root"
}

touched_back() {
	vm_wait "$1" 90 && [ "$(vm_kv "$1" status)$(vm_kv "$1" err)" = 0 ] && bad_erased "$1.target" &&
		grep -aq '^resumed from S5 by kernel ' "$1/console.log"
}
