#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# kjump-dump's kdump and flattened formats on synthetic cores, read by an oracle that is not our
# code; full disks, dead workers, signals.
# shellcheck source=tools/test/cli/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=tools/test/cli/lib-dump.sh
. "${0%/*}/lib-dump.sh"

# judge NAME CORE ARGS... DUMP
judge() {
	local name="$1" core="$2"
	shift 2
	judge_by "$name" kjkdump.py --truth "$core.mem" --core "$core.core" --ram "$ram" --left "$core.all" "$@"
}

# kdump NAME CORE ARGS...: x.kd of CORE.core, and the oracle's word
kdump() {
	local name="$1" core="$2"
	shift 2
	rm -f x.kd
	try "$@" -q -f kdump -o x.kd "$core.core"
	status_is 0 "$name: status"
	judge "$name: the oracle agrees" "$core" x.kd
}

make_cores

kdump 'a jump' a "$dump"
kdump 'kernel and struct pages in the window' k "$dump"
kdump 'a crash' c "$dump"
kdump 'lzo, one worker' c "$dump" -c lzo -w 1
kdump 'more workers than sections, zstd -7' a "$dump" -w 7 -c zstd -l -7
for codec in none zlib lzo zstd; do
	kdump "$codec, shipped build" c "$KJ_SHIP/kjump-dump" -c $codec
done
# what the caller has closed is no place for a dump: it would get the messages
for closed in '2>&-' '<&- 2>&-' '>&- 2>&-' '<&- >&- 2>&-'; do
	rm -f std.kd
	try sh -c "exec '$dump' -f kdump -o std.kd c.core $closed"
	status_is 0 "$closed: status"
	judge "$closed: the oracle agrees" c std.kd
done
try sh -c "exec '$dump' -q -f flat -o - c.core >&-"
status_is 74 'a stream to nowhere: status'
one_line 'kjump-dump: standard output: Bad file descriptor' 'a stream to nowhere'
mode=$(stat -c %a x.kd)
[ "$mode" = 600 ]
report $? 'a kdump is 0600' "$mode"
try "$dump" -q -f kdump -d 16 -s stats -o y.kd c.core
judge 'free pages alone left out' c --level 16 y.kd
cp stats out
key_is CODEC zstd 'stats: codec'
key_is BYTES "$(stat -c %s y.kd)" 'stats: bytes'
key_is PAGES_FREE "$(wc -l <c.all | tr -d ' ')" 'stats: pages left out'
for own in own.kd src.core; do
	rm -f own.kd
	cp c.core src.core
	try "$dump" -q -f kdump -s ./$own -o own.kd src.core
	status_is 73 "stats into $own: status"
	one_line "kjump-dump: ./$own: File exists" "stats into $own"
	cmp -s src.core c.core
	report $? "stats into $own: the source is as it was"
	judge "stats into $own: so is the dump" c own.kd
done
rm -f src.core
try sh -c "exec '$dump' -q -f kdump -s /dev/stdout -o own2.kd c.core"
key_is FORMAT kdump 'stats to a terminal or a pipe'
try "$dump" -q -f kdump -d 0 -o z.kd c.core
judge_by 'level 0' kjkdump.py --truth c.mem --core c.core --ram "$ram" --level 0 z.kd
if command -v file >/dev/null; then
	case $(file x.kd) in
	*'Kdump compressed dump v6, system Linux,'*) report 0 'file(1) knows it' ;;
	*) report 1 'file(1) knows it' "$(file x.kd)" ;;
	esac
fi

# --- the oracle itself sees a wrong byte
sees_changes x.kd kjkdump.py --truth c.mem --core c.core --ram "$ram" --left c.all -- 0 417 4200 8200 13000

# --- a stream
for bin in "$dump" "$KJ_SHIP/kjump-dump"; do
	try "$bin" -q -f flat -c lzo -o - k.core
	status_is 0 'stream: status'
	mv out x.flat
	judge 'stream: the oracle agrees' k --unflatten x.raw x.flat
done
if command -v makedumpfile >/dev/null; then
	makedumpfile -R back.kd <x.flat >/dev/null 2>&1
	judge 'makedumpfile -R makes the same file' k back.kd
fi
try sh -c "exec 3>&1; '$dump' -q -f flat -o - k.core | head -c 100000 >/dev/null"
grep -q 'standard output: Broken pipe' err
report $? 'nobody reads the stream: said so' "$(cat err)"

