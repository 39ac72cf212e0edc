#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# kjump-dump -f swsusp on synthetic cores: images read as the kernel does, by an oracle that is not
# our code; what the other programs say of such an image; jobs, where there are loop devices.
# shellcheck source=tools/test/cli/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=tools/test/cli/lib-dump.sh
. "${0%/*}/lib-dump.sh"

# judge IMAGE NAME CORE CODEC
judge() {
	judge_by "$2" kjswsusp.py --codec "$4" --core "$3.core" --left "$3.left" "$1"
}

# image NAME CODEC PROGRAM ARGS...: a new image x.img of a.core
image() {
	local name="$1" codec="$2"
	shift 2
	rm -f x.img
	try "$@" -q -f swsusp -s stats -o x.img a.core
	status_is 0 "$name: status"
	judge x.img "$name: the oracle agrees" a "$codec"
}

make_cores

image 'lzo is the default' lzo "$dump"
cp stats out
key_is CODEC lzo 'stats: codec'
key_is BYTES "$(stat -c %s x.img)" 'stats: bytes'
key_is PAGES_FREE "$(wc -l <a.left | tr -d ' ')" 'stats: pages left out'
key_is PAGES_ZERO 0 'stats: zero pages are data'
mode=$(stat -c %a x.img)
[ "$mode" = 600 ]
report $? 'an image is 0600' "$mode"
image 'stored' none "$dump" -c none
image 'stored, one worker' none "$dump" -c none -w 1
image 'lz4' lz4 "$dump" -c lz4
image 'lz4 -64' lz4 "$dump" -c lz4 -l -64
image 'lzo, more workers than pieces' lzo "$dump" -w 7
image 'zero pages by flag, stored' none "$dump" -z -c none
cp stats out
[ "$(sed -n 's/^PAGES_ZERO=//p' out)" -gt 1000 ]
report $? 'stats: zero pages have no data' "$(cat out)"
image 'zero pages by flag, lz4' lz4 "$dump" -z -c lz4 -w 1
image 'lzo, shipped build' lzo "$KJ_SHIP/kjump-dump"
image 'lz4, shipped build' lz4 "$KJ_SHIP/kjump-dump" -c lz4
image 'stored, shipped build' none "$KJ_SHIP/kjump-dump" -c none -z
try "$dump" -q -f swsusp -o k.img k.core
status_is 0 'kernel, page tables and struct pages in the window: status'
judge k.img 'kernel, page tables and struct pages in the window' k lzo

# in header, info page, numbers, data, map
sees_changes k.img kjswsusp.py --core k.core --left k.left -- 40 4061 4100 8210 12400 400000 "$(($(stat -c %s k.img) - 4000))"

# --- what others say of it
for build in "$KJ_BIN" "$KJ_SHIP"; do
	try "$build/kjump-info" k.img
	status_is 0 'kjump-info: status'
	key_is KIND swsusp 'kjump-info: kind'
	key_is STATE ready 'kjump-info: state'
	key_is CODEC lzo 'kjump-info: codec'
	key_is RELEASE 6.12.0-synthetic 'kjump-info: release'
done
# as a kernel leaves it that has begun to load it
cp k.img taken.img
dd if=k.img of=taken.img bs=1 skip=4076 seek=4086 count=10 conv=notrunc 2>/dev/null
try "$KJ_BIN/kjump-info" taken.img
key_is STATE consumed 'kjump-info: taken by a kernel'
"$gen/kjswsusp.py" --state consumed taken.img >judge.out 2>&1
report $? 'the oracle says the same' "$(tail -n 1 judge.out)"
cp k.img stale.img
try "$KJ_BIN/kjump-restore" --stale stale.img
status_is 0 'kjump-restore --stale: status'
try "$KJ_BIN/kjump-info" stale.img
key_is STATE stale 'kjump-restore --stale: no kernel will load it'
try "$KJ_BIN/kjump-restore" --stale taken.img
status_is 0 'kjump-restore --stale, taken: status'
try "$KJ_BIN/kjump-info" taken.img
key_is STATE consumed 'kjump-restore --stale leaves what was taken'
try "$KJ_BIN/kjump-restore" -n k.img
status_is 1 'kjump-restore: none of its images'
printf x | dd of=k.img bs=1 seek=70 conv=notrunc 2>/dev/null
try "$KJ_BIN/kjump-info" k.img
status_is 65 'kjump-info: damaged'
one_line 'kjump-info: k.img: swsusp image: *' 'kjump-info: damaged: why'

