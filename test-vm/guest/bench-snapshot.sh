# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Guest A for test-vm/bench-snapshot: filled memory and nothing else that runs, dumped in each format by kjump snapshot,
# twice, the second time by a kernel B that is there; and then a crash. The same memory afterwards, or it is not counted.
# shellcheck source=test-vm/guest/work
. /kjt/work

tap_try "target" kjump init-target /dev/vda
tap_try "memory filled" sh -c "kjwork fill --percent $(work_option percent 40) --seed 7 >/tmp/fill"
work_sum_save
sync
for format in kdump elf; do
	tap_try "snapshot, $format" kjump snapshot -f $format -d "$(work_option level 31)"
	tap_try "$format: same memory checksum" work_sum_same
done
tap_try "a kernel B that stays" kjump snapshot --stay -d "$(work_option level 31)"
for format in kdump elf; do
	tap_try "snapshot, $format, warm" sh -c "kjump snapshot -f $format -d $(work_option level 31) | grep 'kernel B was there'"
	tap_try "$format, warm: same memory checksum" work_sum_same
done
tap_try "kernel B is let go" kjump unload
cp /etc/crash.conf /etc/kjump.conf
tap_try "loaded for a crash" kjump load --crash || exit
stage crash
echo c >/proc/sysrq-trigger
tap_not_ok "crash" "A is still here"
