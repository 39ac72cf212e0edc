# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Nearly all of 3 GiB, hardly compressible: the image holds more than 90 % of the machine's memory, far more than C could
# take beside its kernel, or only just. C finds that out by itself.
# long: yes
# timeout: 3000
. "$VM_TOP/test-vm/cycle.sh"
vm_plan "the image is 90 % of 3 GiB" "C has no choice"
cycle_hibernate mem=3072 target=3400 smp=2 percent=89 path=direct want=auto conf='restore_direct yes' \
	append=kjt.noise=100 wait=1200
pages=$(sed -n 's/^DATA_PAGES=//p' a.image)
note "$pages pages with data, $((pages * 100 / 786432)) % of 3 GiB"
ok_if "the image is 90 % of 3 GiB" [ "$((pages * 10))" -ge $((786432 * 9)) ]
ok_if "C has no choice" grep -aq '^kjump-restore: path direct for /dev/vda: [a-z]* enough free memory to load the image' c/console.log
