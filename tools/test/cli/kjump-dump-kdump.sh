#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# kjump-dump's kdump and flattened formats on synthetic cores, read by an oracle that is not our
# code; full disks, dead workers, signals.
# shellcheck source=tools/test/cli/lib.sh
. "${0%/*}/lib.sh"

gen=$KJ_TOP/tools/test/gen
dump=$KJ_BIN/kjump-dump
ram=1000-9f000,100000-2100000,4000000-4830000
cd "$KJ_TMP" || exit 70

if ! command -v python3 >/dev/null; then
	skip 'python3 is not installed: nothing can judge a dump'
	done_testing
fi

make_core() {
	local name="$1"
	shift
	"$gen/mkvmcore.py" --ram "$ram" --left-all "$name.left" --truth "$name.mem" "$@" "$name.core"
}

# judge NAME CORE ARGS... DUMP
judge() {
	local name="$1" core="$2"
	shift 2
	"$gen/kjkdump.py" --truth "$core.mem" --core "$core.core" --ram "$ram" --left "$core.left" "$@" \
		>judge.out 2>&1
	report $? "$name" "$(tail -n 1 judge.out)"
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

make_core a --seed 1
make_core k --seed 2 --window 1000-9f000,1000000-1800000
make_core c --seed 3 --kind crash

kdump 'a jump' a "$dump"
kdump 'kernel and struct pages in the window' k "$dump"
kdump 'a crash' c "$dump"
kdump 'lzo, one worker' c "$dump" -c lzo -w 1
kdump 'more workers than sections, zstd -7' a "$dump" -w 7 -c zstd -l -7
for codec in none zlib lzo zstd; do
	kdump "$codec, shipped build" c "$KJ_SHIP/kjump-dump" -c $codec
done
mode=$(stat -c %a x.kd)
[ "$mode" = 600 ]
report $? 'a kdump is 0600' "$mode"
try "$dump" -q -f kdump -d 16 -s stats -o y.kd c.core
judge 'free pages alone left out' c --level 16 y.kd
cp stats out
key_is CODEC zstd 'stats: codec'
key_is BYTES "$(stat -c %s y.kd)" 'stats: bytes'
key_is PAGES_FREE "$(wc -l <c.left | tr -d ' ')" 'stats: pages left out'
try "$dump" -q -f kdump -d 0 -o z.kd c.core
"$gen/kjkdump.py" --truth c.mem --core c.core --ram "$ram" --level 0 z.kd >judge.out 2>&1
report $? 'level 0' "$(cat judge.out)"
if command -v file >/dev/null; then
	case $(file x.kd) in
	*'Kdump compressed dump v6, system Linux,'*) report 0 'file(1) knows it' ;;
	*) report 1 'file(1) knows it' "$(file x.kd)" ;;
	esac
fi

# --- the oracle itself sees a wrong byte
for off in 0 417 4200 8200 13000; do
	cp x.kd bad.kd
	printf '\377\376\375' | dd of=bad.kd bs=1 seek=$off conv=notrunc 2>/dev/null
	if "$gen/kjkdump.py" --truth c.mem --core c.core --ram "$ram" --left c.left bad.kd >/dev/null 2>&1; then
		report 1 "the oracle sees a change at $off"
	else
		report 0 "the oracle sees a change at $off"
	fi
done

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
[ $((ram_pages - pages)) -eq "$(wc -l <c.left)" ]
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
(ulimit -f 16384; exec "$dump" -q -f kdump -c none -o full.kd c.core) >out 2>err </dev/null
status=$?
tried='full disk'
status_is 73 'full disk: status'
one_line '*full.kd: target full: * of * pages saved, the dump is incomplete' 'full disk: why'
judge 'full disk: what is there is right' c --lost 100000 full.kd
saved=$(sed -n 's/.*target full: \([0-9]*\) of.*/\1/p' err)
try "$info" full.kd
key_is STATE incomplete 'full disk: info says so'
[ "${saved:-0}" -gt 100 ]
report $? 'full disk: something is there' "$saved"

# --- workers that die, and signals. A stopped worker holds the dump where we want it.
start() {
	local i=0
	"$@" 2>err >out </dev/null &
	pid=$!
	child=
	while [ -z "$child" ] && [ $i -lt 3000 ] && kill -0 "$pid" 2>/dev/null; do
		child=$(cat "/proc/$pid/task/$pid/children" 2>/dev/null)
		i=$((i + 1))
	done
	# shellcheck disable=SC2086 # a list of processes
	[ -n "$child" ] && kill -STOP $child 2>/dev/null
}

finish() {
	status=0
	wait "$pid" || status=$?
}

seen=1 try=0
while [ $seen -ne 0 ] && [ $try -lt 10 ]; do
	try=$((try + 1))
	rm -f dead.kd
	start "$dump" -q -f kdump -c zlib -l 9 -w 2 -o dead.kd c.core
	tried='worker killed'
	# shellcheck disable=SC2086
	kill -KILL ${child%% *} 2>/dev/null
	# shellcheck disable=SC2086
	kill -CONT $child 2>/dev/null
	finish
	[ $status -eq 0 ] || break
	grep -q 'a worker died of signal 9, once more with one worker' err
	seen=$?
done
status_is 0 'worker killed: status'
report $seen 'worker killed: said so' "$(cat err)"
judge 'worker killed: the dump is whole' c dead.kd
start "$dump" -q -f kdump -c zlib -l 9 -w 2 -o int.kd c.core
tried=SIGTERM
kill -TERM "$pid"
# shellcheck disable=SC2086
kill -CONT $child 2>/dev/null
finish
status_is 75 'SIGTERM: status'
grep -q 'int.kd: interrupted' err
report $? 'SIGTERM: said so' "$(cat err)"
[ "$(od -An -tu4 -j424 -N4 int.kd | tr -d ' ')" = 8 ] || [ "$(od -An -tu4 -j424 -N4 int.kd | tr -d ' ')" = 9 ]
report $? 'SIGTERM: marked as incomplete'
done_testing
