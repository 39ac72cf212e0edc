# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Guest A: crash once for each file system, then look at what kernel B has put on them. Must never crash twice for one.

# dump DEVICE: what was saved there is on /mnt; sets DUMP to its directory. 1: nothing was, and it is not mounted.
dump() {
	mount -o ro "$1" /mnt || return
	DUMP=$(echo /mnt/var/crash/127.0.0.1-*)
	[ ! -d "$DUMP" ] || return 0
	umount /mnt
	return 1
}
panic='Kernel panic - not syncing: sysrq triggered crash'
why='kjump-dump: ended by signal 9'

# saved FS DEVICE: all of it
saved() {
	dump "$2"
	ls -l "$DUMP"
	cat "$DUMP/status.json"
	tap_try "$1: saved" grep -q '"state": "saved"' "$DUMP/status.json"
	tap_try "$1: the kernel log ends with the crash" grep -q "$panic" "$DUMP/vmcore-dmesg.txt"
	kjump-dmesg "$DUMP/vmcore" >/tmp/log
	tap_try "$1: and is in the dump" cmp /tmp/log "$DUMP/vmcore-dmesg.txt"
	[ "$1" != xfs ] ||
		tap_try "xfs: what was tried before" grep -q "\"failed_before\": \[\"/dev/vda: $why\"\]" "$DUMP/status.json"
	umount /mnt
}

# killed DEVICE: where the program that makes the dump was killed
killed() {
	dump "$1"
	ls -l "$DUMP"
	cat "$DUMP/status.json"
	tap_try "killed: incomplete" grep -q '"state": "incomplete"' "$DUMP/status.json"
	tap_try "killed: status.json says why" grep -q "\"reason\": \"$why\"" "$DUMP/status.json"
	tap_try "killed: a part is there, and not called vmcore" test -s "$DUMP/vmcore-incomplete" -a ! -e "$DUMP/vmcore"
	tap_try "killed: the kernel log ends with the crash" grep -q "$panic" "$DUMP/vmcore-dmesg.txt"
	tap_try "killed: README.txt says not saved" grep -q "^vmcore status: NOT saved: $why" "$DUMP/README.txt"
	umount /mnt
}

crash() {
	cp "/etc/$1.conf" /etc/kjump.conf
	if tap_try "$1: loaded" kjump load --crash; then
		# what came of the last one is looked at when this one is over
		echo c >/proc/sysrq-trigger
	fi
	poweroff -f
}

dump /dev/vdb || crash xfs
umount /mnt
dump /dev/vdc || crash btrfs
umount /mnt
dump /dev/vdd || crash vfat
umount /mnt
killed /dev/vda
saved xfs /dev/vdb
saved btrfs /dev/vdc
saved vfat /dev/vdd
