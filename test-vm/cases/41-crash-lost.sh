# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# A has panicked and nothing goes right in kernel B: no target, no progress, a panic of its own. The machine reboots.
# timeout: 150
vm_allow 'Kernel panic - not syncing: sysrq triggered crash'
vm_allow 'Call Trace:'

# crash VM APPEND: A until B has reset the machine; conf is the same for all: a target that is not there.
crash() {
	local vm="$1"
	printf '%s\n' 'kernel /boot/bzImage' 'initrd /boot/kjump.img' 'crash_target UUID=01234567-89ab-cdef-0123-456789abcdef' \
		"cmdline_append \"kjump.wait=1${2:+ $2}\"" >"$vm.conf"
	[ -e lost.kjump.img ] || "$VM_TOP/initramfs/build" -t "$VM_OUT/ship" -c "$vm.conf" -z gzip -o lost.kjump.img
	vm_guest_kjump "$vm.img" "$vm.conf:/etc/kjump.conf" lost.kjump.img:/boot/kjump.img \
		"$VM_TOP/test-vm/guest/work:/kjt/work" --script "$VM_TOP/test-vm/guest/crash.sh"
	vm_tap_expect "$vm" "loaded for a crash" "crash kernel loaded"
	vm_plan "$vm: B reboots"
	vm_start "$vm" mem=512 smp=1 initrd="$vm.img" append="crashkernel=128M kjt.jump=no"
}

vm_plan "target: says so" "target: shows A's last words" "hang: the deadline"
crash target ''
crash hang 'kjump.test.hang=spin kjump.deadline=10'
crash panic 'kjump.test.hang=panic'
ok_if "target: B reboots" vm_wait target 100 reset
tr -d '\r' <target/console.log >said
ok_if "target: says so" grep -aqx "kjump: target 'UUID=01234567-89ab-cdef-0123-456789abcdef' is not there" said
# once as it happened, once more out of A's memory
ok_is "target: shows A's last words" "$(grep -ac 'Kernel panic - not syncing: sysrq triggered crash' said)" 2
ok_if "hang: B reboots" vm_wait hang 100 reset
ok_if "hang: the deadline" grep -aq '^kjump: deadline of 10 s is over' hang/console.log
ok_if "panic: B reboots" vm_wait panic 100 reset
