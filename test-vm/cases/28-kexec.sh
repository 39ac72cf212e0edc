# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# The kexec path: a kernel C with the patches loads the image in stages, and enters it. A and B have the kernel of all
# other cases. An image of three quarters of memory; one with free pages to be filled; and one that is encrypted.
# timeout: 700
# kernel: patched
# long: yes
. "$VM_TOP/test-vm/cycle.sh"
. "$VM_TOP/test-vm/patched.sh"
vm_plan "the image is 75 % of memory"
cycle_hibernate cell=large mem=1024 percent=75 path=kexec ckernel="$VM_VARIANT" \
	append="kjt.noise=100 kjt.window=64M@0x18000000,64M@0x20000000"
pages=$(sed -n 's/^DATA_PAGES=//p' large-a.image)
note "$pages pages with data, $((pages * 100 / 262144)) % of 1 GiB"
ok_if "the image is 75 % of memory" [ "$((pages * 4))" -ge $((262144 * 3)) ]
cycle_hibernate cell=zeros smp=1 mem=512 percent=40 cpu=max,la57=off machine=q35 disk=ahci path=kexec \
	ckernel="$VM_VARIANT" append='nokaslr init_on_free=1 kjt.zeros=70' cappend=nokaslr
cycle_hibernate cell=encrypted mem=512 percent=40 kind=encrypted path=kexec ckernel="$VM_VARIANT"
