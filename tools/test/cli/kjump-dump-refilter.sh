#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Dumps as sources: ours and makedumpfile's, plain and flattened, filtered once more and packed in another way; damaged
# ones. An oracle that is not our code and makedumpfile judge.
# shellcheck source=tools/test/cli/lib.sh
. "${0%/*}/lib.sh"

gen=$KJ_TOP/tools/test/gen
dump=$KJ_BIN/kjump-dump
ram=1000-9f000,1000000-1800000,4000000-4130000
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
	"$gen/kjkdump.py" --truth "$core.mem" --core "$core.core" --ram "$ram" "$@" >judge.out 2>&1
	report $? "$name" "$(tail -n 1 judge.out)"
}

make_core k --seed 2 --window 1000-9f000,1000000-1200000
make_core c --seed 3 --kind crash

# --- ours, of a jump and of a crash: first everything, then less, in another codec and format
for s in k c; do
	try "$dump" -q -f kdump -d 0 -c zlib -o $s.kd $s.core
	status_is 0 "$s: everything"
	try "$dump" -q -f kdump -d 31 -c lzo -o $s.31 $s.kd
	status_is 0 "$s: filtered again: status"
	judge "$s: filtered again: the oracle agrees" $s --left $s.left $s.31
	try "$dump" -q -f flat -d 16 -c zstd -o - $s.kd
	mv out $s.flat
	judge "$s: to a stream" $s --left $s.left --level 16 --unflatten $s.raw $s.flat
	try "$dump" -q -f kdump -d 1 -c none -o $s.17 $s.flat
	status_is 0 "$s: from a stream: status"
	judge "$s: from a stream: levels add up" $s --left $s.left --level 17 $s.17
	try "$dump" -q -f elf -o $s.elf $s.31
	status_is 0 "$s: to ELF: status"
	try "$dump" -q -f kdump -c lzo -d 31 -o $s.back $s.elf
	status_is 0 "$s: from that ELF: status"
done
"$KJ_SHIP/kjump-dump" -q -f kdump -d 31 -c zstd -o ship.31 k.flat
judge 'shipped build' k --left k.left ship.31

# --- what the dump lacks does not come back, and nobody takes it for an error
# makedumpfile finds the page tables by what the header says of where the kernel lies
cp c.kd p.kd
printf '\0\0\300\7' | dd of=p.kd bs=1 seek=4096 conv=notrunc 2>/dev/null
try "$dump" -q -f kdump -d 31 -c lzo -o p.31 p.kd
[ "$status" -eq 0 ] && cmp -s -i 4096 -n 8 p.kd p.31
report $? 'a dump of a dump says where the kernel lies' "$(cat err)"
rm -f p.kd p.31
try "$dump" -f kdump -d 0 -c lzo -o again c.31
status_is 0 'the same level again: status'
! grep -q 'not in it\|cannot be read' err
report $? 'what was left out is not missing' "$(cat err)"
judge 'the same level again: nothing is lost, the level stays' c --left c.left again

# --- makedumpfile's
if command -v makedumpfile >/dev/null; then
	for opt in -c -l -F; do
		rm -f m.kd
		if [ $opt = -F ]; then
			makedumpfile -F -l -d 0 c.core >m.kd 2>mdf.out
		else
			makedumpfile $opt -d 0 c.core m.kd >mdf.out 2>&1
		fi
		# shellcheck disable=SC2181 # of whichever it was
		if [ $? -eq 0 ]; then
			rm -f m.31
			try "$dump" -q -f kdump -d 31 -c lzo -o m.31 m.kd
			status_is 0 "makedumpfile $opt: status"
			judge "makedumpfile $opt: the oracle agrees" c --left c.left m.31
			try "$KJ_BIN/kjump-info" m.kd
			key_is STATE complete "makedumpfile $opt: kjump-info"
		else
			skip "makedumpfile $opt does not read our core: $(tail -n 1 mdf.out)"
		fi
	done
fi

# a stream of an ELF core
if command -v makedumpfile >/dev/null && makedumpfile -F -E -d 0 c.core >m.kd 2>mdf.out; then
	rm -f m.31
	try "$dump" -q -f kdump -o m.31 m.kd
	status_is 65 'makedumpfile -F -E: status'
	one_line 'kjump-dump: m.kd: kdump: a stream of an ELF core: make a file of it first, by makedumpfile -R' 'makedumpfile -F -E'
fi

