# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Ten jumps and three hibernations of a kernel with the patches, and with all that finds what has no other effect yet: KASAN,
# KFENCE, lockdep, DEBUG_PAGEALLOC and DEBUG_ATOMIC_SLEEP, in A, B and C. Whatever these report is in a console log, and is
# looked for there as in every case.
# timeout: 3000
# kernel: debug
# long: yes
# allow: RCU lockdep checking is enabled
. "$VM_TOP/test-vm/cycle.sh"
. "$VM_TOP/test-vm/patched.sh"

# It is slow, and much of what QEMU translates is code that the kernels then write to.
patience='watchdog_thresh=60 rcupdate.rcu_cpu_stall_timeout=120'

# debug_cycle CELL [KEY=VALUE...]: KASAN takes an eighth of the window, and more for each object. The window is to lie where
# memory is filled.
debug_cycle() {
	local cell="$1"
	shift
	vm_plan "$cell: the checker of locks is at work in A to the end"
	cycle_hibernate cell="$cell" mem=1536 percent=30 wait=1000 conf="cmdline_append \"$patience\"" \
		append="$patience kjt.window=384M@0x18000000,384M@0x30000000,384M@0x40000000" cappend="$patience" code=32 \
		akernel="$VM_VARIANT" bkernel="$VM_VARIANT" ckernel="$VM_VARIANT" "$@"
	ok_is "$cell: the checker of locks is at work in A to the end" "$(vm_kv "$cell-c" locks)" 1
}

debug_cycle jumps jumps=10
debug_cycle kexec path=kexec
debug_cycle direct path=direct