# --- refusals
try "$dump" -f swsusp -o y c.core
status_is 65 'image of a crash: status'
one_line '*c.core: nobody jumped here*' 'image of a crash: why'
for args in '-f swsusp -c zstd -o y' '-f swsusp -o -' '-f swsusp -c lzo -l 1 -o y' \
	'-f image -c lzo -o y' '-f image -z -o y' '-f swsusp -d 1 -o y'; do
	# shellcheck disable=SC2086 # words are wanted
	try "$dump" $args a.core
	status_is 64 "usage: $args"
done
for codec in none lz4; do
	full_disk 2048 -f swsusp -c $codec -o full a.core
	status_is 73 "full disk, $codec: status"
	one_line '*: target too small*' "full disk, $codec: why"
done
[ ! -e y ] && [ ! -e full ]
report $? 'nothing is left of any of these'

# --- a worker that dies: what it had begun is done again. The first pass has one worker, the next two.
for place in '--fork 1 --call 1' '--fork 2 --write 1' '--fork 2 --write 2'; do
	for bin in "$dump" "$KJ_SHIP/kjump-dump"; do
		rm -f dead.img
		# shellcheck disable=SC2086 # words are wanted
		strike $place "$bin" -q -f swsusp -w 2 -o dead.img a.core
		died "worker killed at $place"
		judge dead.img "worker killed at $place: the image is whole" a lzo
	done
done

# --- jobs
why=
[ "$(id -u)" -eq 0 ] || why='not root'
command -v losetup >/dev/null || why='losetup is not installed'
label=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
"$gen/mktarget.py" --label "$label" --size $((64 << 20)) t.dev
[ -n "$why" ] || dev=$(losetup -f --show t.dev 2>/dev/null) || why='no loop devices here'
if [ -n "$why" ]; then
	skip "$why"
	done_testing
fi
trap 'losetup -d "$dev"' EXIT
make_core j --job "$label,$((64 << 20)),3,3,0,1"
make_core z --job "$label,$((64 << 20)),3,2,0,1"
try "$dump" -q -j j.core
status_is 0 'job: status'
judge "$dev" 'job: the oracle agrees' j lzo
try "$KJ_BIN/kjump-info" -l "$dev"
status_is 0 'job: the label stays'
key_is REC_STATE saved 'job: the record says saved'
try "$KJ_BIN/kjump-exec" -n j.core
status_is 1 'job: kjump-exec does not enter a system that waits on the target'
one_line 'kjump-exec: /dev/loop*: holds an image of that system, to be restored: not entered' 'job: and says why'
try "$KJ_BIN/kjump-restore" --report "$dev"
status_is 1 'job: nothing to report as long as the image waits'
try "$KJ_BIN/kjump-restore" --stale "$dev"
status_is 0 'job: the image is given up'
try "$KJ_BIN/kjump-exec" -n j.core
status_is 0 'job: then kjump-exec would enter'
# A that uses nearly all of its memory: said before anything is written
"$gen/mkvmcore.py" --ram 1000-9f000,100000-1800000 --window 1000-9f000,400000-440000 --free 2 \
	--job "$label,$((64 << 20)),3,0,0,1" full.core
try "$dump" -q -j full.core
status_is 75 'more than C could load: status'
one_line '*too much memory in use to be restored: *' 'more than C could load: why'
try "$dump" -q -j z.core
status_is 65 'job with zstd: status'
one_line '*job block: zstd is no codec of format swsusp' 'job with zstd: why'
done_testing
