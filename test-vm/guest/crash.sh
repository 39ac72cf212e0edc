# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Guest A: jump once, load the same kernel B for a crash, and crash on the CPU of kjt.cpu=.
# shellcheck source=test-vm/guest/work
. /kjt/work

if [ "$(work_option label no)" = yes ]; then
	tap_try "target labelled" kjump init-target /dev/vda
fi
if [ "$(work_option jump yes)" = yes ]; then
	tap_try "jump and back with this initramfs" kjump test
fi
tap_try "loaded for a crash" kjump load --crash
tap_is "crash kernel loaded" "$(cat /sys/kernel/kexec_crash_loaded)" 1
echo "kjtest: the last words of A" >/dev/kmsg
kv boot_id "$(cat /proc/sys/kernel/random/boot_id)"
kv release "$(uname -r)"
stage crash
# A name and a CPU of its own, for whoever looks at the dump.
taskset "$((1 << $(work_option cpu 0)))" sh -c '
	echo kjpanic >/proc/self/comm
	. /kjt/lib
	kv pid $$
	echo c >/proc/sysrq-trigger'
tap_not_ok "crash" "A is still here"
