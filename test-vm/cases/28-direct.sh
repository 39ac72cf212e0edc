# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# The direct path: C enters the window, and what runs there writes all other memory; on two kinds of machine.
# timeout: 450
. "$VM_TOP/test-vm/cycle.sh"
vm_plan "the image is more than half of RAM"
cycle_hibernate cell=kaslr mem=768 path=direct
ok_if "the image is more than half of RAM" cycle_half kaslr-a 768
cycle_hibernate cell=nokaslr smp=1 mem=512 percent=50 cpu=max,la57=off machine=q35 disk=ahci append=nokaslr cappend=nokaslr \
	path=direct
