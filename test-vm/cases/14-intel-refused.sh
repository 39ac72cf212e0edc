# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Intel, 2 CPUs and no reservation: refused in one line with status 69, and the machine goes on unharmed.
# timeout: 90
# plan: A powers off
# plan: nothing reached kernel B
# plan: a: target labelled
# plan: a: workload runs
# plan: a: kjump test is refused
# plan: a: kjump hibernate is refused
# plan: a: kjump snapshot is refused
# plan: a: kjump load is refused
# plan: a: nothing stays loaded
# plan: a: target untouched
# plan: a: all right after
# plan: a: same memory checksum
# plan: a: file system clean
. "$VM_TOP/test-vm/cycle.sh"
cycle_disks 600
cycle_guest "$VM_TOP/test-vm/guest/intel-refused.sh"
vm_start a mem=512 cpu=max,vendor=GenuineIntel initrd=a.img disk=target.img disk=data.img
ok_if "A powers off" vm_wait a 80
ok_is "nothing reached kernel B" "$(grep -c 'Run /init as init process' a/console.log)" 1
