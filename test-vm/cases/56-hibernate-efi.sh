# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# A machine that UEFI starts is hibernated and comes back: A and C have their memory map and ACPI tables from the
# firmware, B, which no firmware started, has A's. The firmware's code answers A's calls before and after: where A's page
# tables have it, and where kernel C, of which A knows nothing, has told it to be.
# timeout: 420
# kernel: systemd
# long: yes
# plan: a kernel that knows UEFI
# plan: UEFI started A, and not B
# plan: UEFI started C
# plan: two kernels found the ACPI tables
. "$VM_TOP/test-vm/cycle.sh"

[ -e "$VM_EFI/OVMF_CODE_4M.fd" ] || vm_skip "$VM_EFI/OVMF_CODE_4M.fd is not there"
ok_if "a kernel that knows UEFI" grep -qx CONFIG_EFI=y "$VM_VARIANT/config" || exit 1
VM_KERNEL=$VM_VARIANT

# said VM REGEX: so many lines of its console
said() { tr -d '\r' <"$1/console.log" | grep -acE -- "$2"; }

cycle_hibernate efi=yes machine=q35 percent=40
ok_is "UEFI started A, and not B" "$(said a 'efi: EFI v[0-9.]* by EDK II')" 1
ok_is "two kernels found the ACPI tables" "$(said a 'ACPI: RSDP 0x[0-9A-F]* .*[(]v02 BOCHS ')" 2
ok_is "UEFI started C" "$(said c 'efi: EFI v[0-9.]* by EDK II')" 1
