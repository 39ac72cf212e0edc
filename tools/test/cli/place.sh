#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Targets that are parts of a device: what B writes, C finds, and the next boot gives up. The devices are loop devices over
# files of our own, so this needs root; without it there is nothing to test here.
# shellcheck source=tools/test/cli/lib.sh
. "${0%/*}/lib.sh"

gen=$KJ_TOP/tools/test/gen
ram=1000-9f000,100000-1800000
cd "$KJ_TMP" || exit 70

loops=
detach() {
	for l in $loops; do
		losetup -d "$l"
	done
	loops=
}

why=
[ "$(id -u)" -eq 0 ] || why='not root'
command -v python3 >/dev/null || why='python3 is not installed'
command -v losetup >/dev/null || why='losetup is not installed'
truncate -s 65536 probe.dev
[ -n "$why" ] || probe=$(losetup -f --show probe.dev 2>/dev/null) || why='no loop devices here'
if [ -n "$why" ]; then
	skip "$why"
	done_testing
fi
losetup -d "$probe"
trap detach EXIT

# A label of this run's own: another run beside us must not find our targets.
label=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')

# device NAME [--swap BLOCK]: 16384 blocks, 300 extents of 25 pages, in NAME.dev and behind $dev; $list, $block, $sum, $size
device() {
	name=$1
	shift
	rm -f "$name.dev"
	"$gen/mkplace.py" --label "$label" --blocks 16384 --extents 300 --pages 25 "$@" "$name.dev" >place || exit 70
	list=$(sed -n 's/^LIST=//p' place) block=$(sed -n 's/^BLOCK=//p' place)
	sum=$(sed -n 's/^SUM=//p' place) size=$(sed -n 's/^SIZE=//p' place)
	cp --sparse=always "$name.dev" "$name.was"
	dev=$(losetup -f --show "$name.dev") || exit 70
	loops="$loops $dev"
}

# core NAME FORMAT CODEC [SUM [FILTER]]: a core with a job for that target
core() {
	"$gen/mkvmcore.py" --ram "$ram" --left "$1.left" --job \
		"$label,$((16384 * 4096)),$2,$3,0,1,${5:-0},0,$list,${4:-$sum},$size" "$1.core"
}

# take: the target's bytes, in linear.dev; and nothing else of the device has changed
take() {
	rm -f linear.dev
	sync "$name.dev"
	"$gen/mkplace.py" --take linear.dev --list "$block" "$name.dev"
	"$gen/mkplace.py" --outside "$name.was" --list "$block" "$name.dev" >outside 2>&1
	report $? "$1: nothing but the extents was written" "$(cat outside)"
}

signature() { dd if="$name.dev" bs=1 skip=$((4 * 4096 + 4086)) count=10 2>/dev/null | tr -d '\000'; }

device file
core img 1 2
core elf 2 0
core kd 4 2 "$sum" 1
core other 1 2 12345
for build in "$KJ_BIN" "$KJ_SHIP"; do
	try "$build/kjump-dump" -q -j img.core
	status_is 0 'image: status'
	take image
	"$gen/kjimage.py" --core img.core --left img.left linear.dev >judge 2>&1
	report $? 'image: the oracle agrees' "$(tail -n 1 judge)"
	"$gen/mktarget.py" --record linear.dev >out
	key_is STATE 3 'image: the record says saved'
	try "$build/kjump-exec" -n img.core
	status_is 1 'image: kjump-exec does not enter a system that waits'
	one_line "kjump-exec: $dev@$block: holds an image of that system, to be restored: not entered" 'and says where'
	try "$build/kjump-info" "$dev@$block"
	status_is 0 'image: found'
	key_is STATE ready 'its state'
	try "$build/kjump-info" -l "$dev@$block"
	status_is 0 'image: its label'
	key_is PLACE "$dev@$block" 'its place'
	key_is DEV_SIZE "$size" 'its size'
	try "$build/kjump-info" -l "$dev"
	status_is 1 'the device itself has none'
	try "$build/kjump-restore" -n -q "$dev@$block"
	status_is 0 'image: every byte is verified'
	try "$build/kjump-restore" --report "$dev@$block"
	status_is 1 'image: nothing to report'
	try "$build/kjump-restore" --stale "$dev@$block"
	status_is 0 'image: given up'
	try "$build/kjump-info" "$dev@$block"
	key_is STATE stale 'that is its state'
	take stale
