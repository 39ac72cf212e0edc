# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Guest A: a machine in which no jump is possible. Every try says so in one line, and harms nothing.
# shellcheck source=test-vm/guest/work
. /kjt/work

# refused COMMAND...: status 69 and that one line.
refused() {
	local status=0 want='^kjump-load: window: offline CPUs wait in MWAIT, so it must be a reservation: boot with crashkernel=[0-9]+M or clearcpuid=monitor$'
	"$@" >/tmp/out 2>/tmp/err || status=$?
	cat /tmp/out /tmp/err >/dev/console
	[ $status -eq 69 ] || work_wrong "$*: status $status" || return 1
	[ ! -s /tmp/out ] && [ "$(wc -l </tmp/err)" -eq 1 ] && grep -Eq "$want" /tmp/err && return
	work_wrong "$*: $(cat /tmp/out /tmp/err)"
}

untouched() {
	[ "$(kjump-info -l /dev/vda)" = "$(cat /tmp/label)" ] || work_wrong "record: $(kjump-info -l /dev/vda)" || return 1
	[ "$(head -c 4096 /dev/vda | tr -d '\000' | wc -c)" -eq 0 ]
}

tap_try "target labelled" kjump init-target /dev/vda
kjump-info -l /dev/vda >/tmp/label
mount -t ext4 /dev/vdb /mnt
tap_try "workload runs" sh -c 'kjwork fill --percent 30 && kjwork counter --busy && kjwork tcp && kjwork disk /mnt && kjwork busy 2'
work_sum_save
tap_try "kjump test is refused" refused kjump test
tap_try "kjump hibernate is refused" refused kjump hibernate
tap_try "kjump snapshot is refused" refused kjump snapshot
tap_try "kjump load is refused" refused kjump load
tap_try "nothing stays loaded" work_unloaded
tap_try "target untouched" untouched
tap_try "all right after" work_check
tap_try "same memory checksum" work_sum_same
tap_try "file system clean" work_end
