#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Fingerprints of file systems that their own tools have made: what a mount changes counts, reading does not, and the
# answer does not depend on where the file lies.
. "${0%/*}/lib.sh"
PATH=$PATH:/usr/sbin:/sbin

sum_of() { "$KJ_BIN/kjump-info" -f "$1" 2>"$KJ_TMP/err" | sed -n 's/^FS_SUM=//p'; }

# differs NAME FILE COMMAND...: the command changes the fingerprint.
differs() {
	name=$1 file=$2
	shift 2
	was=$(sum_of "$file")
	"$@" >"$KJ_TMP/cmd" 2>&1
	now=$(sum_of "$file")
	[ -n "$was" ] && [ -n "$now" ] && [ "$was" != "$now" ]
	report $? "$name" "'$was', then '$now'; $(head -n 3 "$KJ_TMP/cmd")"
}

same() {
	name=$1 file=$2
	shift 2
	was=$(sum_of "$file")
	"$@" >"$KJ_TMP/cmd" 2>&1
	now=$(sum_of "$file")
	[ -n "$was" ] && [ "$was" = "$now" ]
	report $? "$name" "'$was', then '$now'"
}

for type in ext2 ext3 ext4; do
	f=$KJ_TMP/$type
	truncate -s 24M "$f"
	mke2fs -q -F -t $type "$f"
	try "$KJ_BIN/kjump-info" -f "$f"
	status_is 0 "$type"
	key_is FS ext "$type: known"
	same "$type: fsck reads it" "$f" e2fsck -fn "$f"
	differs "$type: a mount for writing is counted" "$f" debugfs -w -R 'ssv mnt_count 7' "$f"
done
j=$(debugfs -R 'bmap <8> 0' "$KJ_TMP/ext4" 2>/dev/null)
b=$(dumpe2fs -h "$KJ_TMP/ext4" 2>/dev/null | sed -n 's/^Block size: *//p')
differs "ext4: the superblock of the journal" "$KJ_TMP/ext4" \
	sh -c "printf x | dd of='$KJ_TMP/ext4' bs=1 seek=$((j * b + 40)) conv=notrunc"
same "ext4: the data of a file" "$KJ_TMP/ext4" sh -c "printf x | dd of='$KJ_TMP/ext4' bs=1 seek=20000000 conv=notrunc"

if command -v mkfs.vfat >/dev/null && command -v mcopy >/dev/null; then
	for bits in 12 16 32; do
		f=$KJ_TMP/fat$bits
		truncate -s $((bits * 4 - 40))M "$f"
		[ $bits != 12 ] || truncate -s 4M "$f"
		mkfs.vfat -F $bits -i 1234abcd "$f" >/dev/null
		export MTOOLS_SKIP_CHECK=1
		try "$KJ_BIN/kjump-info" -f "$f"
		key_is FS vfat "fat$bits: known"
		key_is FS_UUID cdab3412000000000000000000000000 "fat$bits: its serial number"
		differs "fat$bits: a new directory" "$f" mmd -i "$f" ::d
		differs "fat$bits: a file in it" "$f" mcopy -i "$f" /etc/passwd ::d/passwd
		differs "fat$bits: touched, no more" "$f" mattrib -i "$f" +r ::d/passwd
		same "fat$bits: read" "$f" mdir -i "$f" ::d
	done
else
	skip "dosfstools or mtools is not installed"
fi

if command -v mkfs.xfs >/dev/null; then
	f=$KJ_TMP/xfs
	truncate -s 300M "$f"
	mkfs.xfs -q -f "$f" >/dev/null 2>&1
	try "$KJ_BIN/kjump-info" -f "$f"
	key_is FS xfs "xfs: known"
	log=$(xfs_db -r -c 'sb 0' -c 'p logstart' "$f" | sed 's/.*= //')
	log=$(xfs_db -r -c "convert fsblock $log byte" "$f" | sed 's/.*(\(.*\))/\1/')
	differs "xfs: the log" "$f" sh -c "printf x | dd of='$f' bs=1 seek=$((log + 700)) conv=notrunc"
	same "xfs: what lies before it" "$f" sh -c "printf x | dd of='$f' bs=1 seek=$((log - 1)) conv=notrunc"
else
	skip "xfsprogs is not installed"
fi

if command -v mkfs.btrfs >/dev/null; then
	f=$KJ_TMP/btrfs
	truncate -s 128M "$f"
	mkfs.btrfs -q -f "$f" >/dev/null 2>&1
	try "$KJ_BIN/kjump-info" -f "$f"
	key_is FS btrfs "btrfs: known"
	differs "btrfs: the second copy" "$f" sh -c "printf x | dd of='$f' bs=1 seek=$((67108864 + 72)) conv=notrunc"
else
	skip "btrfs-progs is not installed"
fi

head -c 100000 /dev/zero >"$KJ_TMP/none"
try "$KJ_BIN/kjump-info" -f "$KJ_TMP/none"
status_is 1 "no file system"
truncate -s 2M "$KJ_TMP/ext4"
try "$KJ_BIN/kjump-info" -f "$KJ_TMP/ext4"
status_is 65 "one that is cut off"
one_line "kjump-info: $KJ_TMP/ext4: ext file system: *" "and why"
done_testing
