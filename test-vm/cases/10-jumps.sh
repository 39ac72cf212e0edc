# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# To B and back ten times in a row, both CPUs busy before and after.
# timeout: 240
# plan: ten jobs reached kernel B
# plan: a: workload runs
# plan: a: enough memory counted
# plan: a: all right before
# plan: a: same boot id and a sane clock
# plan: a: no in-kernel hibernation
# plan: a: file system clean
# plan: A powers off
. "$VM_TOP/test-vm/cycle.sh"

# What B itself says on the console: a job of another name each time.
jobs_seen() {
	tr -d '\r' <a/console.log | sed -n 's/^kjump: test of .*, job //p' | sort -u | wc -l
}

for n in 1 2 3 4 5 6 7 8 9 10; do vm_tap_expect a "jump $n"; done
cycle_disks 8
cycle_guest "$VM_TOP/test-vm/guest/jumps.sh"
vm_start a initrd=a.img disk=target.img disk=data.img append="kjt.jumps=10 kjt.percent=40"
ok_if "A powers off" vm_wait a 230
ok_is "ten jobs reached kernel B" "$(jobs_seen)" 10
