# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Guest A of bench-vm: memory of every class, and a crash into a kernel B that runs bench-b.sh.
# shellcheck source=test-vm/guest/work
. /kjt/work

# like FILE: two fifths of the memory are a tmpfs of nothing but FILE, which is read as often as that takes, and so is page cache.
like() {
	mkdir /tmp/like
	mount -t tmpfs -o size=100% like /tmp/like || return 1
	while cat "$1" 2>/dev/null; do :; done |
		head -c "$(awk '/^MemTotal:/ { printf "%d", $2 * 1024 * 2 / 5 }' /proc/meminfo)" >/tmp/like/pages
}

# anonymous memory and tmpfs, some of it noise; page cache; the rest is free. Or what the disk has to fill it with.
fill() {
	local n=0
	mkdir -p /mnt
	mount -t ext4 /dev/vda /mnt || return 1
	if [ -e /mnt/fill ]; then
		like /mnt/fill
		return
	fi
	while [ $n -lt 30 ]; do
		n=$((n + 1))
		cat /bin/busybox || return 1
	done >/mnt/cached
	sync
	kjwork fill --percent 40 --incompressible 20 >/tmp/fill
}

tap_try "memory filled" fill
tap_try "loaded for a crash" kjump load --crash
stage crash
echo c >/proc/sysrq-trigger
tap_not_ok "crash" "A is still here"
