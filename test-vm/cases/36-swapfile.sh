# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# The image goes to the file that A swaps to, and comes back by the direct path: two more kernels have to find it.
# timeout: 500
. "$VM_TOP/test-vm/cycle.sh"
cycle_hibernate kind=swapfile mem=512 percent=40 path=direct
