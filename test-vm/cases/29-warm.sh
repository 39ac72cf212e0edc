# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# A kernel B that stays in memory: booted once, entered and left 50 times. Each time /proc/vmcore shows what A has now, memory
# included that is plugged in half way, unless a program of B has it mapped meanwhile; and A finds its memory as it was. Both
# kernels have the patches. The time of a warm jump is noted.
# timeout: 300
# kernel: patched
# long: yes
# plan: A asks for memory
# plan: A powers off
# plan: B was booted once
# plan: B saw what A had, each time
# plan: the map was handed over
. "$VM_TOP/test-vm/patched.sh"
jumps=50

entries() { tr -d '\r' <a/console.log | sed -n 's/^kexec_warm: entry //p'; }
seq_seen() {
	local n=1
	while [ $n -le $jumps ]; do
		case $((n - jumps / 2)) in
		1) echo "$n sees $n and 0" ;; # B has had the file mapped since it was here last
		-* | 0) echo "$n sees $n" ;;
		*) echo "$n sees $n and $n" ;;
		esac
		n=$((n + 1))
	done
}
seen_all() {
	entries >seen
	seq_seen >want
	cmp seen want
}

vm_tap_expect a "entered and left each time" "the kernel writes the core header" "all CPUs online" "unloaded" \
	"nothing stays loaded"
"${CC:-gcc}" -O2 -Wall -Werror -static -o kexec_warm "$VM_TOP/test-vm/guest/kexec_warm.c"
vm_guest warm.img kexec_warm:/usr/sbin/kexec_warm "$VM_OUT/ship/kjump-info:/usr/sbin/kjump-info" \
	"$VM_TOP/test-vm/guest/work:/kjt/work" --script "$VM_TOP/test-vm/guest/warm-b.sh"
export VM_SECOND="$VM_VARIANT"
vm_guest_kjump a.img kexec_warm:/usr/sbin/kexec_warm warm.img:/boot/warm.img \
	"$VM_TOP/test-vm/guest/work:/kjt/work" --script "$VM_TOP/test-vm/guest/warm.sh"
# what is plugged in lies behind 4 GiB
vm_start a mem=1024,slots=1,maxmem=2G kernel="$VM_VARIANT/bzImage" initrd=a.img \
	append="kjt.jumps=$jumps kjt.plug=0x100000000"
ok_if "A asks for memory" vm_console a '^kexec_warm: plug' 200
vm_hmp a "object_add memory-backend-ram,id=m0,size=128M"
vm_hmp a "device_add pc-dimm,id=dimm0,memdev=m0"
ok_if "A powers off" vm_wait a 280
ok_is "B was booted once" "$(grep -ac 'kexec_warm: map from' a/console.log)" 1
ok_if "B saw what A had, each time" seen_all
ok_if "the map was handed over" grep -aq 'kexec_warm: map from pages' a/console.log
note "there and back: $(vm_kv a WARM_MS) ms ($(vm_kv a WARM_MIN_MS) to $(vm_kv a WARM_MAX_MS)); the first time, with B's boot:" \
	"$(vm_kv a COLD_MS) ms"
