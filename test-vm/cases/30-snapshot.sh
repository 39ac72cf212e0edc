# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# A dump of a running A, read by others: eu-readelf lists our notes, drgn finds the counting process and its value, and
# every page is what QEMU had in memory while B stood still.
# timeout: 200
# plan: B stands still
# plan: A powers off
# plan: the file has every byte of the target's dump
# plan: eu-readelf lists our notes
# plan: drgn finds the counting process
# plan: its value lies between those before and after
# plan: every page is what QEMU had
# plan: 10,000 pages with data, 1,000 of them in the window
. "$VM_TOP/test-vm/cycle.sh"
mib=768
judge=$VM_TOP/test-vm/judge

in_drgn() { drgn -q -c core -s "$VM_KERNEL/vmlinux" "$judge/kernel.py" "$@"; }
value() { sed -n "s/^$2=//p" "$1"; }

# The file that A copied from the target to its own disk, and the target itself.
same_dump() {
	debugfs -R "dump /core core" data.img 2>debugfs.err
	[ -s core ] && cmp -n "$(wc -c <core)" core target.img
}

our_notes() {
	local type
	eu-readelf -n core >notes.txt || return 1
	for type in 1 2 3 4 5 6; do
		grep -Eq "^ *KJUMP +[0-9]+ +.*: $((0x4b4a0000 + type))\$" notes.txt || return 1
	done
	grep -q VMCOREINFO notes.txt
}

found() {
	in_drgn counter kjcounter "$(vm_kv a vaddr)" >counter.kv || return 1
	note "drgn: $(tr '\n' ' ' <counter.kv)"
	[ "$(value counter.kv PID)" = "$(vm_kv a pid)" ] && [ "$(value counter.kv MAGIC)" = kjwork-counter! ]
}

between() {
	note "before $(vm_kv a before), after $(vm_kv a after)"
	[ "$(vm_kv a before)" -le "$(value counter.kv VALUE)" ] && [ "$(value counter.kv VALUE)" -le "$(vm_kv a after)" ]
}

compared() {
	local status=0
	"$judge/memory.py" core qemu.mem "$(vm_kv a ram)" >memory.kv || status=$?
	note "$(tr '\n' ' ' <memory.kv)"
	return $status
}

enough() {
	[ "$(value memory.kv NONZERO)" -ge 10000 ] && [ "$(value memory.kv NONZERO_IN_WINDOW)" -ge 1000 ]
}

vm_tap_expect a "target labelled" "workload runs" "enough memory counted" "all right before" "kjump exits 0" \
	"kjump says that it is done" "the file is root's alone" "all right after" "same memory checksum" \
	"same boot id and a sane clock" "all CPUs online" "nothing stays loaded" "the record is closed" "file system clean"
cycle_disks $((mib + 64)) 1024
cycle_guest "$VM_TOP/test-vm/guest/snapshot.sh" 'cmdline_append "kjump.test.hook=pause-dump"'
vm_start a mem=$mib initrd=a.img disk=target.img disk=data.img append="kjt.percent=45"
ok_if "B stands still" vm_console a '^kjump: test: waiting for a line' 90 || return 0
vm_hmp a stop
vm_hmp a "pmemsave 0 $((mib << 20)) qemu.mem"
vm_hmp a cont
vm_type a '
'
ok_if "A powers off" vm_wait a 90 || return 0
ok_if "the file has every byte of the target's dump" same_dump || return 0
ok_if "eu-readelf lists our notes" our_notes
ok_if "drgn finds the counting process" found
ok_if "its value lies between those before and after" between
ok_if "every page is what QEMU had" compared
ok_if "10,000 pages with data, 1,000 of them in the window" enough
