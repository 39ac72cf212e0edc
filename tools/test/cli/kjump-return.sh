#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# TAP: kjump-return, as B would run it, on a core and a file of memory, and as C would, on an
# image. The page must be A's, or nothing is written.
set -u
. "${0%/*}/lib.sh"

p=$KJ_BIN/kjump-return
d=$KJ_TMP/gen
mem=$KJ_TMP/mem
mkdir -p "$d"
"$KJ_BIN/unit/amem" --gen "$d" && "$KJ_BIN/unit/restore" --make-mem "$mem"
ok 'sample core and memory'
"$KJ_BIN/unit/restore" --make "$KJ_TMP/img" >/dev/null
ok 'sample image'
box=$((0x121000))

# field NAME FILE OFFSET BYTES WANT: a little-endian number in a mailbox page
field() {
	local got
	got=$(od -An -v -tu"$4" -j "$3" -N "$4" "$2" | tr -d ' ')
	[ "$got" = "$5" ]
	report $? "$1" "got $got, want $5"
}
text() { # FILE OFFSET: zero-terminated
	dd if="$1" bs=1 skip="$2" count=64 2>/dev/null | tr '\000' '\n' | head -n 1
}

# ---- usage ----
try "$p" -h
status_is 0 '-h'
for args in '' '-e s5 -C s5' '-C s5 x' '-e s5 -o x' '-o x y' '-C s5 -o x' '-e s5 a b' '-z' \
	'-C s5 -o x -t y z'; do
	# shellcheck disable=SC2086 # words
	try "$p" $args
	status_is 64 "usage: '$args'"
done
for args in '-e s3' '-C jump -o x y' '-e s5 -r 256' '-e s5 -r x' '-e s5 -b -1' '-e jump -S x'; do
	# shellcheck disable=SC2086 # words
	try "$p" $args
	status_is 64 "usage: '$args'"
	one_line "kjump-return: -*: not *" 'says what is wrong'
done

# ---- B ----
printf '%s\n' PAGES_DATA=11 PAGES_ZERO=12 PAGES_FREE=13 BYTES=4096 MS_SAVE=1234 >"$KJ_TMP/stats"
try "$p" -e jump -r 74 -t 'disk full' -s "$KJ_TMP/stats" -b 2500 -S 3 -m "$mem" "$d/jump"
status_is 0 'the mailbox is written'
field 'waits for another job' "$mem" $((box + 456)) 4 3
field 'entered: jump' "$mem" $((box + 12)) 4 1
field 'not restored' "$mem" $((box + 48)) 4 0
field 'result' "$mem" $((box + 52)) 4 74
field 'data pages' "$mem" $((box + 80)) 8 11
field 'bytes' "$mem" $((box + 104)) 8 4096
field 'time to save' "$mem" $((box + 112)) 8 1234
field 'time to boot' "$mem" $((box + 120)) 8 2500
[ "$(text "$mem" $((box + 136)))" = 'disk full' ]
ok 'text'
[ "$(text "$mem" $((box + 392)))" = "$(uname -r)" ]
ok 'who'
[ "$(od -An -v -tx1 -j $((box + 32)) -N 16 "$mem" | tr -d ' \n')" = 1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d ]
ok 'the id of the job'
try "$p" -e s5 -m "$mem" "$d/jump"
status_is 0 'written again, its checksum was right'
field 'entered: s5' "$mem" $((box + 12)) 4 2
field 'no result any more' "$mem" $((box + 52)) 4 0
try "$p" -e jump -s "$KJ_TMP/none" -m "$mem" "$d/jump"
status_is 0 'without numbers it is still written'

# the control page of a kernel that has prepared for S4: a note of 72 bytes, its re-entry address, a flag
note=$((0x110f00))
cp "$mem" "$KJ_TMP/mem4"
put() { printf '%b' "$2" | dd of="$KJ_TMP/mem4" bs=1 seek=$((note + $1)) conv=notrunc 2>/dev/null; }
put 12 '\006\000\000\000\110\000\000\000\007\000\112\113KJUMP\000\000\000'
put 32 '\001\000\000\000\110\000\000\000'
put 72 '\245\001\021\000\000\000\000\000'
put 96 '\040\000\000\000\000\000\000\000'
for how in 's4 2' 's5 1' 'jump 0'; do
	try "$p" -e "${how% *}" -m "$KJ_TMP/mem4" "$d/jump"
	status_is 0 "${how% *}, and the kernel wants to know"
	field 'it is told' "$KJ_TMP/mem4" $((note + 100)) 4 "${how#* }"
