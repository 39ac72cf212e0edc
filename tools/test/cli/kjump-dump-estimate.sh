#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# kjump-dump --estimate on synthetic cores: what it says is held against the pages that were put into
# them, and against the dumps that are then made.
# shellcheck source=tools/test/cli/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=tools/test/cli/lib-dump.sh
. "${0%/*}/lib-dump.sh"

value() { sed -n "s/^$2=//p" "$1"; }

# estimate NAME SOURCE: leaves est
estimate() {
	try "$dump" -E "$2"
	status_is 0 "$1: status"
	cp out est
}

# holds NAME SOURCE LEVEL: a dump with this filter has these pages, and is as large as it must be
holds() {
	rm -f x.kd y.kd
	try "$dump" -q -f kdump -c none -d "$3" -s stats -o x.kd "$2"
	status_is 0 "$1, -d $3: a dump of it"
	[ "$(value est "D$3_PAGES")" = $(($(value stats PAGES_DATA) + $(value stats PAGES_ZERO))) ]
	report $? "$1, -d $3: its pages" "$(grep D est; cat stats)"
	[ "$(stat -c %s x.kd)" = $(($(value est "D$3_BYTES_MIN") + 4096 * $(value stats PAGES_DATA))) ]
	report $? "$1, -d $3: its size to the byte, pages of zeros known" "$(stat -c %s x.kd; grep D est; cat stats)"
	try "$dump" -q -f kdump -d "$3" -o y.kd "$2"
	[ "$(stat -c %s y.kd)" -ge "$(value est "D$3_BYTES_MIN")" ] && [ "$(stat -c %s y.kd)" -le "$(value est "D$3_BYTES_MAX")" ]
	report $? "$1, -d $3: a packed one is within the bounds" "$(stat -c %s y.kd; grep D est)"
}

make_cores
make_core n --seed 4 --kind crash --noise 100
all=$(wc -l <c.all | tr -d ' ')
pages=$((0x9e + 0x2000 + 0x830))

estimate 'a crash' c.core
cp est out
key_is PAGES_RAM $pages 'a crash: pages of RAM'
key_is CLASSES_KNOWN 1 'a crash: all classes can be told'
key_is D31_PAGES $((pages - all)) 'a crash: all but the free and offline ones'
key_is D17_PAGES $((pages - all)) 'a crash: the same without cache'
[ $(($(value est CLASS_FREE) + $(value est CLASS_OFFLINE))) = "$all" ]
report $? 'a crash: free and offline pages' "$(cat est)"
cp est out
key_is D1_PAGES $((pages - $(value est CLASS_OFFLINE))) 'a crash: free pages kept'
for level in 1 17 31; do holds 'a crash' c.core $level; done

# a window, in the place of which others are; what stands for nothing
estimate 'a jump' a.core
for level in 1 31; do holds 'a jump' a.core $level; done
estimate 'kernel and struct pages in the window' k.core
holds 'kernel and struct pages in the window' k.core 31

# pages that cannot be packed: the upper bound is the size
estimate 'noise' n.core
rm -f x.kd
try "$dump" -q -f kdump -c lzo -d 31 -w 3 -o x.kd n.core
[ "$(stat -c %s x.kd)" -le "$(value est D31_BYTES_MAX)" ] &&
	[ "$(stat -c %s x.kd)" -ge $(($(value est D31_BYTES_MAX) * 9 / 10)) ]
report $? 'noise: near the upper bound' "$(stat -c %s x.kd; cat est)"

# a dump that was filtered before
rm -f f.kd
try "$dump" -q -f kdump -d 16 -o f.kd c.core
estimate 'a kdump' f.kd
for level in 1 31; do holds 'a kdump' f.kd $level; done

# --- what it says and does besides
for bin in "$dump" "$KJ_SHIP/kjump-dump"; do
	try "$bin" -E -d 8 -w 1 c.core
	cp out est
	grep -q '^D8_PAGES=' est && grep -q '^  -d 8  .* MiB$' err && grep -q '^  free  *[0-9]* MiB$' err
	report $? 'another filter, and a table for people' "$(cat out err)"
done
try "$dump" -E -q c.core
[ ! -s err ] && grep -q '^D31_PAGES=' out
report $? '-q: no table' "$(cat err)"
try "$dump" -E -d 17 c.core
[ "$(grep -c '^D17_PAGES=' out)" = 1 ]
report $? 'no filter twice' "$(cat out)"
"$gen/mkvmcore.py" --kind crash --ram "$ram" --lack 'OFFSET.page' lack.core
try "$dump" -E -q lack.core
one='kjump-dump: lack.core: struct page: not found (BTF: not there), all pages kept'
[ "$(cat err)" = "$one" ]
report $? 'classes not known: said once' "$(cat err)"
key_is CLASSES_KNOWN 0 'classes not known'
key_is D31_PAGES $pages 'classes not known: all pages kept'
try sh -c "exec '$dump' -q -E c.core >/dev/full"
status_is 74 'nowhere to write to'
one_line 'kjump-dump: standard output: cannot be written' 'nowhere to write to: one line'
for bad in '-o x.new' -j '-c lzo' '-l 1' '-r 31' '-s stats' -z; do
	# shellcheck disable=SC2086 # words
	try "$dump" -E $bad c.core
	status_is 64 "$bad: status"
	one_line 'kjump-dump: -E: writes no dump; only -d, -p, -w, -k and -q go with it' "$bad: one line"
done
[ ! -e x.new ]
report $? 'nothing was written'
try "$dump" -E -f elf c.core
one_line 'kjump-dump: -E: only the size of a kdump can be told' '-f elf: one line'
head -c 5000 /dev/zero >zeros
try "$dump" -E zeros
status_is 65 'no core: status'
try "$dump" -E not-there
status_is 66 'no file: status'

done_testing
