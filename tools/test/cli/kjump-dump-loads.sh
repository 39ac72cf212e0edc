#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# ELF cores with very many PT_LOADs, as makedumpfile -E makes them of a large machine.
# shellcheck source=tools/test/cli/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=tools/test/cli/lib-dump.sh
. "${0%/*}/lib-dump.sh"

make_core c --seed 3 --kind crash
try "$dump" -q -f kdump -c lzo -w 1 -d 31 -o c.kd c.core
status_is 0 'a core in a few pieces'
pages=$("$KJ_BIN/kjump-info" c.kd | sed -n 's/^PAGES=//p')

# --- one for each page, in no order: more than there was room for once
"$gen/kjloads.py" c.core many.core
report $? 'the same core, a PT_LOAD for each page'
try "$dump" -q -f kdump -c lzo -w 1 -d 31 -o many.kd many.core
status_is 0 'many loads: status'
cmp -i 4096 c.kd many.kd >cmp.out 2>&1
report $? 'many loads: the same dump' "$(cat cmp.out)"
judge_by 'many loads: the oracle agrees' kjkdump.py --truth c.mem --core c.core --ram "$ram" --left c.all many.kd
try "$dump" -q -f elf -d 31 -o c.elf c.core
try "$dump" -q -f elf -d 31 -o many.elf many.core
status_is 0 'many loads, to ELF: status'
cmp c.elf many.elf >cmp.out 2>&1
report $? 'many loads, to ELF: the same core' "$(cat cmp.out)"

# --- more than the ELF header can say
"$gen/kjloads.py" --more 60000 c.core more.core
report $? 'with 60000 more'
try "$dump" -q -f kdump -c lzo -d 31 -o more.kd more.core
status_is 0 'more than 65535 loads: status'
try "$KJ_BIN/kjump-info" more.kd
key_is PAGES $((pages + 60000)) 'more than 65535 loads: all pages'

# --- lies
# refused NAME CORE PATTERN
refused() {
	rm -f lie.kd
	try "$dump" -q -f kdump -o lie.kd "$2"
	status_is 65 "$1: status"
	one_line "kjump-dump: $2: $3" "$1"
	[ ! -e lie.kd ]
	report $? "$1: no output is made"
}
"$gen/kjloads.py" --say 262145 c.core lie.core
refused 'more than we take' lie.core 'section header: over the limit'
head -c 300000 many.core >cut.core
refused 'cut in its headers' cut.core 'program headers: truncated'

done_testing
