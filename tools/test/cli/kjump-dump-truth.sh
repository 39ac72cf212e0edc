#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What kjump-dump makes of sources that are damaged: one clear line and the right status, or a raw dump where the kernel
# that crashed is not understood; full targets and their second try; what --stats says.
# shellcheck source=tools/test/cli/lib.sh
. "${0%/*}/lib.sh"

gen=$KJ_TOP/tools/test/gen
dump=$KJ_BIN/kjump-dump
ram=1000-9f000,1000000-1400000,4000000-4130000
cd "$KJ_TMP" || exit 70

if ! command -v python3 >/dev/null; then
	skip 'python3 is not installed: nothing can make a core'
	done_testing
fi
"$gen/mkvmcore.py" --ram "$ram" --seed 3 --kind crash --left-all c.left --truth c.mem c.core
"$gen/mkvmcore.py" --ram "$ram" --seed 4 --window 1000-9f000,1000000-1100000 j.core

# poke FILE OFFSET BYTES: BYTES as printf %b has them
poke() {
	printf '%b' "$3" | dd of="$1" bs=1 seek="$2" conv=notrunc 2>/dev/null
}

# --- raw fallback: everything is kept, one line says why, status 0
# raw NAME LINE: raw.core is dumped in all formats
raw() {
	for f in kdump elf; do
		rm -f raw.out
		try "$dump" -q -f $f -d 31 -s stats -o raw.out raw.core
		status_is 0 "$1: $f: status"
		one_line "kjump-dump: raw.core: $2" "$1: $f: one line"
	done
	rm -f raw.out
	try "$dump" -q -f kdump -c lzo -d 31 -s stats -o raw.out raw.core
	"$gen/kjkdump.py" --truth c.mem --core "raw.core" --raw --ram "$ram" raw.out >judge.out 2>&1
	report $? "$1: every page is there" "$(cat judge.out)"
	cp stats out
	key_is PAGES_FREE 0 "$1: nothing is left out"
}
LC_ALL=C sed 's/VMCOREINFO/VMCOREJNFO/' c.core >raw.core
raw 'no VMCOREINFO' 'no VMCOREINFO, all pages kept'
LC_ALL=C sed 's/^SYMBOL(mem_section)=/SYMBOL(mem_sectioX)=/' c.core >raw.core
raw 'VMCOREINFO without a symbol' 'memory sections: * all pages kept'
LC_ALL=C sed 's/^NUMBER(phys_base)=./NUMBER(phys_base)=x/; s/^SIZE(page)=./SIZE(page)=#/' c.core >raw.core
raw 'VMCOREINFO with rubbish for numbers' '* all pages kept'
cp c.core raw.core
notes=$(od -An -tu8 -j72 -N8 c.core | tr -d ' ')
poke raw.core $((notes + 4)) '\0377\0377\0377\0177'
raw 'a note that does not end' 'notes: truncated: no VMCOREINFO, all pages kept'
cp raw.core bad.core
try "$KJ_BIN/kjump-dmesg" bad.core
status_is 65 'kjump-dmesg needs notes: status'
one_line 'kjump-dmesg: bad.core: notes: truncated' 'kjump-dmesg needs notes'

# --- cores that lie
# lie NAME STATUS LINE: bad.core, for every program that reads cores
lie() {
	rm -f bad.out
	for f in kdump elf image; do
		try "$dump" -q -f $f -o bad.out bad.core
		status_is "$2" "$1: $f: status"
		one_line "kjump-dump: bad.core: $3" "$1: $f"
		[ ! -e bad.out ]
		report $? "$1: $f: no output is made"
	done
	try "$KJ_BIN/kjump-dmesg" bad.core
	status_is "$2" "$1: kjump-dmesg: status"
	one_line "kjump-dmesg: bad.core: $3" "$1: kjump-dmesg"
	try "$KJ_BIN/kjump-info" bad.core
	[ "$status" -eq "$2" ] || [ "$status" -eq 1 ]
	report $? "$1: kjump-info: status" "$status"
}
head -c 100000 c.core >bad.core
lie 'truncated' 65 'program headers: truncated'
head -c 100 c.core >bad.core
lie 'cut in its headers' 65 'program headers: *'
cp c.core bad.core
poke bad.core 128 '\0000\0000\0000\0000\0000\0000\0000\0377'
lie 'an offset that cannot be' 65 'program headers: *range*'
cp c.core bad.core
poke bad.core 152 '\0000\0000\0000\0377\0000\0000\0000\0000'
lie 'a size behind the end' 65 'program headers: *'
cp c.core bad.core
dd if=c.core of=bad.core bs=1 skip=144 seek=200 count=8 conv=notrunc 2>/dev/null
lie 'PT_LOADs that overlap' 65 'program headers: *overlap*'
cp c.core bad.core
poke bad.core 18 '\0003\0000'
lie 'a core of another machine' 65 'no ELF64 x86-64 core'
head -c 5000 /dev/zero >bad.core
lie 'zeros' 65 'no ELF64 x86-64 core'
: >bad.core
lie 'an empty file' 65 'no ELF64 x86-64 core'
rm -f bad.core
lie 'no file' 66 'No such file or directory'

