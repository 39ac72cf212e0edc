# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Guest A: work, hibernate once, and check everything when it runs again.
# kjt.kind=file, swap or swapfile: where to, see work_target.
# kjt.jumps=N: jump N times to B and back first. kjt.tested=yes: kjump test, and hooks. kjt.zeros=P: afterwards P % of free memory
# has to be clean.
# kjt.short=yes: with so little free memory that the window is smaller than it would be.
# kjt.efi=yes: UEFI has started the machine.
# kjt.lvm=yes: the disks are mapped as LVM does it.
# kjt.crypt=disk or lvm: the target disk is a LUKS volume, see work_crypt.
# kjt.passphrase=TEXT: images are encrypted, as kjump.conf then says.
# shellcheck source=test-vm/guest/work
. /kjt/work

[ "$(work_option lvm no)" = no ] || tap_try "mappings" work_lvm
crypt=$(work_option crypt no)
[ "$crypt" = no ] || tap_try "encrypted device" work_crypt "$crypt"
kind=$(work_option kind device)
# the others need what the workload mounts
case $kind in device | lv) tap_try "target labelled" work_target "$kind" ;; esac
tested=$(work_option tested no)
if [ "$tested" = yes ]; then
	# shellcheck source=test-vm/guest/tested
	. /kjt/tested
	tested_before
fi
if [ "$(work_option passphrase '')" ]; then
	tap_try "a key" work_key "$(work_option passphrase '')"
fi
[ "$(work_option efi no)" = no ] || tap_try "UEFI keeps a variable" work_efi before
tap_try "workload runs" work_start "$(work_option percent 60)"
case $kind in device | lv) ;; *) tap_try "target labelled" work_target "$kind" ;; esac
tap_try "enough memory counted" work_counted
kjwork clock-save /tmp/clock >/dev/null
tap_try "all right before" work_check
work_sum_save
work_jumps "$(work_option jumps 0)" || exit
kv layout "$(work_layout)"
kv pages "$(work_value /tmp/fill PAGES)"
# the last thing before it: checks bring memory back
case $kind in swap*) tap_try "memory is swapped out" work_push_out ;; esac
[ "$(work_option short no)" = no ] || tap_try "little free memory: a smaller window" work_short
kv uptime_before "$(cut -d ' ' -f 1 /proc/uptime)"

stage hibernate
if [ "$(work_option s4 no)" = yes ]; then
	tap_is "S4 is refused" "$(kjump hibernate --s4 2>&1 || echo " $?")" "$(work_s4_refusal)"
	kjump hibernate --force-s4 >/tmp/out 2>/tmp/err
	status=$?
	tap_try "S4 is told" work_s4
	: >/tmp/err
else
	kjump hibernate >/tmp/out 2>/tmp/err
	status=$?
fi

stage resumed
cat /tmp/out /tmp/err >/dev/console
kv away "$(grep '^away ' /tmp/out)"
case $kind in swap*) tap_try "it still is" work_swapped ;; esac
kv uptime_after "$(cut -d ' ' -f 1 /proc/uptime)"
tap_is "kjump exits 0" "$status$(cat /tmp/err)" 0
tap_try "kjump says how it came back" grep -q '^resumed from S5 by kernel ' /tmp/out
[ "$tested" = no ] || tested_after
[ "$(work_option efi no)" = no ] || tap_try "UEFI still has it, and keeps another" work_efi after before
if [ "$(work_option zeros 0)" != 0 ]; then
	tap_try "free pages came back clean" work_zeros "$(work_option zeros 0)"
fi
tap_try "all right after" work_check
kv checked_pages "$(work_value /tmp/all MEM_PAGES)"
tap_try "same memory checksum" work_sum_same
tap_try "same boot id and a sane clock" work_clock /tmp/clock 1 3600
tap_try "no in-kernel hibernation" work_no_swsusp
tap_try "all CPUs online" work_cpus
tap_try "nothing stays loaded" work_unloaded
# a checker that has found something, or cannot go on, is off
[ ! -e /proc/lockdep_stats ] || kv locks "$(sed -n 's/^ debug_locks: *//p' /proc/lockdep_stats)"
[ "$crypt" = no ] || tap_try "no device of ours stays" work_closed
case $kind in
swap*)
	tap_try "what was swapped out is right" work_swapped_right
	tap_try "swap can be used again" work_swap_again
	;;
esac
tap_try "file system clean" work_end
