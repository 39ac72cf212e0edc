# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Snapshots of a running A in each format, and then makedumpfile's dumps of the same memory from a crash kernel in the
# same window, for test-vm/bench-snapshot, run by test-vm/case.sh. Must never call a dump measured after which A's memory
# was not the same, or that failed.
# Environment: BENCH_MIB, BENCH_PERCENT, BENCH_LEVEL (both tools' -d), BENCH_PEER: makedumpfile.
. "$VM_TOP/test-vm/cycle.sh"

# What makedumpfile needs to run: SRC:DST words.
libraries() {
	ldd "$BENCH_PEER" 2>/dev/null | sed -n 's/.* => \(\/[^ ]*\) .*/\1/p; s/^[[:space:]]*\(\/[^ ]*\) .*/\1/p' | sed 's/.*/&:&/'
}

# the dump not compressed, and its label
vm_disk target.img $((BENCH_MIB + 64))
vm_disk disk.img $((BENCH_MIB + 64))
mke2fs -q -t ext4 -F disk.img
# what is slow is to be measured, and not to be taken for a lockup or a broken timer
patience='no_timer_check watchdog_thresh=60 rcupdate.rcu_cpu_stall_timeout=120'
set -- 'target /dev/vda' 'kernel /boot/bzImage' 'require_test no' "core_collector kjump-dump -c lzo -d $BENCH_LEVEL" \
	"cmdline_append \"$patience kjt.level=$BENCH_LEVEL\""
printf '%s\n' "$@" 'initrd /boot/kjump.img' >kjump.conf
printf '%s\n' "$@" 'initrd /boot/b.img' 'crash_target /dev/vdb' >crash.conf
vm_kjwork
# shellcheck disable=SC2046 # words
vm_guest b.img "$BENCH_PEER:/usr/sbin/makedumpfile" $(libraries) "$VM_TOP/test-vm/guest/work:/kjt/work" \
	--script "$VM_TOP/test-vm/guest/bench-snapshot-b.sh"
vm_guest_kjump a.img kjump.conf:/etc/kjump.conf crash.conf:/etc/crash.conf b.img:/boot/b.img kjwork:/usr/sbin/kjwork \
	"$VM_TOP/test-vm/guest/work:/kjt/work" --script "$VM_TOP/test-vm/guest/bench-snapshot.sh"
# a flush of the guest's must not wait for the host's disk
# no ERMS: emulated, what copies and clears memory by the byte takes much longer than by the word
vm_start a mem="$BENCH_MIB" smp=2 cpu=max,erms=off,fsrm=off initrd=a.img disk=target.img,cache=unsafe \
	disk=disk.img,cache=unsafe append="crashkernel=$((BENCH_MIB / 4))M kjt.percent=$BENCH_PERCENT kjt.level=$BENCH_LEVEL $patience"
# where A's processes stop and go on, and what B does in between
"$VM_TOP/test-vm/stamp.py" 'stop*' a/console.log 'Freezing user space processes\r?$' \
	'up*' a/console.log '^kjump: snapshot of ' 'saved*' a/console.log '^kjump: back to the system that waits' \
	'on*' a/console.log 'Restarting tasks' \
	'peer*' a/tap.log '^stage peer' 'end*' a/tap.log '^stage end' >a.stamps &
vm_allow 'Kernel panic - not syncing: sysrq triggered crash'
vm_allow 'Call Trace:'
ok_if "all dumps are made" vm_wait a 900 || exit 1
ok_is "nothing failed" "$(grep -ac '^not ok' a/tap.log)" 0
