# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Kernel B, with the rig's init: stays, and looks at A's page each time it is entered.
# shellcheck source=test-vm/guest/work
. /kjt/work

kjump-info /proc/vmcore >/tmp/info
echo "kexec_warm: map from $(work_value /tmp/info MAP_FROM)" >/dev/console
kexec_warm b "$(work_value /tmp/info RE)" "$(work_option page 0)" "$(work_option hold 0)" >/dev/console 2>&1
