# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Guest A: work, hibernate, and tell the host what kjump said if A runs again: for the cases in which it does not work.
# kjt.percent= of memory is filled, kjt.label=no: the target has its label; kjt.kind=swapfile: it is /mnt/swap of kjt.size MiB;
# kjt.fs=: the file system that it works on.
# shellcheck source=test-vm/guest/work
. /kjt/work

if [ "$(work_option label yes)" = yes ]; then
	tap_try "target labelled" kjump init-target /dev/vda
fi
tap_try "workload runs" work_start "$(work_option percent 30)"
[ "$(work_option kind device)" != swapfile ] || tap_try "target labelled" work_target swapfile
tap_try "all right before" work_check
for module in nls_cp437 nls_iso8859-1 fat vfat; do
	[ ! -e /modules/$module.ko ] || insmod /modules/$module.ko
done
vfat=$(work_option vfat '')
[ -z "$vfat" ] || tap_try "a vfat too" sh -c "mkdir /esp && mount -t vfat $vfat /esp && echo old >/esp/file"
echo "written before the jump" >/mnt/witness
sync
stage hibernate
status=0
kjump hibernate >/tmp/out 2>/tmp/err || status=$?
stage back
cat /tmp/out /tmp/err >/dev/console
kv status "$status"
kv lines "$(cat /tmp/out /tmp/err | wc -l)"
kv err "$(head -n 1 /tmp/err)"
tap_try "all right after" work_check
tap_try "all CPUs online" work_cpus
tap_try "nothing stays loaded" work_unloaded
kv record "$(kjump-info -l /dev/vda | sed -n 's/^REC_STATE=//p')"
kv image "$(kjump images 2>&1)"
# longer than a watchdog that nobody stopped
sleep "$(work_option linger 0)"
[ "$(work_option kind device)" != swapfile ] || swapoff "$WORK_SWAP"
tap_try "file system clean" work_end
