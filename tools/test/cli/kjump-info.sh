#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# TAP: kjump-info on cores, images and targets that the amem unit test writes; every exit status, and eu-readelf as
# judge of the notes.
set -u
. "${0%/*}/lib.sh"

info=$KJ_BIN/kjump-info
d=$KJ_TMP/gen
mkdir -p "$d"
"$KJ_BIN/unit/amem" --gen "$d"
ok 'sample files'

keys() { # NAME KEY=VALUE...: stdout has each of these lines once
	local what="$1" kv bad=
	shift
	for kv; do
		[ "$(grep -cxF -e "$kv" "$KJ_TMP/out")" -eq 1 ] || bad="$bad $kv"
	done
	[ -z "$bad" ]
	report $? "$what" "missing:$bad
$(cat "$KJ_TMP/out")"
}

# ---- a jump ----
try "$info" "$d/jump"
status_is 0 'a core after a jump'
keys 'its facts' KIND=elf RE=0x1101a5 WINDOW=0x1000-0x11000,0x200000-0x240000 \
	RAM=0x1000-0x9f000,0x100000-0x400000 JOB_PA=0x120000 MBOX_PA=0x121000 VENDOR=GenuineIntel \
	BUILD_ID=bdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbdbd BOOT_ID=b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0 \
	E820_CRC=0xdeadbeef PHYSPAGES=1000 CPU_SIG=0x0 LA57=0 PAGE_OFFSET=0xffff888000000000 CORE_PA=0x2000 \
	NOTES=6 FOREIGN=0 PRSTATUS=0 VMCOREINFO=yes OSRELEASE=6.12.90-kj CRASHTIME=1700000000 \
	VIEW=physical MAP_PAGES=80 MAP_FREE=10 MAP_FROM=control-page
! grep -q '^MAP_HEAD=' "$KJ_TMP/out"
ok 'no note about its map'
key_is RELEASE 6.12.90-kj_reboot_ 'backquotes do not reach the shell'
! grep -q '^JOB=' "$KJ_TMP/out"
ok 'no job without -j'
! grep -qvE '^[A-Z0-9_]+=' "$KJ_TMP/out"
ok 'nothing but KEY=value'
try "$info" "$d/jumpnote"
status_is 0 'a core of a kernel that publishes its map'
keys 'its map' MAP_HEAD=0x113002 MAP_TABLE=0x111000 MAP_SWAP=0x112000 MAP_CR4=0x1020 NOTES=7 FOREIGN=0 MAP_PAGES=80 \
	MAP_FREE=10 MAP_FROM=note
try "$info" "$d/jumppages"
status_is 0 'a core of a kernel that hands over its map'
keys 'that map' NOTES=7 MAP_PAGES=80 MAP_FREE=10 MAP_FROM=pages
try "$info" "$d/jumplie"
status_is 0 'a core of a kernel that publishes a wrong one'
keys 'the control page has the right one' NOTES=7 MAP_PAGES=80 MAP_FREE=10 MAP_FROM=control-page
try "$info" -j "$d/jump"
status_is 0 'with its job'
keys 'the job' JOB=armed JOB_MODE=hibernate JOB_ID=1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d JOB_FORMAT=image \
	JOB_CODEC=zstd JOB_LEVEL=-3 JOB_WORKERS=0 JOB_DEADLINE=600 JOB_LABEL=00000000000000000000000000000000 \
	JOB_FLAGS=0
try "$info" --job "$d/badjob"
status_is 0 'a job block that was changed'
keys 'is bad' JOB=bad 'JOB_REASON=checksum mismatch'
try "$info" -j "$d/unarmed"
keys 'a job that is not armed' JOB=none 'JOB_REASON=not armed'
try "$info" -j "$d/nojob"
keys 'no job page' JOB=none JOB_PA=0x0
try "$info" "$d/badmap"
status_is 65 'a map that is none'
keys 'still says where A waits' RE=0x1101a5 KIND=elf
[ "$(cat "$KJ_TMP/err")" = "kjump-info: $d/badmap: backup pages map of control page 0x110000: malformed" ]
ok 'and what is wrong' "$(cat "$KJ_TMP/err")"
try "$info" "$d/badnotes"
status_is 65 'garbage notes'
[ "$(cat "$KJ_TMP/err")" = "kjump-info: $d/badnotes: notes: truncated" ]
ok 'one clear line' "$(cat "$KJ_TMP/err")"

# ---- other cores ----
try "$info" -j "$d/logical"
status_is 0 'a dump in ELF format'
keys 'needs no map' VIEW=logical JOB=armed RE=0x1101a5
try "$info" -j "$d/crash"
status_is 0 'a crash without notes of ours'
keys 'its facts' KIND=elf NOTES=0 PRSTATUS=2 VMCOREINFO=yes OSRELEASE=6.12.90-kj JOB=none
! grep -q '^RE=' "$KJ_TMP/out"
ok 'no re-entry address'
try "$info" "$d/headers"
status_is 65 'a core that ends behind its headers'

