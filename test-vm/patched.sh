# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# The kernel with the series of kernel-patch/, for cases whose header has `# kernel: patched`. It must never let one go on
# with another kernel.
vm_plan "a kernel with the patches"
ok_if "a kernel with the patches" test -d "$VM_VARIANT/selftests" || exit 1
