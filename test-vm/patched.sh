# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# The kernel with the series of kernel-patch/, for cases that need one: VM_PATCHED. Must never build it, as that takes
# longer than a case may: where there is none the case is skipped. KJUMP_PATCHED is a directory of one, instead of
# that of test-vm/kernel/build patched.
VM_PATCHED=${KJUMP_PATCHED:-$("$VM_TOP/test-vm/kernel/build" --print patched)}
[ -f "$VM_PATCHED/bzImage" ] || vm_skip "no patched kernel: test-vm/kernel/build patched makes it"
