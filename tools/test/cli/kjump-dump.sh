#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# kjump-dump on synthetic cores: images read by an oracle that is not our code, ELF dumps
# compared with what A had, bad input, full disks, dead workers, signals.
# shellcheck source=tools/test/cli/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=tools/test/cli/lib-dump.sh
. "${0%/*}/lib-dump.sh"

# judge IMAGE NAME CORE: the oracle agrees
judge() {
	judge_by "$2" kjimage.py --core "$3.core" --left "$3.left" "$1"
}

judge_elf() {
	judge_by "$2" kjelf.py --truth "$3.mem" --core "$3.core" --ram "$ram" "$1"
}

# image NAME ARGS...: a new image x.img of a.core, and the oracle's word on it
image() {
	local name="$1"
	shift
	rm -f x.img
	try "$@" -q -f image -o x.img a.core
	status_is 0 "$name: status"
	judge x.img "$name: the oracle agrees" a
}

make_cores

# --- images
image 'lz4' "$dump"
image 'one worker' "$dump" -w 1
image 'more workers than batches' "$dump" -w 7
image 'zstd' "$dump" -c zstd -w 2
image 'zstd -7' "$dump" -c zstd -l -7
image 'stored' "$dump" -c none
image 'lz4, shipped build' "$KJ_SHIP/kjump-dump"
image 'zstd 9, shipped build' "$KJ_SHIP/kjump-dump" -c zstd -l 9
mode=$(stat -c %a x.img)
[ "$mode" = 600 ]
report $? 'an image is 0600' "$mode"
try "$dump" -q -f image -s stats -o k.img k.core
status_is 0 'kernel, page tables and struct pages in the window: status'
judge k.img 'kernel, page tables and struct pages in the window' k
cp stats out
key_is PAGES_FREE "$(wc -l <k.left | tr -d ' ')" 'stats: pages left out'
key_is BYTES "$(stat -c %s k.img)" 'stats: bytes'
key_is CODEC lz4 'stats: codec'

sees_changes k.img kjimage.py --core k.core --left k.left -- 40 600 4100 5000 8200 8300 20000 300000

# --- ELF
for core in a k c; do
	try "$dump" -q -f elf -o $core.elf $core.core
	status_is 0 "elf of $core: status"
	judge_elf $core.elf "elf of $core is what A had" $core
	try "$KJ_SHIP/kjump-dump" -q -f elf -o - $core.core
	cmp -s "$KJ_TMP/out" $core.elf
	report $? "elf of $core: the same bytes to standard output"
done
blocks=$(stat -c %b a.elf)
[ $((blocks * 512)) -lt "$(stat -c %s a.elf)" ]
report $? 'zero pages are holes of the file' "$blocks blocks"
try "$dump" -q -f elf -o again.elf a.elf
status_is 0 'elf of an elf: status'
cmp -s again.elf a.elf
report $? 'elf of an elf is the same'

# --- clean refusals
try "$dump" -f image -o y c.core
status_is 65 'image of a crash: status'
one_line '*c.core: nobody jumped here*' 'image of a crash: why'
[ ! -e y ]
report $? 'image of a crash: nothing is left'
try "$dump" -f image -o y a.elf
status_is 65 'image of an ELF dump: status'
try "$dump" -f elf -o a.elf a.core
status_is 73 'file is there: status'
one_line 'kjump-dump: a.elf: File exists' 'file is there: why'
try "$dump" -f elf -o y none.core
status_is 66 'no vmcore: status'
one_line 'kjump-dump: none.core: *' 'no vmcore: why'
head -c 5000 a.core >short.core
try "$dump" -f elf -o y short.core
status_is 65 'truncated vmcore: status'
try "$dump" -f elf -o y "$gen/mkvmcore.py"
status_is 65 'no core at all: status'
try "$dump" -j c.core
status_is 1 'no job: status'
try "$dump" -j a.core
status_is 65 'job block of zeros: status'
one_line '*job block: magic not found' 'job block of zeros: why'
[ ! -e y ]
report $? 'nothing is left'

# --- usage
for args in '-f image' '-o y' '-f x -o y' '-f image -o -' '-f elf -j -o y' '-f elf -w 65 -o y' \
	'-f elf -w 1x -o y' '-f elf -c lzo -o y' '-f elf -c lz4 -l 2 -o y' '-f elf -o y a b' '-Z'; do
	# shellcheck disable=SC2086 # words are wanted
	try "$dump" $args
	status_is 64 "usage: $args"
done
try "$dump" --help
status_is 0 'help: status'
[ "$(wc -l <"$KJ_TMP/out")" -le 24 ]
report $? 'help: fits a screen'

# --- a full disk
for f in image elf; do
	full_disk 2048 -f $f -c none -o full.$f a.core
	status_is 73 "full disk, $f: status"
	one_line '*: target too small*' "full disk, $f: why"
done
[ ! -e full.image ]
report $? 'full disk: no half image is left'

# --- workers that die, and signals. The first pass has one worker, the second two: what they had
# written by then nobody knows, so all of it is done again.
for place in '--fork 1 --call 1' '--fork 2 --call 1' '--fork 2 --write 1' '--fork 2 --write 2'; do
	for bin in "$dump" "$KJ_SHIP/kjump-dump"; do
		rm -f dead.img
		# shellcheck disable=SC2086 # words are wanted
		strike $place "$bin" -q -f image -w 2 -o dead.img a.core
		died "worker killed at $place"
		judge dead.img "worker killed at $place: the image is whole" a
	done
done
# of an ELF core only what it had not finished
for place in '--fork 1 --call 1' '--fork 2 --write 1' '--fork 2 --write 3'; do
	rm -f dead.elf
	# shellcheck disable=SC2086 # words are wanted
	strike $place "$dump" -q -f elf -w 2 -o dead.elf c.core
	died "worker killed at $place, ELF"
	judge_elf dead.elf "worker killed at $place, ELF: the dump is whole" c
done
strike --fork 2 --write 2 --twice "$dump" -q -f image -w 2 -o twice.img a.core
status_is 71 'two workers killed: status'
grep -q 'twice.img: a worker died of signal 9, twice' err
report $? 'two workers killed: said so' "$(cat err)"
[ ! -e twice.img ]
report $? 'two workers killed: no half image is left'
for sig in term int; do
	strike --fork 2 --write 2 --$sig "$dump" -q -f image -w 2 -o int.img a.core
	status_is 75 "SIG$sig: status"
	one_line '*int.img: interrupted' "SIG$sig: said so"
	[ ! -e int.img ]
	report $? "SIG$sig: no half image is left"
done
done_testing
