# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Guest A enters kernel B behind kjump's back: without a job, and with one that is not where the note says.
# shellcheck source=test-vm/guest/work
. /kjt/work

# entered: kernel B had its moment, and A is as it was.
entered() {
	kexec_exec || return 1
	work_sum_same && work_check && work_cpus
}

# loaded_for PA: kernel B, which shall look for its job there.
loaded_for() {
	kjump-load --kernel /boot/bzImage --initrd /boot/kjump.img --job "$1:00112233445566778899aabbccddeeff" \
		--mailbox "$1:00112233445566778899aabbccddeeff" >/tmp/load
}

tap_try "workload runs" work_start 30
work_sum_save
tap_try "kernel B loaded without a job" kjump load
stage none
tap_try "A goes on: no job" entered
tap_try "unloaded" kjump unload
# the page before the window is A's, and no job block
start=$(sed -n 's/^MAIN_WINDOW=\(0x[0-9a-f]*\)-.*/\1/p' /tmp/plan)
tap_try "kernel B loaded for a job that is not there" loaded_for "$(printf '0x%x' $((start - 4096)))"
stage bad
tap_try "A goes on: bad job" entered
tap_try "unloaded again" kjump unload
tap_try "nothing stays loaded" work_unloaded
tap_try "file system clean" work_end
