# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Guest A: jump once, load the same kernel B for a crash, and crash on the CPU of kjt.cpu=.
# shellcheck source=test-vm/guest/work
. /kjt/work

if [ "$(work_option label no)" = yes ]; then
	tap_try "target labelled" kjump init-target /dev/vda
fi
if [ "$(work_option jump yes)" = yes ]; then
	tap_try "jump and back with this initramfs" kjump test --jump-only
fi
# Pages of every class: cache with and without buffers, tmpfs, anonymous, huge, slab.
fill() {
	mkdir -p /mnt
	mount -t ext4 "$1" /mnt || return 1
	# the kernel switches it off where memory is small
	echo madvise >/sys/kernel/mm/transparent_hugepage/enabled
	echo 4 >/proc/sys/vm/nr_hugepages
	dd if="$1" of=/dev/null bs=64k count=64 2>/dev/null
	mkdir /tmp/many
	(cd /tmp/many && seq 1500 | xargs touch)
	dd if=/dev/urandom of=/tmp/tmpfs bs=64k count=128 2>/dev/null
	kjwork classes /mnt/cachefile >/tmp/classes || return 1
	cat /tmp/classes >/dev/console
	[ "$(work_value /tmp/classes THP_KIB)" -ge 8192 ] && [ "$(work_value /tmp/classes HUGETLB_KIB)" = 8192 ] &&
		[ "$(work_value /tmp/classes CACHE_KIB)" -ge 5800 ]
}
if [ "$(work_option fill no)" != no ]; then
	# what B will be able to see, but for what lies below 1 MiB: memory, less what is reserved
	kv ram "$(sed -n 's/^\([0-9a-f]*-[0-9a-f]*\) : System RAM$/\1/p' /proc/iomem | paste -sd ,)!$(sed -n 's/^ *\([0-9a-f]*-[0-9a-f]*\) : Crash kernel$/\1/p' /proc/iomem | paste -sd ,)"
	tap_try "memory of every class" fill "$(work_option fill no)"
	kv addr "$(work_value /tmp/classes ADDR)"
fi
tap_try "loaded for a crash" kjump load --crash
tap_is "crash kernel loaded" "$(cat /sys/kernel/kexec_crash_loaded)" 1
echo "kjtest: the last words of A" >/dev/kmsg
kv boot_id "$(cat /proc/sys/kernel/random/boot_id)"
kv release "$(uname -r)"
stage crash
# the host may want to do something to this memory first
if [ "$(work_option wait no)" = yes ]; then
	read -r _ </dev/console
fi
# A name and a CPU of its own, for whoever looks at the dump.
taskset "$((1 << $(work_option cpu 0)))" sh -c '
	printf kjpanic >/proc/self/comm
	. /kjt/lib
	kv pid $$
	echo c >/proc/sysrq-trigger'
tap_not_ok "crash" "A is still here"
