# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Kernel B entered without an armed job, or with a job block that is not there, jumps straight back.
# timeout: 90
# plan: A ends by itself
# plan: B said so, no job
# plan: B said so, bad job
# plan: nothing was written
. "$VM_TOP/test-vm/bad.sh"
vm_tap_expect a "workload runs" "kernel B loaded without a job" "A goes on: no job" "unloaded" \
	"kernel B loaded for a job that is not there" "A goes on: bad job" "unloaded again" "nothing stays loaded" \
	"file system clean"
"${CC:-gcc}" -O2 -Wall -Werror -static -o kexec_exec "$VM_TOP/test-vm/guest/kexec_exec.c"
bad_disks a 600
cp a.target before.img
bad_start a nojob.sh file=kexec_exec:/usr/sbin/kexec_exec
ok_if "A ends by itself" vm_wait a 80
ok_is "B said so, no job" "$(grep -ac 'kjump: no armed job (none there): jump straight back' a/console.log)" 1
ok_is "B said so, bad job" "$(grep -ac 'kjump: no armed job (magic not found): jump straight back' a/console.log)" 1
ok_if "nothing was written" cmp a.target before.img
