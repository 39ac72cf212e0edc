# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Through ACPI S4: QEMU sees the machine enter it, and A comes back at the next boot. Without --force-s4 it is refused.
# timeout: 330
. "$VM_TOP/test-vm/cycle.sh"
cycle_hibernate smp=1 mem=512 percent=40 end=s4
