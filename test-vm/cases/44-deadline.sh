# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# B does not get done in time: because the disk is slow, or because its user space hangs. Both times the half image is
# erased and A goes on, with a line that says why.
# timeout: 200
. "$VM_TOP/test-vm/bad.sh"
bad_disks slow 600
bad_expect_before slow
bad_expect_back slow
vm_plan "slow: the dump was under way"
bad_disks spin 600
bad_expect_before spin
bad_expect_back spin
# this one with a watchdog, which A must have stopped when it is back
bad_start slow tries.sh smp=1 conf='deadline 10' conf='watchdog 30' conf='cmdline_append kjump.watchdog=8' tdisk=throttling.bps-write=6000000 \
	append='kjt.percent=50 kjt.linger=12' arg=-device arg=i6300esb arg=-action arg=watchdog=reset
bad_start spin tries.sh smp=1 conf='deadline 10' conf='cmdline_append kjump.test.hang=spin'
why='kjump: hibernate failed in kernel B: deadline of 10 s is over'
bad_back slow 75 "$why" 120
ok_if "slow: the dump was under way" grep -aq 'kjump-dump: [1-9][0-9]* %' slow/console.log
bad_back spin 75 "$why" 120