done
put 96 '\000'
try "$p" -e s4 -m "$KJ_TMP/mem4" "$d/jump"
status_is 0 'a kernel that does not want to know'
field 'it is not told' "$KJ_TMP/mem4" $((note + 100)) 4 0
field 'the mailbox is' "$KJ_TMP/mem4" $((box + 12)) 4 3

cp "$mem" "$KJ_TMP/mem2"
printf x | dd of="$KJ_TMP/mem2" bs=1 seek=$((box + 20)) conv=notrunc 2>/dev/null
cp "$KJ_TMP/mem2" "$KJ_TMP/mem3"
try "$p" -e s5 -m "$KJ_TMP/mem2" "$d/jump"
status_is 1 'a page that was changed'
one_line "kjump-return: $d/jump: mailbox at 0x121000: *" 'says so'
cmp -s "$KJ_TMP/mem2" "$KJ_TMP/mem3"
ok 'and nothing is written'
head -c 4194304 /dev/zero >"$KJ_TMP/zero"
try "$p" -e s5 -m "$KJ_TMP/zero" "$d/jump"
status_is 1 'a page that is no mailbox'
[ "$(tr -d '\000' <"$KJ_TMP/zero" | wc -c)" -eq 0 ]
ok 'and nothing is written'
try "$p" -e s5 -m "$KJ_TMP/none" "$d/jump"
status_is 71 'no memory to write to'
try "$p" -e s5 -m "$mem" "$d/nojob"
status_is 0 'a job is not needed'
for f in crash logical; do
	try "$p" -e s5 -m "$mem" "$d/$f"
	status_is 1 "$f: nobody waits"
	one_line "kjump-return: $d/$f: no system waits there" 'says so'
done
try "$p" -e s5 -m "$mem" "$d/badmap"
status_is 65 'a core that lies'
try "$p" -e s5 -m "$mem" "$KJ_TMP/none"
status_is 66 'no core'

# ---- C ----
try "$p" -C s5 -o "$KJ_TMP/page" "$KJ_TMP/img"
status_is 0 'the page for the restore'
[ "$(wc -c <"$KJ_TMP/page")" -eq 4096 ]
ok 'a page'
field 'restored: s5' "$KJ_TMP/page" 48 4 2
field 'entered as B said' "$KJ_TMP/page" 12 4 2
field 'saved when the image says' "$KJ_TMP/page" 64 8 1700000000
[ "$(stat -c %a "$KJ_TMP/page")" = 600 ]
ok 'for root alone'
try "$p" -C s4 -o "$KJ_TMP/page" "$KJ_TMP/img"
status_is 0 'an older page is replaced'
try "$KJ_BIN/kjump-restore" -q -r "$KJ_TMP/page" "$KJ_TMP/img"
case $status in
65 | 69 | 77) report 0 'kjump-restore takes it, and stops at its guards' ;;
*) report 1 'kjump-restore takes it' "status $status: $(cat "$KJ_TMP/err")" ;;
esac
try "$p" -C s5 -o "$KJ_TMP/no/page" "$KJ_TMP/img"
status_is 73 'cannot be created'
try "$p" -C s5 -o "$KJ_TMP/page" "$KJ_TMP/zero"
status_is 1 'no image'
one_line "kjump-return: $KJ_TMP/zero: no image" 'says so'
try "$p" -C s5 -o "$KJ_TMP/page" "$KJ_TMP/none"
status_is 66 'no file'
head -c 20000 "$KJ_TMP/img" >"$KJ_TMP/cut"
try "$p" -C s5 -o "$KJ_TMP/page" "$KJ_TMP/cut"
status_is 65 'an image that ends early'
done_testing
