#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# kjump-dump on synthetic cores: images read by an oracle that is not our code, ELF dumps
# compared with what A had, bad input, full disks, dead workers, signals.
# shellcheck source=tools/test/cli/lib.sh
. "${0%/*}/lib.sh"

gen=$KJ_TOP/tools/test/gen
dump=$KJ_BIN/kjump-dump
ram=1000-9f000,100000-2100000,4000000-4830000
cd "$KJ_TMP" || exit 70

if ! command -v python3 >/dev/null; then
	skip 'python3 is not installed: nothing can judge an image'
	done_testing
fi

# make_core NAME ARGS...: NAME.core, NAME.left, NAME.mem
make_core() {
	local name="$1"
	shift
	"$gen/mkvmcore.py" --ram "$ram" --left "$name.left" --truth "$name.mem" "$@" "$name.core"
}

# judge IMAGE NAME CORE: the oracle agrees
judge() {
	"$gen/kjimage.py" --core "$3.core" --left "$3.left" "$1" >judge.out 2>&1
	report $? "$2" "$(tail -n 1 judge.out)"
}

judge_elf() {
	"$gen/kjelf.py" --truth "$3.mem" --core "$3.core" --ram "$ram" "$1" >judge.out 2>&1
	report $? "$2" "$(tail -n 1 judge.out)"
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

make_core a --seed 1
make_core k --seed 2 --window 1000-9f000,1000000-1800000
make_core c --seed 3 --kind crash

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

# the oracle itself sees a single wrong byte, wherever it is
for off in 40 600 4100 5000 8200 8300 20000 300000; do
	cp k.img bad.img
	printf '\377\376\375' | dd of=bad.img bs=1 seek=$off conv=notrunc 2>/dev/null
	if "$gen/kjimage.py" --core k.core --left k.left bad.img >judge.out 2>&1; then
		report 1 "the oracle sees a change at $off"
	else
		report 0 "the oracle sees a change at $off"
	fi
done

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

# --- a full disk: the limit on file sizes stands in for it
for f in image elf; do
	# dash and busybox count blocks of 512 bytes, others kilobytes: either is too small
	(ulimit -f 2048; exec "$dump" -q -f $f -c none -o full.$f a.core) >out 2>err </dev/null
	status=$?
	tried="full disk, $f"
	status_is 73 "full disk, $f: status"
	one_line '*: target too small*' "full disk, $f: why"
done
[ ! -e full.image ]
report $? 'full disk: no half image is left'

# --- workers that die, and signals. A stopped worker holds the dump where we want it.
# start ARGS...: in the background, its workers stopped; sets $pid and $child
start() {
	local i=0
	"$@" 2>err >out </dev/null &
	pid=$!
	child=
	while [ -z "$child" ] && [ $i -lt 3000 ]; do
		child=$(cat "/proc/$pid/task/$pid/children" 2>/dev/null)
		i=$((i + 1))
	done
	# shellcheck disable=SC2086 # a list of processes
	[ -n "$child" ] && kill -STOP $child 2>/dev/null
}

# finish: wait for it, in $status
finish() {
	status=0
	wait "$pid" || status=$?
}

# a worker may have finished before it is stopped: then nothing is lost, and we try again
for victim in first all; do
	seen=1 try=0
	while [ $seen -ne 0 ] && [ $try -lt 10 ]; do
		try=$((try + 1))
		start "$dump" -q -f image -c zstd -l 9 -w 2 -o dead.img a.core
		tried="$victim worker killed"
		list=$child
		[ $victim = all ] || list=${child%% *}
		# shellcheck disable=SC2086
		kill -KILL $list 2>/dev/null
		# shellcheck disable=SC2086
		kill -CONT $child 2>/dev/null
		finish
		[ $status -eq 0 ] || break
		"$gen/kjimage.py" --core a.core --left a.left dead.img >judge.out 2>&1 || break
		rm -f dead.img
		grep -q 'a worker died of signal 9, once more with one worker' err
		seen=$?
	done
	status_is 0 "$victim of the workers killed: status"
	[ ! -e dead.img ]
	report $? "$victim of the workers killed: the image is whole" "$(tail -n 1 judge.out)"
	report $seen "$victim of the workers killed: said so" "$(cat err)"
	rm -f dead.img
done
for sig in TERM INT; do
	start "$dump" -q -f image -c zstd -l 9 -w 2 -o int.img a.core
	tried="SIG$sig"
	kill -$sig "$pid"
	# shellcheck disable=SC2086
	kill -CONT $child 2>/dev/null
	finish
	status_is 75 "SIG$sig: status"
	grep -q 'int.img: interrupted' err
	report $? "SIG$sig: said so" "$(cat err)"
	[ ! -e int.img ]
	report $? "SIG$sig: no half image is left"
	rm -f int.img
done
done_testing
