# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# The image goes to blocks that are free in a swap file, in a file system that A has mounted; the rest of that file is in use.
# timeout: 420
. "$VM_TOP/test-vm/cycle.sh"
cycle_hibernate kind=swapfile mem=640 percent=50