done
"$KJ_BIN/kjump-dump" -q -f elf -o elf.file elf.core
try "$KJ_BIN/kjump-dump" -q -j elf.core
status_is 0 'ELF: status'
take ELF
cmp -n "$(stat -c %s elf.file)" elf.file linear.dev >judge 2>&1
report $? 'ELF: as in a file' "$(cat judge)"
try "$KJ_BIN/kjump-dump" -q -j kd.core
status_is 0 'kdump: status'
take kdump
try "$KJ_BIN/kjump-info" linear.dev
key_is STATE complete 'kdump: complete'
try "$KJ_BIN/kjump-info" "$dev@$block"
key_is KIND kdump 'kdump: and where it is'

try "$KJ_BIN/kjump-dump" -j other.core
status_is 65 'another list than the job means: status'
one_line "kjump-dump: $dev@$block: the label is right, size, partition or extents are not" 'and why'
try "$KJ_BIN/kjump-info" -l "$dev@$((block + 1))"
status_is 1 'no list there'
key_is KIND none 'so there is nothing'
try "$KJ_BIN/kjump-restore" -n "$dev@$((block + 1))"
status_is 1 'no image either'
one_line "kjump-restore: $dev@$((block + 1)): no image to restore" 'one line'
try "$KJ_BIN/kjump-info" -l "$dev@x"
status_is 66 'no block'
printf x | dd of="$dev" bs=1 seek=$((list + 200)) conv=notrunc 2>/dev/null
sync "$dev"
for tool in 'kjump-info -l' 'kjump-info' 'kjump-restore -n' 'kjump-restore --stale'; do
	# shellcheck disable=SC2086 # words
	try "$KJ_BIN"/$tool "$dev@$block"
	status_is 65 "$tool: a damaged list"
	one_line "${tool%% *}: $dev@$block: extent list: checksum mismatch" 'one line'
done
try "$KJ_BIN/kjump-dump" -j img.core
status_is 66 'B does not find it'
detach

# ---- in a swap area ----
device swap --swap 4
core img 1 2
try "$KJ_BIN/kjump-dump" -q -j img.core
status_is 0 'swap: status'
take swap
"$gen/kjimage.py" --core img.core --left img.left linear.dev >judge 2>&1
report $? 'swap: the oracle agrees' "$(tail -n 1 judge)"
try "$KJ_BIN/kjump-info" "$dev@4"
status_is 0 'swap: found by the header of the area'
key_is STATE ready 'its state'
try "$KJ_BIN/kjump-restore" -n -q "$dev@4"
status_is 0 'swap: verified'
try "$KJ_SHIP/kjump-restore" --stale "$dev@4"
status_is 0 'swap: given up'
sync "$name.dev"
[ "$(signature)" = SWAPSPACE2 ]
report $? 'swap: the area has its signature again' "$(signature)"
cp --sparse=always "$name.dev" was
dd if=/dev/zero of=header bs=4096 count=1 2>/dev/null
printf '\001' | dd of=header bs=1 seek=1024 conv=notrunc 2>/dev/null
printf SWAPSPACE2 | dd of=header bs=1 seek=4086 conv=notrunc 2>/dev/null
dd if="$name.dev" bs=4096 skip=4 count=1 2>/dev/null | cmp - header
report $? 'swap: and nothing else in its header'
try "$KJ_BIN/kjump-info" "$dev@4"
status_is 1 'swap: nothing leads to the image'
try "$KJ_BIN/kjump-info" "$dev@$block"
status_is 1 'swap: not even the list'
try "$KJ_BIN/kjump-dump" -j img.core
status_is 66 'swap: B would not write there'
try "$KJ_BIN/kjump-restore" --stale "$dev@4"
status_is 1 'swap: nothing to give up'
cmp was "$name.dev"
report $? 'swap: nothing was written'
detach

# the header at the start of the device is looked at unasked; no image: a job that never finished
device first --swap 0
try "$KJ_BIN/kjump-info" -l "$dev"
status_is 0 'swap partition: its label'
key_is PLACE "$dev@0" 'swap partition: its place'
try "$KJ_BIN/kjump-info" -l "$dev@0"
key_is LABEL_UUID "$label" 'swap partition: by its place'
try "$KJ_BIN/kjump-info" -w "$dev"
status_is 0 'swap partition: a boot has to look at it'
try "$KJ_BIN/kjump-restore" --stale "$dev@0"
status_is 0 'swap partition: given back without an image'
try "$KJ_BIN/kjump-info" -w "$dev"
status_is 1 'swap partition: and no more'
try "$KJ_BIN/kjump-info" -l "$dev"
status_is 1 'swap partition: no label then'
done_testing
