#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# kjump-dump -c auto: mixes that are held, which do not depend on who is faster, and one that follows the disk, of which
# only the pages are judged; how it follows is for test/unit/packmix.c to tell.
# shellcheck source=tools/test/cli/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=tools/test/cli/lib-dump.sh
. "${0%/*}/lib-dump.sh"

# little that does not shrink, for that is stored in any case
make_core c --seed 3 --kind crash --noise 1

judge() {
	local name="$1"
	shift
	judge_by "$name" kjkdump.py --truth c.mem --core c.core --ram "$ram" --left c.all "$@"
}
# packed KEY: of stats
packed() {
	sed -n "s/^PACKED_$1=//p" stats
}
# between NAME LOW HIGH VALUE
between() {
	[ "$4" -ge "$2" ] && [ "$4" -le "$3" ]
	report $? "$1" "$4, want $2 to $3; $(grep '^PACKED\|^PAGES_DATA' stats | tr '\n' ' ')"
}

for bin in "$dump" "$KJ_SHIP/kjump-dump"; do
	for level in 0 1 16 32 40 64; do
		rm -f x.kd
		try "$bin" -q -f kdump -c auto -l $level -w 1 -s stats -o x.kd c.core
		status_is 0 "auto $level: status"
		judge "auto $level: the oracle agrees" x.kd
		data=$(sed -n 's/^PAGES_DATA=//p' stats) none=$(packed NONE) lzo=$(packed LZO) zstd=$(packed ZSTD)
		[ $((none + lzo + zstd)) -eq "$data" ] && [ "$(packed ZLIB)" -eq 0 ]
		report $? "auto $level: so many pages in all" "$(cat stats)"
		case $level in
		1) between 'auto 1: nearly all stored' 1 $((data / 30)) "$lzo" && between 'auto 1: no zstd' 0 0 "$zstd" ;;
		16) between 'auto 16: half of them lzo' $((data * 4 / 10)) $((data / 2)) "$lzo" ;;
		32) between 'auto 32: lzo' $((data * 9 / 10)) "$data" "$lzo" && between 'auto 32: no zstd' 0 0 "$zstd" ;;
		40) between 'auto 40: a quarter of them zstd' $((data * 20 / 100)) $((data * 25 / 100 + 1)) "$zstd" ;;
		64) between 'auto 64: zstd' $((data * 9 / 10)) "$data" "$zstd" && between 'auto 64: no lzo' 0 0 "$lzo" ;;
		esac
	done
done
cp stats out
key_is CODEC auto 'stats: codec'
try "$KJ_BIN/kjump-info" x.kd
key_is CODEC auto 'info: codec'
try sh -c "exec '$dump' -q -f flat -c auto -w 2 -o - c.core >x.flat"
status_is 0 'a stream: status'
judge 'a stream: the oracle agrees' --unflatten x.raw x.flat
rm -f x.kd
try "$dump" -q -f kdump -c zlib -s stats -o x.kd c.core
between 'another codec: all pages have it, or are stored' "$(sed -n 's/^PAGES_DATA=//p' stats)" 100000 \
	$(($(packed ZLIB) + $(packed NONE)))
for args in '-f kdump -c auto -l 65 -o y' '-f kdump -c auto -l -1 -o y' '-f image -c auto -o y' '-f elf -c auto -o y'; do
	# shellcheck disable=SC2086 # words are wanted
	try "$dump" $args c.core
	status_is 64 "usage: $args"
done
done_testing