# --- what kjump-info says of them
info=$KJ_BIN/kjump-info
try "$info" y.kd
status_is 0 'info: status'
key_is KIND kdump 'info: kind'
key_is STATE complete 'info: state'
key_is FILTER 16 'info: filter'
key_is CODEC zstd 'info: codec'
key_is MACHINE x86_64 'info: machine'
key_is VMCOREINFO yes 'info: VMCOREINFO'
ram_pages=$(sed -n 's/^RAM_PAGES=//p' out) pages=$(sed -n 's/^PAGES=//p' out)
[ $((ram_pages - pages)) -eq "$(wc -l <c.all)" ]
report $? 'info: pages' "$ram_pages $pages"
try "$info" x.raw
cp out raw.info
try "$info" x.flat
status_is 0 'info of a stream: status'
key_is KIND flat 'info of a stream: kind'
key_is STATE complete 'info of a stream: state'
grep -v '^KIND\|^BYTES' raw.info >raw.keys
grep -v '^KIND\|^BYTES' out | cmp -s - raw.keys
report $? 'info of a stream: the same as of its file' "$(diff out raw.info)"
size=$(stat -c %s x.flat)
head -c $((size - 16)) x.flat >cut.flat
try "$info" cut.flat
key_is STATE incomplete 'info of a stream without end'
head -c 9000 x.flat >cut.flat
try "$info" cut.flat
status_is 65 'info of a stream cut in the headers: status'
head -c 20000 y.kd >cut.kd
try "$info" cut.kd
status_is 65 'info of a kdump cut: status'
one_line 'kjump-info: cut.kd: kdump: *' 'info of a kdump cut: why'

# --- ELF with pages left out: holes, which read as zeros
try "$dump" -q -f elf -d 16 -o e16.elf c.core
status_is 0 'elf, free pages left out: status'
try "$dump" -q -f elf -o e0.elf c.core
[ "$(stat -c %b e16.elf)" -lt "$(stat -c %b e0.elf)" ] && [ "$(stat -c %s e16.elf)" -le "$(stat -c %s e0.elf)" ]
report $? 'elf: fewer blocks, no larger' "$(stat -c %b e16.elf) $(stat -c %b e0.elf)"

# --- usage
for args in '-f kdump -o -' '-f flat -o y' '-f kdump -c lz4 -o y' '-f kdump -c lzo -l 1 -o y' \
	'-f kdump -d 32 -o y' '-f kdump -d -1 -o y' '-f image -d 31 -o y' '-f kdump -j'; do
	# shellcheck disable=SC2086 # words are wanted
	try "$dump" $args
	status_is 64 "usage: $args"
done

# --- a full disk: what fitted can be read
full_disk 16384 -f kdump -c none -o full.kd c.core
status_is 73 'full disk: status'
one_line '*full.kd: target full: * of * pages saved*, the dump is incomplete' 'full disk: why'
judge 'full disk: what is there is right' c --lost 100000 full.kd
saved=$(sed -n 's/.*target full: \([0-9]*\) of.*/\1/p' err) all=$(sed -n 's/.*full: [0-9]* of \([0-9]*\) .*/\1/p' err)
judge 'full disk: as many pages as it says' c --lost $((all - saved)) full.kd
try "$info" full.kd
key_is STATE incomplete 'full disk: info says so'
[ "${saved:-0}" -gt 100 ]
report $? 'full disk: something is there' "$saved"

# --- workers that die: the first pass has one worker, for there is one section; then there are two.
# The first write of the second pass is of pages, the next one of their descriptors; where a file can be
# written round the page cache, pages are no such write, and both are of descriptors.
for place in '--fork 1 --call 1' '--fork 1 --write 2' '--fork 2 --write 1' '--fork 2 --write 2'; do
	for bin in "$dump" "$KJ_SHIP/kjump-dump"; do
		rm -f dead.kd
		# shellcheck disable=SC2086 # words are wanted
		strike $place "$bin" -q -f kdump -w 2 -o dead.kd c.core
		died "worker killed at $place"
		judge "worker killed at $place: the dump is whole" c dead.kd
	done
done
strike --fork 2 --write 2 --twice "$dump" -q -f kdump -w 2 -o twice.kd c.core
status_is 71 'two workers killed: status'
grep -q 'twice.kd: a worker died of signal 9, twice' err
report $? 'two workers killed: said so' "$(cat err)"
try "$info" twice.kd
key_is STATE incomplete 'two workers killed: the dump is marked'
strike --fork 2 --write 2 --term "$dump" -q -f kdump -w 2 -o int.kd c.core
status_is 75 'SIGTERM: status'
one_line '*int.kd: interrupted' 'SIGTERM: said so'
try "$info" int.kd
key_is STATE incomplete 'SIGTERM: the dump is marked'
done_testing
