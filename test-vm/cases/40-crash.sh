# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# A panics, on CPU 0 and on CPU 1: kernel B, from the initramfs that jumps use too, saves to an ext4 file system and to
# a labelled raw device, and reboots. drgn is the judge of the dumps.
# timeout: 200
vm_allow 'Kernel panic - not syncing: sysrq triggered crash'
vm_allow 'Call Trace:'

# crash VM CPU TARGET KEY=VALUE...: one crash, until B resets the machine.
crash() {
	local vm="$1" cpu="$2" target="$3"
	shift 3
	printf '%s\n' 'target /dev/vda' 'kernel /boot/bzImage' 'initrd /boot/kjump.img' \
		"crash_target $target" >"$vm.conf"
	"$VM_TOP/initramfs/build" -t "$VM_OUT/ship" -c "$vm.conf" -z gzip -o "$vm.kjump.img"
	vm_guest_kjump "$vm.img" "$vm.conf:/etc/kjump.conf" "$vm.kjump.img:/boot/kjump.img" \
		"$VM_TOP/test-vm/guest/work:/kjt/work" --script "$VM_TOP/test-vm/guest/crash.sh"
	vm_tap_expect "$vm" "jump and back with this initramfs" "loaded for a crash" "crash kernel loaded"
	vm_plan "$vm: B reboots" "$vm: a dump" "$vm: notes" "$vm: what drgn finds"
	vm_start "$vm" mem=512 initrd="$vm.img" "$@" append="crashkernel=128M kjt.cpu=$cpu $KJT"
	ok_if "$vm: B reboots" vm_wait "$vm" 90 reset
}

# judge VM CPU CORE: what others see in the dump.
judge() {
	eu-readelf -n "$3" >notes 2>&1
	ok_if "$1: notes" judge_notes
	/usr/bin/drgn -q -c "$3" -s "$VM_KERNEL/vmlinux" "$VM_TOP/test-vm/judge/crash.py" >drgn.out 2>drgn.err
	ok_if "$1: what drgn finds" judge_drgn "$1" "$2"
	cat notes drgn.out drgn.err
}

judge_notes() {
	[ "$(grep -c PRSTATUS notes)" -eq 2 ] && grep -q '^ *VMCOREINFO ' notes && [ "$(grep -c '^ *KJUMP ' notes)" -ge 3 ]
}

judge_drgn() {
	grep -qx "PID=$(vm_kv "$1" pid)" drgn.out && grep -qx 'COMM=kjpanic' drgn.out && grep -qx "CPU=$2" drgn.out &&
		grep -qx 'CPUS=2' drgn.out && grep -qx "RELEASE=$(vm_kv "$1" release)" drgn.out &&
		grep -q '^TRACE=.*sysrq_handle_crash,__handle_sysrq,write_sysrq_trigger,.*vfs_write,' drgn.out
}

# --- CPU 0, a file system ---
vm_disk unused.img 1
vm_disk dumps.img 700
mke2fs -q -t ext4 -F dumps.img
KJT=''
crash fs 0 /dev/vdb disk=unused.img disk=dumps.img
vm_plan "fs: three files, nobody else's to read" "fs: A's last words" "fs: file system clean" "fs: B's own log"
ok_if "fs: file system clean" e2fsck -fn dumps.img
debugfs -R 'rdump /var .' dumps.img 2>/dev/null
d=$(echo var/crash/127.0.0.1-20[0-9][0-9]-[01][0-9]-[0-3][0-9]-[0-2][0-9]:[0-5][0-9]:[0-5][0-9])
ok_is "fs: three files, nobody else's to read" "$(cd "$d" && stat -c '%n %a' -- *| tr '\n' ' ')" \
	"kexec-dmesg.log 600 vmcore 600 vmcore-dmesg.txt 600 "
ok_if "fs: A's last words" grep -q 'Kernel panic - not syncing: sysrq triggered crash' "$d/vmcore-dmesg.txt"
ok_if "fs: B's own log" grep -q 'kjump: A has crashed: ' "$d/kexec-dmesg.log"
ok_if "fs: a dump" test -s "$d/vmcore"
judge fs 0 "$d/vmcore"
rm -rf var dumps.img

# --- CPU 1, a raw device ---
vm_disk device.img 700
KJT=kjt.label=yes
vm_tap_expect raw "target labelled"
crash raw 1 /dev/vda disk=device.img
ok_is "raw: a dump" "$(head -c 4 device.img | tail -c 3)" ELF
judge raw 1 device.img
