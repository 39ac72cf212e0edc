# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# The kernel with the series of kernel-patch/, in VM_PATCHED, for long cases: to build it takes longer than a short one may.
# KJUMP_PATCHED is a directory of one, instead of that of test-vm/kernel/build patched. It must never let a case go on with
# another kernel.
if [ -n "${KJUMP_PATCHED:-}" ]; then
	VM_PATCHED=$KJUMP_PATCHED
else
	VM_PATCHED=$("$VM_TOP/test-vm/kernel/build" patched 2>patched.err) || tail -n 3 patched.err
fi
vm_plan "a kernel with the patches"
ok_if "a kernel with the patches" test -f "$VM_PATCHED/bzImage" || exit 1
