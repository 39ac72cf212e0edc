# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# A machine that UEFI starts, with Debian's stock kernel as A and as B: what A learned from the firmware (memory map, ACPI
# tables, the screen) has to reach B, which the firmware did not start. The dump lands on a file system, and B's words are on
# the screen.
# timeout: 900
# long: yes
# plan: the kernel is in the cache
# plan: efi: UEFI started A
# plan: efi: B writes on the screen
# plan: efi: two kernels found the ACPI tables
# plan: efi: file system clean
# plan: efi: five files
# plan: efi: A's last words
# plan: efi: a source to compare with
# plan: efi: what drgn finds
# plan: efi: every page is what QEMU had
# plan: efi: makedumpfile finds the same kernel log
. "$VM_TOP/test-vm/crash.sh"

[ -e "$VM_EFI/OVMF_CODE_4M.fd" ] || vm_skip "$VM_EFI/OVMF_CODE_4M.fd is not there"
ok_if "the kernel is in the cache" "$VM_TOP/test-vm/kernel/debian" 6.1 || exit 1
dir=$("$VM_TOP/test-vm/kernel/debian" --print 6.1)
release=$(cat "$dir/release")
crash_modules "$dir" "$release"
CRASH_VMLINUX=$dir/vmlinux CRASH_MIB=1024 CRASH_SIZE=256M CRASH_RELEASE=$release CRASH_MODDIR=$dir CRASH_DATA=vdb
CRASH_GUEST="$dir/bzImage:/boot/bzImage mods:/kjt/modules"
# the serial line stays the one that is read from
CRASH_A='console=tty0 console=ttyS0' CRASH_B='console=tty0 console=ttyS0 kjump.test.hook=pause-dump'

# said REGEX: a line of A's or B's
said() { tr -d '\r' <efi/console.log | grep -aEq -- "$1"; }

# screen NAME: a picture of it, in NAME.ppm
screen() { vm_hmp efi "screendump $1.ppm"; }

# A is dead when the first picture is taken.
written() {
	screen before
	vm_type efi '
'
	vm_until efi 150 changed
}
changed() { screen after && [ -s after.ppm ] && ! cmp -s before.ppm after.ppm; }

crash_data data.img
vm_disk efi.disk 400
mke2fs -q -t ext4 -F efi.disk
crash_start efi 0 /dev/vda 'core_collector kjump-dump -f kdump -c lzo -d 31' efi=yes machine=q35 kernel="$dir/bzImage" disk=efi.disk disk=data.img
ok_if "efi: B stands still" vm_console efi '^kjump: test: waiting for a line' 300 || exit 1
ok_if "efi: UEFI started A" said 'efi: EFI v[0-9.]* by EDK II'
vm_hmp efi stop
vm_hmp efi "pmemsave 0 $((CRASH_MIB << 20)) efi.mem"
vm_hmp efi cont
ok_if "efi: B writes on the screen" written
ok_if "efi: B reboots" vm_wait efi 150 reset
ok_is "efi: two kernels found the ACPI tables" "$(tr -d '\r' <efi/console.log | grep -ac 'ACPI: RSDP 0x[0-9A-F]* .*(v02 BOCHS ')" 2
ok_if "efi: file system clean" e2fsck -fn efi.disk
mkdir efi.files
debugfs -R 'rdump /var efi.files' efi.disk 2>/dev/null
SAVED=$(echo efi.files/var/crash/127.0.0.1-20*)
ok_is "efi: five files" "$(cd "$SAVED" && echo *)" "README.txt kexec-dmesg.log status.json vmcore vmcore-dmesg.txt"
ok_if "efi: A's last words" grep -q 'Kernel panic - not syncing: sysrq triggered crash' "$SAVED/vmcore-dmesg.txt"
ok_if "efi: a source to compare with" crash_source efi "$SAVED/vmcore" || exit 1
ok_if "efi: what drgn finds" crash_judge efi 0 2 "$SAVED/vmcore"
ok_if "efi: every page is what QEMU had" crash_pages efi "$SAVED/vmcore"
ok_if "efi: makedumpfile finds the same kernel log" crash_dmesg efi "$SAVED/vmcore" "$SAVED/vmcore-dmesg.txt"
rm -f efi.core
