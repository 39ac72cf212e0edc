#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# kjump-dump -e: which struct pages are left out is worked out by an oracle that is not our code; filtering such a dump
# once more.
# shellcheck source=tools/test/cli/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=tools/test/cli/lib-dump.sh
. "${0%/*}/lib-dump.sh"

# two sections, the second of which has struct pages and RAM at its start alone
ram=1000-9f000,100000-2900000,8000000-8430000
make_core u --seed 8 --kind crash --user 60 --last u.last
sed -n 's/^user //p' u.last | sort -n - u.all >u.31
sed -n 's/^user //p' u.last >u.15
make_core j --seed 9 --window 1000-9f000,400000-700000 --last j.last

# judge NAME CORE LEFT LEVEL ARGS... DUMP
judge() {
	local name="$1" core="$2" left="$3" level="$4"
	shift 4
	judge_by "$name" kjkdump.py --truth "$core.mem" --core "$core.core" --ram "$ram" --left "$left" --level "$level" \
		--trim "$core.last" "$@"
}
bytes() {
	sed -n 's/^BYTES=//p' "$1"
}

for bin in "$dump" "$KJ_SHIP/kjump-dump"; do
	for level in 0 15 17 31; do
		case $level in
		0) left=/dev/null ;;
		15) left=u.15 ;;
		17) left=u.all ;;
		31) left=u.31 ;;
		esac
		rm -f x.kd
		try "$bin" -q -f kdump -c lzo -d $level -e -w 2 -s stats -o x.kd u.core
		status_is 0 "-d $level: status"
		judge "-d $level: the oracle agrees" u "$left" $level x.kd
		try sh -c "exec '$bin' -q -f flat -c lzo -d $level -e -w 2 -o - u.core >x.flat"
		status_is 0 "-d $level, a stream: status"
		judge "-d $level, a stream: the oracle agrees" u "$left" $level --unflatten x.raw x.flat
	done
done
rm -f x.kd
try "$dump" -q -f kdump -e -o x.kd j.core
judge 'a jump, struct pages in the window: the oracle agrees' j j.all 31 x.kd

# --- what it says
rm -f x.kd
try "$dump" -f kdump -e -s stats -o x.kd u.core
grep -q 'x.kd: [0-9]* MiB of struct pages left out, which describe nothing in it' err
report $? 'report: said so' "$(cat err)"
try "$dump" -q -f kdump -s full.stats -o full.kd u.core
trimmed=$(sed -n 's/^BYTES_TRIMMED=//p' stats)
left=$(sed -n 's/^PAGES_FREE=//p' stats) full=$(sed -n 's/^PAGES_FREE=//p' full.stats)
[ "${trimmed:-0}" -eq $(((left - full) * 4096)) ] && [ "$trimmed" -gt 1000000 ]
report $? 'stats: so many bytes are left out' "$(cat stats full.stats)"
[ "$(bytes stats)" -lt "$(bytes full.stats)" ] && ! grep -q TRIMMED full.stats
report $? 'and it is smaller'

# --- once more: of what a dump lacks struct pages nothing can be said, and nothing need be
try "$dump" -q -f kdump -c lzo -d 0 -e -o zero.kd u.core
try "$dump" -q -f kdump -d 31 -o again.kd zero.kd
status_is 0 'filtered once more: status'
[ ! -s err ]
report $? 'filtered once more: no complaint' "$(cat err)"
try "$dump" -q -f kdump -d 31 -e -o both.kd zero.kd
judge 'filtered and trimmed once more: the oracle agrees' u u.31 31 both.kd
bits=$(od -An -j424 -N1 -tu1 again.kd | tr -d ' ')
[ $((bits & 16)) -eq 16 ]
report $? 'filtered once more: still says that struct pages are missing' "$bits"

# --- where it cannot be
LC_ALL=C sed 's/^SYMBOL(mem_section)=/SYMBOL(mem_sectioX)=/' u.core >raw.core
try "$dump" -q -f kdump -e -o raw.kd raw.core
status_is 0 'no sections: status'
grep -q 'raw.core: where all struct pages are cannot be told, none is left out' err
report $? 'no sections: said so' "$(cat err)"
for args in '-f elf -e -o y' '-f image -e -o y' '-f swsusp -e -o y' '-e -j'; do
	# shellcheck disable=SC2086 # words are wanted
	try "$dump" $args u.core
	status_is 64 "usage: $args"
done
done_testing
