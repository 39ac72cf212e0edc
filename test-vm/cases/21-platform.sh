# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Through ACPI S4 with a kernel A that takes part in it (KEXEC_JUMP_PLATFORM); B and C have the kernel of all other
# cases. What the firmware sees, _TTS, _PTS, _WAK and its NVS memory, is compared with what it sees of the kernel's own
# hibernation in platform mode on the same machine: it says so itself, on a debug port. Afterwards what wakes the
# machine works.
# timeout: 700
# kernel: patched
# long: yes
. "$VM_TOP/test-vm/cycle.sh"
. "$VM_TOP/test-vm/patched.sh"

nvs=0x10000000 port=0x5c0
"$VM_TOP/test-vm/ssdt.py" $port $nvs >ssdt.aml

# QEMU knows no NVS memory. The kernel's KASLR would take such a word for a limit of all memory.
words="nokaslr memmap=64K%$nvs-1+4"

# s4_start VM OPTION...: its firmware's lines go to VM.firmware.
s4_start() {
	local vm="$1"
	shift
	vm_start "$vm" mem=512 smp=2 disk="$CYCLE-target.img" arg=-acpitable arg="file=ssdt.aml" arg=-chardev \
		arg="file,id=firmware,path=$vm.firmware" arg=-device arg="isa-debugcon,iobase=$port,chardev=firmware" "$@"
}

# s4_press VM: the clock has to wake it before.
s4_press() {
	vm_stage "$1" press 120 && vm_hmp "$1" system_powerdown >/dev/null
}

# s4_put_back METHOD: how often NVS memory was, as the kernels have it. Once before S4: by a system that is lost with
# the first QEMU and has said so on its console, or by A, who still knows it. Once behind it.
s4_put_back() {
	echo $(($(grep -ac 'Restoring platform NVS' "$1-a/console.log") + $(vm_kv "$1-c" put_back)))
}

# s4_cell METHOD: there and back; what both QEMUs' firmware said in METHOD.firmware.
s4_cell() {
	CYCLE=$1
	local a="$1-a" c="$1-c" name
	for name in target "memory filled"; do vm_tap_expect "$a" "$name"; done
	for name in resumed "same memory checksum" "same boot id and a sane clock" "all CPUs online" "the clock wakes it" \
		"the power button is heard" "same memory checksum still"; do
		vm_tap_expect "$c" "$name"
	done
	vm_plan "$1: the machine enters S4" "$1: the button is pressed" "$1: A ends by itself"
	vm_disk "$1-target.img" 1088
	s4_start "$a" kernel="$VM_VARIANT/bzImage" initrd=a.img append="kjt.method=$1 $words"
	ok_if "$1: the machine enters S4" vm_wait "$a" 150 s4 || return 1
	if [ "$1" = platform ]; then
		s4_start "$c" kernel="$VM_VARIANT/bzImage" append="resume=/dev/vda $words"
	else
		s4_start "$c" initrd="$VM_OUT/kjump-initramfs.img" append="kjump.final=reboot $words"
	fi
	ok_if "$1: the button is pressed" s4_press "$c"
	ok_if "$1: A ends by itself" vm_wait "$c" 150 || return 1
	cat "$a.firmware" "$c.firmware" >"$1.firmware"
	note "$1: the firmware's methods: $(tr '\n' ' ' <"$1.firmware")"
	note "$1: NVS memory: put back $(s4_put_back "$1") times"
	rm -f "$1-target.img"
}

vm_plan "the firmware sees _WAK with NVS memory as it was" "it sees the same methods in the same order" \
	"NVS memory is put back as often" "A comes out of S4 as often" "kjump status says that it can"
vm_tap_expect kjump-c "nothing stays loaded"
CYCLE=''
cycle_guest "$VM_TOP/test-vm/guest/s4.sh"
s4_cell platform || exit 1
s4_cell kjump || exit 1
# the first line of the second QEMU, whose memory was zero
ok_is "the firmware sees _WAK with NVS memory as it was" "$(head -n 1 kjump-c.firmware)" W41
ok_is "it sees the same methods in the same order" "$(cat kjump.firmware)" "$(cat platform.firmware)"
ok_is "NVS memory is put back as often" "$(s4_put_back kjump)" "$(s4_put_back platform)"
ok_is "A comes out of S4 as often" "$(vm_kv kjump-c woken)" "$(vm_kv platform-c woken)"
ok_is "kjump status says that it can" "$(vm_kv kjump-a s4)" 'prepared for by the kernel: hibernate --s4'