# --- a core that was never finished: what it lacks are zeros in it, and nobody is to take them for those of the kernel
cp c.core half.core
poke half.core 48 '\0001'
try "$KJ_BIN/kjump-info" half.core
key_is STATE incomplete 'a half core: kjump-info'
for f in kdump elf; do
	rm -f half.out
	try "$dump" -q -f $f -o half.out half.core
	status_is 0 "a half core: $f: status"
	one_line 'kjump-dump: half.core: is incomplete: zeros in it may be pages that it lacks' "a half core: $f"
	try "$KJ_BIN/kjump-info" half.out
	key_is STATE incomplete "a half core: $f: is incomplete, too"
done
try sh -c "'$dump' -q -f elf -o - half.core >half.out"
try "$KJ_BIN/kjump-info" half.out
key_is STATE incomplete 'a half core: as a stream'
try "$KJ_BIN/kjump-info" c.core
key_is STATE '' 'a whole core: kjump-info'

# --- targets
try "$dump" -q -f kdump -o /nonexistent/x c.core
status_is 73 'no such directory: status'
one_line 'kjump-dump: /nonexistent/x: *' 'no such directory'
: >there
try "$dump" -q -f kdump -o there c.core
status_is 73 'a file that exists: status'
one_line 'kjump-dump: there: File exists' 'a file that exists'
if [ -c /dev/full ]; then
	status=0
	"$dump" -q -f flat -o - c.core >/dev/full 2>err </dev/null || status=$?
	: >out
	tried='stream to /dev/full'
	status_is 73 'a stream to a full disk: status'
	one_line 'kjump-dump: standard output: target too small: *' 'a stream to a full disk'
fi

# shellcheck disable=SC2016 # for that shell
small='mount -t tmpfs -o size=3m none full || exit 99; "$@"; s=$?; cp full/x x.elf; exit $s'
mkdir full
if unshare -rm sh -c 'mount -t tmpfs none full' 2>/dev/null; then
	try unshare -rm sh -c "$small" sh "$dump" -q -f elf -o full/x c.core
	status_is 73 'a full disk, ELF: status'
	one_line 'kjump-dump: full/x: target full: * of 5 MiB done, the dump is incomplete' 'a full disk, ELF'
	try "$KJ_BIN/kjump-info" x.elf
	key_is STATE incomplete 'a full disk, ELF: it is marked'
else
	skip 'no mount name space'
fi

# --- a full target and its second try
# full ARGS...: less room than for everything, more than for what -d 31 keeps
full() {
	rm -f full.kd
	status=0
	(ulimit -f 8192; exec "$dump" -q -f kdump -c none -s stats -o full.kd "$@" c.core) >out 2>err </dev/null ||
		status=$?
	tried="full $*"
}
full -d 0
status_is 73 'full: status'
# with two workers chance says whether all of the kernel's pages are among them
one_line 'kjump-dump: full.kd: target full: * of * pages saved*, the dump is incomplete' 'full: why'
full -d 0 -r 31
status_is 0 'full, once more with -d 31: status'
one_line 'kjump-dump: full.kd: target full: * incomplete: once more with filter 31' 'full, once more: said so'
"$gen/kjkdump.py" --truth c.mem --core c.core --ram "$ram" --left c.left full.kd >judge.out 2>&1
report $? 'full, once more: the oracle agrees' "$(cat judge.out)"
cp stats out
key_is FILTER 31 'stats: filter'
key_is FORMAT kdump 'stats: format'
for k in CLASS_SEEN CLASS_FREE CLASS_OFFLINE CLASS_USER MS_CLASSIFY MS_COPY PEAK_KIB PEAK_KIB_WORKER PAGES_LOST; do
	[ "$(grep -c "^$k=[0-9]*$" stats)" -eq 1 ]
	report $? "stats: $k" "$(cat stats)"
done
full -d 0 -r 1
status_is 73 'a second try that is no less: status'
[ "$(wc -l <err)" -eq 2 ]
report $? 'a second try that is no less: two lines' "$(cat err)"
for args in '-f image -r 31 -o y' '-f flat -r 31 -o -' '-f kdump -r 32 -o y' '-f kdump -d 31 -r 1 -o y'; do
	# shellcheck disable=SC2086 # words are wanted
	try "$dump" $args
	status_is 64 "usage: $args"
done
done_testing
