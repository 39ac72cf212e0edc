# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# What the tests of kjump-dump share: synthetic cores, the programs that judge what was made of
# them, and a way to strike at a given place of a dump. Sourced behind lib.sh; leaves us in $KJ_TMP.
# Must never judge by anything that kjump-dump itself says.

gen=$KJ_TOP/tools/test/gen
dump=$KJ_BIN/kjump-dump
ram=1000-9f000,100000-2100000,4000000-4830000
cd "$KJ_TMP" || exit 70

if ! command -v python3 >/dev/null; then
	skip 'python3 is not installed: nothing can judge a dump'
	done_testing
fi

# make_core NAME ARGS...: NAME.core; NAME.left, pages that an image leaves out; NAME.all, those that
# a dump does; NAME.mem, what A had
make_core() {
	local name="$1"
	shift
	"$gen/mkvmcore.py" --ram "$ram" --left "$name.left" --left-all "$name.all" --truth "$name.mem" \
		"$@" "$name.core"
}

# make_cores: a and k, which jumped, k with its kernel and struct pages in the window; c, a crash
make_cores() {
	make_core a --seed 1
	make_core k --seed 2 --window 1000-9f000,1000000-1800000
	make_core c --seed 3 --kind crash
}

# judge_by NAME PROGRAM ARGS...: what an oracle says
judge_by() {
	local name="$1" oracle="$2"
	shift 2
	"$gen/$oracle" "$@" >judge.out 2>&1
	report $? "$name" "$(tail -n 1 judge.out)"
}

# sees_changes FILE ORACLE ARGS... -- OFFSET...: the oracle notices a few wrong bytes of FILE,
# wherever they are
sees_changes() {
	local file="$1" oracle="$2" args='' off
	shift 2
	while [ "$1" != -- ]; do
		args="$args $1"
		shift
	done
	shift
	for off; do
		cp "$file" bad.img
		printf '\377\376\375' | dd of=bad.img bs=1 seek="$off" conv=notrunc 2>/dev/null
		# shellcheck disable=SC2086 # words without blanks
		! "$gen/$oracle" $args bad.img >judge.out 2>&1
		report $? "the oracle sees a change at $off"
	done
}

# strike WHERE-AND-HOW... COMMAND...: as try, with kjstop.py. The leak checker is a tracer too, and
# there can be one only.
strike() {
	try env ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0" "$gen/kjstop.py" "$@"
	[ "$status" -ne 99 ] || try_traceless
}

# Nobody may trace here: what would have been tested is skipped, and the rest of the script with it.
try_traceless() {
	skip "$(cat err)"
	done_testing
}

# died NAME: the program went on without a worker that was killed, and said so
died() {
	status_is 0 "$1: status"
	grep -q 'a worker died of signal 9, once more with one worker' err
	report $? "$1: said so" "$(cat err)"
}

# full_disk FILE ARGS...: the limit on file sizes stands in for a full disk. dash and busybox count
# blocks of 512 bytes, others kilobytes.
full_disk() {
	local blocks="$1"
	shift
	# shellcheck disable=SC2034 # for status_is
	tried="full disk: $*" status=0
	(ulimit -f "$blocks"; exec "$dump" -q "$@") >out 2>err </dev/null || status=$?
}
