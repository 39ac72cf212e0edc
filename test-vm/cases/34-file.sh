# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# The image goes to a file in a file system that A has mounted, and works on, all the time.
# timeout: 420
. "$VM_TOP/test-vm/cycle.sh"
cycle_hibernate kind=file mem=512 percent=50