# the pages that makedumpfile leaves out of the same dump are those that we leave out
if command -v makedumpfile >/dev/null && makedumpfile -l -d 31 c.kd m.again >mdf.out 2>&1; then
	at=$(od -An -tu4 -j432 -N4 c.31) n=$(od -An -tu4 -j436 -N4 c.31)
	for f in c.31 m.again; do
		dd if=$f of=$f.bits bs=4096 skip=$((at + 1)) count=$((n + 0)) 2>/dev/null
	done
	cmp c.31.bits m.again.bits >cmp.out 2>&1
	report $? 'the same pages as makedumpfile leaves out' "$(cat cmp.out)"
else
	skip 'no makedumpfile, or it does not read our dump'
fi

# --- ELF with pages left out: PT_LOADs of what is left, and as much to a pipe. Free memory in blocks, for there have
# to be gaps.
big=1000-9f000,1000000-3000000,4000000-4130000
# libkdumpfile's module belongs to the system's python
py=python3
/usr/bin/python3 -c 'import kdumpfile' 2>/dev/null && py=/usr/bin/python3
for kind in crash jump; do
	rm -f s.*
	"$gen/mkvmcore.py" --ram $big --window 1000-9f000,2000000-2080000 --free 90 --noise 3 --seed 5 --kind $kind \
		--left-all s.left --truth s.mem s.core
	report $? "sparse, $kind: a core"
	try "$dump" -q -f elf -d 16 -o s.elf s.core
	status_is 0 "sparse, $kind: status"
	$py "$gen/kjelf.py" --truth s.mem --core s.core --ram $big --left s.left s.elf >judge.out 2>&1
	report $? "sparse, $kind: the oracle agrees" "$(tail -n 1 judge.out)"
	case $(cat judge.out) in
	*'no libkdumpfile'*) skip 'libkdumpfile is not installed' ;;
	*) grep -q 'libkdumpfile agrees' judge.out; report $? "sparse, $kind: libkdumpfile agrees" ;;
	esac
	try "$dump" -q -f elf -d 16 -o - s.core
	cmp out s.elf >cmp.out 2>&1
	report $? "sparse, $kind: the same on standard output" "$(cat cmp.out)"
	try "$dump" -q -f kdump -c lzo -d 0 -o s.kd s.elf
	status_is 0 "sparse, $kind: is a source: status"
	# of a kdump, which does not say where the direct map is
	try "$dump" -q -f kdump -c lzo -d 16 -o s.16 s.core
	try "$dump" -q -f elf -o s.16.elf s.16
	status_is 0 "sparse, $kind, of a kdump: status"
	$py "$gen/kjelf.py" --truth s.mem --core s.core --ram $big --left s.left s.16.elf >judge.out 2>&1
	report $? "sparse, $kind, of a kdump: the oracle agrees" "$(tail -n 1 judge.out)"
	try "$KJ_BIN/kjump-info" s.elf
	key_is VIEW logical "sparse, $kind: the view"
done

