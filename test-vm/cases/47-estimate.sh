# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# kjump-dump --estimate: of /proc/kcore before the crash, of /proc/vmcore after it, and the dumps that are then made. What
# the running kernel says comes near to what the crashed one shows.
# timeout: 300
# plan: vm: memory of every class
# plan: vm: loaded for a crash
# plan: vm: sizes of a running kernel
# plan: vm: the same ten times
# plan: vm: sizes of a crashed kernel
# plan: vm: a dump with -d 31 is as large as was said
# plan: vm: one with -d 17 has the pages that were said
# plan: vm: one with -d 1 has the pages that were said
# plan: it ended
# plan: both have the same memory
# plan: free pages, cache and user pages of both are the same but for a little
# plan: pages of a dump of both are the same but for a little
. "$VM_TOP/test-vm/crash.sh"

# both KEY DIFFERENCE: A's number and B's differ by no more, and are not nothing
both() {
	local a b
	a=$(vm_kv vm "A_$1") b=$(vm_kv vm "B_$1")
	note "$1: running $a, crashed $b"
	[ "$a" -gt 1000 ] && [ "$b" -gt 1000 ] && [ $((a - b)) -le "$2" ] && [ $((b - a)) -le "$2" ]
}

classes() { both CLASS_FREE 4096 && both CLASS_CACHE 512 && both CLASS_USER 2048; }
filters() { both D1_PAGES 512 && both D17_PAGES 4096 && both D31_PAGES 4096; }

crash_data data.img
vm_kjwork
vm_guest b.img "$VM_OUT/ship/kjump-dump:/usr/sbin/kjump-dump" "$VM_TOP/test-vm/guest/work:/kjt/work" \
	--script "$VM_TOP/test-vm/guest/estimate-b.sh"
printf '%s\n' 'target /dev/vdb' 'kernel /boot/bzImage' 'initrd /boot/b.img' 'crash_target /dev/vdb' >kjump.conf
vm_guest_kjump a.img kjump.conf:/etc/kjump.conf b.img:/boot/b.img kjwork:/usr/sbin/kjwork \
	"$VM_TOP/test-vm/guest/work:/kjt/work" --script "$VM_TOP/test-vm/guest/estimate.sh"
vm_start vm mem=512 smp=2 initrd=a.img disk=data.img append='crashkernel=160M'
ok_if "it ended" vm_wait vm 240
# the estimate needs memory itself, some MiB. B does not see the first MiB, and has the pages of its notes for itself
ok_if "both have the same memory" both PAGES_RAM 512
ok_if "free pages, cache and user pages of both are the same but for a little" classes
ok_if "pages of a dump of both are the same but for a little" filters
