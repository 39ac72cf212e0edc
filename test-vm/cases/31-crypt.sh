# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# The target is in a LUKS volume: the whole of one whose key is in the kernel's table, and a swap volume beside the file system
# that A works on, as laptops have it, with a key that the kernel keeps to itself. Kernel B opens it by what A tells it, C by a
# passphrase.
# timeout: 700
. "$VM_TOP/test-vm/cycle.sh"
cycle_hibernate cell=whole crypt=luks1 mem=512 percent=50
cycle_hibernate cell=laptop kind=swap lvm=yes crypt=luks2 mem=512 percent=40