# --- what makedumpfile has erased: a text behind all pages, in its ELF cores and in ours a note
# erased FILE: that text
erased() {
	dd if="$1" bs=1 skip="$(od -An -tu8 -j4160 -N8 "$1" | tr -d ' ')" count="$(od -An -tu8 -j4168 -N8 "$1" | tr -d ' ')" \
		2>/dev/null
}
# erase FILE TEXT: make it be there
erase() {
	python3 -S -c 'import struct, sys
with open(sys.argv[1], "r+b") as f:
    end = f.seek(0, 2)
    f.write(sys.argv[2].encode())
    f.seek(4160)
    f.write(struct.pack("<QQ", end, len(sys.argv[2])))' "$1" "$2"
}
# same_text NAME FILE TEXT
same_text() {
	erased "$2" >got
	printf '%s' "$3" | cmp - got >cmp.out 2>&1
	report $? "$1" "$(cat cmp.out)"
}
text='erase jprobe_ops.key size 16
erase vm_list nullify
' more='erase tty_buffer size 4096
'
cp c.kd e.kd
erase e.kd "$text"
try "$dump" -q -f kdump -d 31 -c lzo -o e.31 e.kd
status_is 0 'erased: status'
same_text 'erased: the dump says what' e.31 "$text"
judge 'erased: the oracle agrees' c --left c.left --erased "$text" e.31
rm -f s.elf
try "$dump" -q -f elf -o s.elf e.31
try "$dump" -q -f kdump -c lzo -o e.back s.elf
same_text 'erased: to ELF and back' e.back "$text"
try "$dump" -q -f flat -c lzo -o - e.back
mv out e.flat
try "$dump" -q -f kdump -c lzo -o e.again e.flat
same_text 'erased: to a stream and back' e.again "$text"
cmp -n 4096 -i 4096 e.back e.again >cmp.out 2>&1
report $? 'erased: one note of it' "$(cat cmp.out)"
if command -v makedumpfile >/dev/null && makedumpfile -l -d 31 e.31 e.mdf >mdf.out 2>&1; then
	same_text 'erased: makedumpfile finds it in ours' e.mdf "$text"
	erase e.mdf "$text$more"
	rm -f e.more
	try "$dump" -q -f kdump -c lzo -o e.more e.mdf
	same_text 'erased: more since then' e.more "$text$more"
	try "$KJ_BIN/kjump-info" e.more
	key_is ERASED_BYTES $((${#text} + ${#more})) 'erased: kjump-info'
else
	skip 'no makedumpfile, or it does not read our dump'
fi
size=$(stat -c %s e.kd)
head -c $((size - 1)) e.kd >cut.kd
rm -f cut.out
try "$dump" -q -f kdump -c lzo -o cut.out cut.kd
status_is 0 'erased, cut there: status'
one_line 'kjump-dump: cut.kd: the list of what was erased cannot be read, and is not kept' 'erased, cut there'
same_text 'erased, cut there: the dump says nothing' cut.out ''
cp c.kd long.kd
printf '\0\0\0\0\1\0\0\0\1\0\020\0\0\0\0\0' | dd of=long.kd bs=1 seek=4160 conv=notrunc 2>/dev/null
rm -f cut.out
try "$dump" -q -f kdump -c lzo -o cut.out long.kd
status_is 0 'erased, too much: status'
one_line 'kjump-dump: long.kd: the list of what was erased is too long, and not kept' 'erased, too much'
rm -f e.* cut.kd cut.out long.kd

# --- damaged
size=$(stat -c %s c.31)
head -c $((size - 400000)) c.31 >cut.31
try "$dump" -f kdump -c lzo -o cut.out cut.31
status_is 0 'cut in its pages: status'
grep -q 'cut.31: [0-9]* pages cannot be read, the first is page 0x' err
report $? 'cut in its pages: said so' "$(cat err)"
judge 'cut in its pages: the others are right' c --left c.left --lost 100000 --status 0 cut.out
size=$(stat -c %s c.flat)
head -c $((size / 2)) c.flat >half.flat
rm -f half.out
try "$dump" -q -f kdump -c lzo -o half.out half.flat
case $status in
0 | 65) report 0 'half a stream' ;;
*) report 1 'half a stream' "$status $(cat err)" ;;
esac
# bytes FILE OFFSET BYTES WHY
bytes() {
	cp c.31 bad.31
	printf '%b' "$2" | dd of=bad.31 bs=1 seek="$1" conv=notrunc 2>/dev/null
	rm -f bad.out
	try "$dump" -q -f kdump -o bad.out bad.31
	status_is 65 "$3: status"
	one_line "kjump-dump: bad.31: kdump: $4" "$3"
	[ ! -e bad.out ]
	report $? "$3: no output is made"
}
bytes 428 '\0000\0100\0000\0000' 'blocks of 16 KiB' 'not supported'
bytes 4108 '\0001\0000\0000\0000' 'a part of a split dump' 'a part of a split dump: reassemble it first'
bytes 8 '\0011\0000\0000\0000' 'version 9' '*version*'
# shellcheck disable=SC2046 # two words
set -- $(od -An -tu4 -j432 -N8 c.31)
bytes $(((1 + $1 + $2) * 4096 + 12)) '\0200' 'a codec that nobody knows' 'unknown compression'
try "$dump" -q -f kdump -d 0 -c none -w 1 -o stored.kd c.core
cp c.31 kept.31
mv stored.kd c.31
bytes $(((1 + $1 + $2) * 4096 + 24 * 700 + 12)) '\0200' 'a codec that nobody knows, behind stored pages' 'unknown compression'
mv kept.31 c.31
bytes 4192 '\0000\0000\0000\0000\0000\0001\0000\0000' 'more pages than bits' 'malformed'
head -c 12000 c.31 >cut.31
try "$dump" -q -f kdump -o bad.out cut.31
status_is 65 'cut in its bitmaps: status'
one_line 'kjump-dump: cut.31: kdump: *' 'cut in its bitmaps'
head -c 4200 c.flat >cut.flat
try "$dump" -q -f kdump -o bad.out cut.flat
status_is 65 'a stream cut in its headers: status'
one_line 'kjump-dump: cut.flat: kdump: headers are cut' 'a stream cut in its headers'

# --- the log, and what cannot be made of a dump
try "$KJ_BIN/kjump-dmesg" c.31
status_is 1 'kjump-dmesg reads a kdump (and this one has no log)'
try "$dump" -q -f image -o x.img k.kd
status_is 65 'no image of a dump: status'
one_line 'kjump-dump: k.kd: *' 'no image of a dump'
done_testing
