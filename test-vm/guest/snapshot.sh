# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Guest A: a dump of itself while it works, and a copy of that dump in a file.
# shellcheck source=test-vm/guest/work
. /kjt/work

tap_try "target labelled" kjump init-target /dev/vda
tap_try "workload runs" work_start "$(work_option percent 40)"
tap_try "enough memory counted" work_counted
kjwork clock-save /tmp/clock >/dev/null
tap_try "all right before" work_check
work_sum_save
kv vaddr "$(kjwork counter-addr | sed -n 's/^VADDR=//p')"
kv pid "$(kjwork counter-addr | sed -n 's/^PID=//p')"
kv ram "$(sed -n 's/^\([0-9a-f]*-[0-9a-f]*\) : System RAM$/\1/p' /proc/iomem | tr '\n' ',' | sed 's/,$//')"
kv before "$(kjwork counter-read | sed -n 's/^VALUE=//p')"

stage snapshot
kjump snapshot -f elf -o /mnt/core >/tmp/out 2>/tmp/err
status=$?
kv after "$(kjwork counter-read | sed -n 's/^VALUE=//p')"
cat /tmp/out /tmp/err >/dev/console
tap_is "kjump exits 0" "$status$(cat /tmp/err)" 0
tap_try "kjump says that it is done" grep -q '^snapshot done, kernel .* jumped back: job [0-9a-f]*$' /tmp/out
tap_is "the file is root's alone" "$(stat -c '%a %u' /mnt/core)" "600 0"
tap_try "all right after" work_check
tap_try "same memory checksum" work_sum_same
tap_try "same boot id and a sane clock" work_clock /tmp/clock 0 3600
tap_try "all CPUs online" work_cpus
tap_try "nothing stays loaded" work_unloaded
tap_is "the record is closed" "$(kjump-info -l /dev/vda | sed -n 's/^REC_STATE=//p')" "done"
tap_try "file system clean" work_end
