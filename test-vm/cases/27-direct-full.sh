# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Nearly all of 3 GiB, incompressible, by the direct path: the image holds 90 % of the machine's memory. A has room for a
# small window only.
# long: yes
# timeout: 3000
. "$VM_TOP/test-vm/cycle.sh"
vm_plan "the image is 90 % of 3 GiB"
cycle_hibernate mem=3072 target=3400 smp=2 percent=89 path=direct conf='restore_direct yes' \
	append="kjt.noise=100 kjt.window=64M@0x60000000,64M@0x50000000" wait=1200
pages=$(sed -n 's/^DATA_PAGES=//p' a.image)
note "$pages pages with data, $((pages * 100 / 786432)) % of 3 GiB"
ok_if "the image is 90 % of 3 GiB" [ "$((pages * 10))" -ge $((786432 * 9)) ]
