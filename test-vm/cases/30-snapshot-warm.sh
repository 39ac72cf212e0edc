# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Dumps of a running A, one after the other, by a kernel B that stays in memory: each shows A as it is by then, in drgn,
# and one is compared page by page with what QEMU had. A person stops one, a disk fails in another. Whoever needs another
# B gets it. Where one of the kernels cannot do it, that is said.
# timeout: 600
# kernel: patched
# long: yes
# plan: A powers off
# plan: every page is what QEMU had
# plan: memory that was plugged in is in the dump
. "$VM_TOP/test-vm/cycle.sh"
. "$VM_TOP/test-vm/patched.sh"
mib=512
judge=$VM_TOP/test-vm/judge
dumps="first whole kdump next plugged"

value() { sed -n "s/^$2=//p" "$1"; }

# found NAME: the counting process is in that dump, with a value of then. drgn's modules are those of this python.
found() {
	debugfs -R "dump /$1 core" data.img 2>debugfs.err && [ -s core ] || return 1
	/usr/bin/drgn -q -c core -s "$VM_VARIANT/vmlinux" "$judge/kernel.py" counter kjcounter "$(vm_kv a vaddr)" >counter.kv ||
		return 1
	note "$1: before $(vm_kv a "before-$1"), in the dump $(value counter.kv VALUE), after $(vm_kv a "after-$1")"
	[ "$(value counter.kv PID)" = "$(vm_kv a pid)" ] && [ "$(value counter.kv MAGIC)" = kjwork-counter! ] &&
		[ "$(vm_kv a "before-$1")" -le "$(value counter.kv VALUE)" ] &&
		[ "$(value counter.kv VALUE)" -le "$(vm_kv a "after-$1")" ]
}

compared() {
	local status=0
	debugfs -R "dump /whole core" data.img 2>debugfs.err && [ -s core ] || return 1
	"$judge/memory.py" core qemu.mem "$(vm_kv a ram)" >memory.kv || status=$?
	note "$(tr '\n' ' ' <memory.kv)"
	return $status
}

# The last dump that was looked at has pages behind 4 GiB.
has_plugged() { eu-readelf -l core | grep -Eq '^ *LOAD +0x[0-9a-f]+ +0x[0-9a-f]+ 0x0{7}1[0-9a-f]{8} '; }

# said N TEXT: kernel B has said that so many times.
said() { [ "$(grep -ac "^kjump: $2" a/console.log)" -ge "$1" ]; }
# job N: its job number N waits for the host.
job() { said "$1" 'test: waiting for a line'; }
go_on() {
	vm_until a 120 job "$1" && vm_type a '
'
}

# plug VM: memory, when it asks for that.
plug() {
	vm_stage "$1" plug 60
	vm_hmp "$1" "object_add memory-backend-ram,id=m0,size=128M"
	vm_hmp "$1" "device_add pc-dimm,id=dimm0,memdev=m0"
}

for name in first whole kdump stopped next failed alone again other other-next last last-but-one \
	unplugged plugged; do
	vm_tap_expect a "$name: kjump's status" "$name: all right after" "$name: all CPUs online"
done
for name in $dumps; do vm_plan "drgn finds the counting process: $name"; done
vm_tap_expect a "target vda labelled" "target vdc labelled" "target vdd labelled" "workload runs" "first: B has booted" \
	"first: B stays" "whole: B was there" "kdump: B was there" "kdump: B stays" "stopped: is said" "stopped: B stays" \
	"next: B was there" "failed: is said" "failed: B is gone" "alone: B has booted" "alone: B is gone" "other: is said" \
	"other: B has booted" "other: B stays" "other-next: B was there" "its process was ended: B is gone" "tested" \
	"tested: B is gone" "hibernate fails, by its own B" "hibernate: B is gone" "hibernate: all right after" \
	"memory is plugged in" "plugged: B was there" "unload" "unload: B is gone" "file system clean"
export VM_SECOND="$VM_VARIANT"
cycle_disks $((mib + 64)) 1536
vm_disk bad.img $((mib + 64))
vm_disk slow.img $((mib + 64))
cycle_guest "$VM_TOP/test-vm/guest/snapshot-warm.sh" 'cmdline_append "kjump.test.hook=pause-dump"'
# 20 MiB from its start: A, which writes a label at either end, does not see it
# what is plugged in lies behind 4 GiB
vm_start a mem=$mib,slots=1,maxmem=1G kernel="$VM_VARIANT/bzImage" initrd=a.img disk=target.img disk=data.img \
	disk=bad.img,fail=write:40960 disk=slow.img,throttling.bps-write=8000000 append=kjt.plug=0x100000000
go_on 1
vm_until a 120 job 2
vm_hmp a stop
vm_hmp a "pmemsave 0 $((mib << 20)) qemu.mem"
vm_hmp a cont
go_on 2
go_on 3
go_on 4
vm_until a 60 said 4 'Backspace stops this' && vm_type a "$(printf '\177')"
n=5
while [ $n -le 14 ]; do
	go_on $n || break
	n=$((n + 1))
done
plug a
go_on 15
ok_if "A powers off" vm_wait a 120
for name in $dumps; do ok_if "drgn finds the counting process: $name" found "$name"; done
ok_if "memory that was plugged in is in the dump" has_plugged
ok_if "every page is what QEMU had" compared
rm -f core qemu.mem bad.img slow.img

# stays_not VM STATUS TEXT: nothing stays, and why is said.
stays_not() {
	vm_plan "$1: A powers off" "$1: kjump's status" "$1: says why"
	vm_tap_expect "$1" "target labelled" "nothing stays loaded" "no process stays" "all CPUs online"
	ok_if "$1: A powers off" vm_wait "$1" 60
	ok_is "$1: kjump's status" "$(vm_kv "$1" status)" "$2"
	ok_is "$1: says why" "$(vm_kv "$1" err)" "$3"
}

cycle_guest "$VM_TOP/test-vm/guest/snapshot-stay.sh"
vm_start old-a mem=$mib initrd=a.img disk=target.img
stays_not old-a 69 \
	'kjump: --stay: this kernel tells no kernel B that stays what memory there is: it needs kernel-patch/'
export VM_SECOND="$VM_KERNEL"
vm_plan "old-b: B says why"
cycle_guest "$VM_TOP/test-vm/guest/snapshot-stay.sh"
vm_start old-b mem=$mib kernel="$VM_VARIANT/bzImage" initrd=a.img disk=target.img
stays_not old-b 0 'kjump: kernel B does not stay: its log says why'
ok_if "old-b: B says why" \
	grep -aq '^kjump: kjump-exec: this kernel cannot stay: it is without kernel-patch/' old-b/console.log

# a program of kernel B's has the file open while A gets more memory
vm_tap_expect stale "B stays"
export VM_SECOND="$VM_VARIANT"
cycle_guest "$VM_TOP/test-vm/guest/snapshot-stale.sh" 'cmdline_append "kjump.test.hook=hold"'
vm_start stale mem=$mib,slots=1,maxmem=1G kernel="$VM_VARIANT/bzImage" initrd=a.img disk=target.img \
	append=kjt.plug=0x100000000
plug stale
stays_not stale 75 'kjump: kernel B does not stay: its log says why|kjump: snapshot failed in kernel B: /proc/vmcore is from before (stale)|'
