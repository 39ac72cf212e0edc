# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# The image goes to a file in an xfs that A has mounted, and works on, all the time. B and C have no xfs: they know the file by
# its extents, which A's kernel has told.
# kernel: fs
# long: yes
# timeout: 420
. "$VM_TOP/test-vm/cycle.sh"
vm_plan "modules"
ok_if "modules" cycle_modules xfs || exit 1
CYCLE_FILES=mods:/kjt/modules
cycle_hibernate kind=file fs=xfs akernel="$VM_VARIANT" mem=512 percent=50
