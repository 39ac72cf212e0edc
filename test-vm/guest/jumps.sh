# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Guest A: busy on every CPU, jumps to B and back kjt.jumps= times.
# shellcheck source=test-vm/guest/work
. /kjt/work

tap_try "workload runs" work_start "$(work_option percent 40)"
tap_try "enough memory counted" work_counted
kjwork clock-save /tmp/clock >/dev/null
tap_try "all right before" work_check
work_sum_save
work_jumps "$(work_option jumps 10)"
tap_try "same boot id and a sane clock" work_clock /tmp/clock 1 3600
tap_try "no in-kernel hibernation" work_no_swsusp
tap_try "file system clean" work_end
