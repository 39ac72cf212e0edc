# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# The image goes to the partition that A swaps to, beside what is swapped out; C finds it without being told.
# timeout: 420
. "$VM_TOP/test-vm/cycle.sh"
cycle_hibernate kind=swap mem=640 percent=50
