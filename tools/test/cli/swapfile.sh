#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Swap files as targets, on ext4 and xfs: which are refused, and one with a job's blocks in it is found and given back. None is
# switched on, and loop devices are no place for a target, but what leads to that refusal is seen. The file systems are
# mounted in a namespace of our own, so this needs root.
# shellcheck source=tools/test/cli/lib.sh
. "${0%/*}/lib.sh"

self=$(cd "${0%/*}" && pwd)/${0##*/}
cd "$KJ_TMP" || exit 70
if [ "${KJ_SPACE:-}" != own ]; then
	why=
	[ "$(id -u)" -eq 0 ] || why='not root'
	for p in python3 losetup mkfs.ext4 mkfs.xfs mkswap filefrag; do
		command -v $p >/dev/null || why="$p is not installed"
	done
	truncate -s 65536 probe.dev
	[ -n "$why" ] || probe=$(losetup -f --show probe.dev 2>/dev/null) || why='no loop devices here'
	[ -z "${probe:-}" ] || losetup -d "$probe"
	[ -n "$why" ] || unshare -m true 2>/dev/null || why='no mount namespaces here'
	if [ -n "$why" ]; then
		skip "$why"
		done_testing
	fi
	export KJ_TOP KJ_BIN KJ_SHIP KJ_TMP
	KJ_SPACE=own exec unshare -m "$self"
fi

label=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
kjump=$KJ_BIN/kjump
mkdir mnt

# asks STATUS TEXT NAME: what is said to a snapshot there
asks() {
	try own_run "$kjump" snapshot -c conf -t SWAP="$file"
	status_is "$1" "$3"
	one_line "kjump: $file: $2" "$3: why"
}

signature() { dd if="$1" bs=1 skip="$2" count=10 2>/dev/null; }

for fs in ext4 xfs; do
	rm -f disk
	truncate -s 320M disk
	# of one so small ext4's blocks would be smaller than a page
	case $fs in
	ext4) mkfs.ext4 -q -b 4096 disk ;;
	xfs) mkfs.xfs -q disk ;;
	esac || exit 70
	dev=$(losetup -f --show disk) || exit 70
	trap 'umount mnt 2>/dev/null; losetup -d "$dev"' EXIT
	mount -t $fs "$dev" mnt || exit 70
	file=$PWD/mnt/swap
	echo "target SWAP=$file" >conf

	truncate -s 8M "$file" && chmod 600 "$file"
	asks 65 'is sparse' "$fs: a sparse file"
	# as most swap files are made: nothing but the header is ever written through the file system
	rm "$file"
	fallocate -l 8M "$file" && chmod 600 "$file"
	asks 65 'has unwritten blocks (fallocate makes such files)' "$fs: without a header"
	mkswap "$file" >/dev/null 2>&1 && sync -f "$file"
	asks 69 "is on $dev, which is no plain disk or partition" "$fs: a good one, but for its device"
	dd if="$file" of=mnt/copy bs=1M 2>/dev/null && chmod 644 mnt/copy
	try own_run "$kjump" snapshot -c conf -t SWAP="$PWD/mnt/copy"
	status_is 77 "$fs: readable by others"

	# where it is, by the word of another program: the first extent that is long enough to take blocks from
	sync -f "$file"
	filefrag -b4096 -v "$file" | sed -n 's/^ *\([0-9]*\): *\([0-9]*\)\.\. *[0-9]*: *\([0-9]*\)\.\. *[0-9]*: *\([0-9]*\):.*/\2 \3 \4/p' >frag
	head=$(sed -n 's/^0 \([0-9]*\) .*/\1/p' frag)
	big=$(while read -r _ at n; do [ "$n" -lt 700 ] || echo "$(((at + 16) * 4096)):$((600 * 4096))"; done <frag | head -n 1)
	umount mnt
	"$KJ_TOP/tools/test/gen/mkplace.py" --label "$label" --into "$big" --swap "$head" "$dev" >place || exit 70
	sync "$dev"
	mount -t $fs "$dev" mnt || exit 70
	[ "$(signature "$file" 4086 | tr -d '\000')" = ULSUSPEND ]
	report $? "$fs: a job's blocks: the header is marked"
	umount mnt
	try "$KJ_BIN/kjump-info" -l "$dev@$head"
	status_is 0 "$fs: found by resume= and resume_offset="
	key_is LABEL_UUID "$label" "$fs: its label"
	try "$KJ_BIN/kjump-restore" --stale "$dev@$head"
	status_is 0 "$fs: given back"
	mount -t $fs "$dev" mnt || exit 70
	[ "$(signature "$file" 4086)" = SWAPSPACE2 ] && [ -z "$(dd if="$file" bs=1 skip=4068 count=18 2>/dev/null | tr -d '\000')" ]
	report $? "$fs: the header is as it was"
	if [ $fs = xfs ]; then
		cp --reflink=always "$file" mnt/twin
		asks 65 'shares blocks with another file' "$fs: a file with a twin"
	fi
	umount mnt
	losetup -d "$dev"
	trap - EXIT
done
done_testing
