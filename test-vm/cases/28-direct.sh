# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# The direct path: C enters the window, and what runs there writes all other memory.
# timeout: 330
. "$VM_TOP/test-vm/cycle.sh"
cycle_hibernate path=direct
