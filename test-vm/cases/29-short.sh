# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# A has so little memory left that kernel B gets a smaller window than it would: B saves all the same, and kernel C
# brings A back.
# timeout: 300
. "$VM_TOP/test-vm/cycle.sh"
cycle_hibernate mem=768 percent=60 append='kjt.short=yes'
note "the window: $(vm_kv a window)"