# ---- image, label ----
try "$info" "$d/image"
status_is 0 'an image'
keys 'its header' KIND=image STATE=loading LOADS=1 ID=1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d CREATED=1700000000 \
	SAVED=1700000005 'SAVED_AT=2023-11-14 22:13:25 UTC' DATA_PAGES=0 ZERO_PAGES=0 CODEC=lz4 RELEASE=6.12.90-kj RE=0x1101a5
try "$info" -l "$d/image"
status_is 1 'an image in a file has no label'
key_is KIND none 'says so'
try "$info" "$d/badimage"
status_is 65 'an image with a flipped bit'
one_line "kjump-info: */badimage: image header: checksum mismatch" 'is one line'
try "$info" "$d/badstate"
status_is 65 'a state block with a flipped bit'
one_line "kjump-info: */badstate: image state: checksum mismatch" 'is one line'
try "$info" "$d/cutstate"
status_is 65 'an image cut in its state block'
try "$info" "$d/nothing"
status_is 1 'zeros'
key_is KIND none 'are nothing of ours'
try "$info" "$d/label"
status_is 0 'a target without image'
keys 'its label' KIND=label LABEL_UUID=abababababababababababababababab DEV_SIZE=1048576 REC_STATE=none
try "$info" -l "$d/record"
status_is 0 'a target with a record'
keys 'the record' REC_STATE=pending REC_MODE=snapshot REC_TIME=1700000001 REC_RESULT=0
key_is REC_TEXT 'it_s _HOME __x_____ end' 'quotes, dollar and bytes do not reach the shell'
try "$info" -l "$d/badrecord"
status_is 0 'a damaged record'
key_is REC_STATE bad 'is bad, the label is good'
try "$info" -l "$d/badlabel"
status_is 65 'a damaged label'
one_line "kjump-info: */badlabel: label: checksum mismatch" 'is one line'
try "$info" "$d/othersize"
status_is 65 "another device's label"
one_line "kjump-info: */othersize: label: of a device of 1048577 bytes, this one has 1048576" 'is one line'

# ---- does a boot have to look at it? ----
for f in image badimage badstate cutstate record badlabel; do
	try "$info" -w "$d/$f"
	status_is 0 "-w: $f: it has to"
	[ ! -s "$KJ_TMP/out" ] && [ ! -s "$KJ_TMP/err" ]
	ok "-w: $f: not a word"
done
for f in nothing label; do
	try "$info" --waits "$d/$f"
	status_is 1 "-w: $f: no need"
done
head -c 4096 "$d/label" >"$d/short"
try "$info" -w "$d/short"
status_is 1 '-w: one block: no need'
try "$info" -w "$d/gone"
status_is 66 '-w: not there'
one_line "kjump-info: $d/gone: *" '-w: one line'
try "$info" -w -l "$d/label"
status_is 64 'waits and label'

# ---- not ours, not there ----
for f in /dev/null "$d" "$d/gone"; do
	try "$info" "$f"
	status_is 66 "$f"
	one_line "kjump-info: $f: *" "$f: one line"
done
: >"$d/empty"
try "$info" "$d/empty"
status_is 1 'an empty file'
try "$info" "$info"
status_is 1 'a program'
dd if=/dev/urandom of="$d/random" bs=4096 count=4 2>/dev/null
try "$info" "$d/random"
status_is 1 'garbage'
try "$info"
status_is 64 'no file'
try "$info" -j -l "$d/jump"
status_is 64 'job and label'
try "$info" "$d/jump" "$d/crash"
status_is 64 'two files'
try "$info" --help
status_is 0 'help'
[ "$(wc -l <"$KJ_TMP/out")" -le 24 ] && [ ! -s "$KJ_TMP/err" ]
ok 'fits on a screen'
if [ -c /dev/full ]; then
	"$info" "$d/jump" >/dev/full 2>/dev/null
	[ $? -eq 74 ]
	ok 'a full stdout is an error'
else
	skip 'no /dev/full'
fi

# ---- the shipped program says the same ----
if [ -x "$KJ_SHIP/kjump-info" ]; then
	for f in jump logical crash image record; do
		"$info" "$d/$f" >"$KJ_TMP/a" 2>&1
		"$KJ_SHIP/kjump-info" "$d/$f" >"$KJ_TMP/b" 2>&1
		cmp -s "$KJ_TMP/a" "$KJ_TMP/b"
		ok "shipped: $f" "$(diff "$KJ_TMP/a" "$KJ_TMP/b" | head -5)"
	done
else
	skip 'kjump-info is not built with klibc'
fi

# ---- foreign readers ----
if command -v eu-readelf >/dev/null; then
	try eu-readelf -n "$d/jump"
	status_is 0 'eu-readelf takes the notes'
	[ "$(grep -c '^  KJUMP ' "$KJ_TMP/out")" -eq 6 ] && grep -q '^  VMCOREINFO  *66 ' "$KJ_TMP/out"
	ok 'and lists all of them' "$(cat "$KJ_TMP/out")"
	! grep -qE 'KJUMP.*(PRSTATUS|PRPSINFO|TASKSTRUCT)' "$KJ_TMP/out"
	ok 'none as a type of the kernel'
	try eu-readelf -l "$d/jump"
	status_is 0 'eu-readelf takes the program headers'
else
	skip 'eu-readelf is not installed'
fi
done_testing
