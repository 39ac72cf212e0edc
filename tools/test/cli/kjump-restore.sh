#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# TAP: kjump-restore on images that the restore unit test writes: what -n says, and every
# refusal that comes before anything is written. The restore itself is a VM's to test.
set -u
. "${0%/*}/lib.sh"

p=$KJ_BIN/kjump-restore
img=$KJ_TMP/img
"$KJ_BIN/unit/restore" --make "$img" >"$KJ_TMP/facts"
ok 'sample image'
stored=$(sed -n 's/^STORED=//p' "$KJ_TMP/facts")
len=$(sed -n 's/^LEN=//p' "$KJ_TMP/facts")

# poke FILE OFFSET: another byte there, and what it was not before
poke() {
	local b
	b=$(od -An -tu1 -j "$2" -N 1 "$1" | tr -d ' ')
	# shellcheck disable=SC2059 # the format is the byte
	printf "\\$(printf %o $(((b + 1) % 256)))" | dd of="$1" bs=1 seek="$2" conv=notrunc 2>/dev/null
}

# state FILE STATE LOADS: what kjump-restore -n says of the state
state_is() {
	"$p" -nq "$1" >"$KJ_TMP/out" 2>"$KJ_TMP/err"
	key_is STATE "$2" "$3"
}

# ---- usage ----
try "$p" -h
status_is 0 '-h'
[ "$(wc -l <"$KJ_TMP/out")" -le 24 ]
ok 'usage fits a screen'
for args in '' "$img $img" "-n -r x $img" "-n -S $img" "-S -r x $img" "-z $img"; do
	# shellcheck disable=SC2086 # words
	try "$p" $args
	status_is 64 "usage: '$args'"
done
for w in 0 33 x -1 ''; do
	try "$p" -n -w "$w" "$img"
	status_is 64 "-w '$w'"
	one_line "kjump-restore: -w '$w': not a number from 1 to 32" 'says what is wrong'
done

for o in '-p fast' '-p' '-c 0123' "-c ${KJ_TMP}012345678901234567890123456789xx" "-n -c 00112233445566778899aabbccddeeff" \
	'-n -p direct' '-c 00112233445566778899aabbccddeeff -p direct'; do
	# shellcheck disable=SC2086 # words
	try "$p" $o "$img"
	status_is 64 "usage: $o"
done
for o in '-C s6' '-C jump' '-C' '-n -C s5' '-S -C s5' '-r x -C s5' '-S -x f' '-R -x f' '-c 00112233445566778899aabbccddeeff -x f'; do
	# shellcheck disable=SC2086 # words
	try "$p" $o "$img"
	status_is 64 "usage: $o"
done
try "$p" -C jump "$img"
one_line "kjump-restore: -C 'jump': not s5 or s4" 'says what there is'
try "$p" -p fast "$img"
one_line "kjump-restore: -p 'fast': not snapshot, direct, kexec or auto" 'says what there is'

# ---- verify ----
cp "$img" "$KJ_TMP/copy"
for w in 1 2 7 32; do
	try "$p" -n -q -w $w "$img"
	status_is 0 "verified by $w workers"
done
[ ! -s "$KJ_TMP/err" ]
ok 'quietly'
key_is STATE ready 'state'
key_is LOADS 0 'loads'
key_is ID 696d616765206964206f662074657374 'id'
key_is PAGES "$stored" 'pages'
key_is BYTES "$len" 'bytes'
key_is CODEC lz4 'codec'
key_is RELEASE 6.12.0-test 'release'
cmp -s "$img" "$KJ_TMP/copy"
ok 'and nothing was changed'
try "$p" --verify --quiet "$img"
status_is 0 'long options'

# ---- what is no image, or damaged ----
try "$p" -n "$KJ_TMP/none"
status_is 66 'no such file'
one_line "kjump-restore: $KJ_TMP/none: cannot open: *" 'says so'
try "$p" -n /dev/null
status_is 66 'neither file nor device'
: >"$KJ_TMP/empty"
head -c 65536 /dev/zero >"$KJ_TMP/zero"
for f in empty zero; do
	try "$p" -n "$KJ_TMP/$f"
	status_is 1 "$f: no image"
	one_line "kjump-restore: $KJ_TMP/$f: no image to restore" 'says so'
	try "$p" "$KJ_TMP/$f"
	status_is 1 "$f: nothing to restore"
done
for at in 30 300 4090 8192 8300 12280 "$((len - 1))" "$((len / 2))" 16400; do
	cp "$img" "$KJ_TMP/bad"
	poke "$KJ_TMP/bad" "$at"
	try "$p" -nq "$KJ_TMP/bad"
	status_is 65 "byte $at changed"
	one_line "kjump-restore: $KJ_TMP/bad: *" 'one line'
done
cp "$img" "$KJ_TMP/bad"
poke "$KJ_TMP/bad" 4100
try "$p" -nq "$KJ_TMP/bad"
status_is 65 'state block changed'
one_line "kjump-restore: $KJ_TMP/bad: state: *" 'one line'
try "$p" -q "$KJ_TMP/bad"
status_is 65 'nor is that restored'
for n in 8192 20000 "$((len - 4096))"; do
	head -c "$n" "$img" >"$KJ_TMP/bad"
	try "$p" -nq "$KJ_TMP/bad"
	status_is 65 "cut to $n bytes"
done

# ---- refusals before anything is written ----
for w in 86401 -1 a ''; do
	try "$p" -W "$w" "$img"
	status_is 64 "-W '$w'"
	one_line "kjump-restore: -W '$w': not a number of seconds up to a day" 'says so'
done
cp "$img" "$KJ_TMP/img2"
try "$p" -q -r "$KJ_TMP/none" "$KJ_TMP/img2"
status_is 66 'no mailbox file'
head -c 100 "$img" >"$KJ_TMP/short"
try "$p" -q -r "$KJ_TMP/short" "$KJ_TMP/img2"
status_is 65 'a mailbox file that is too short'
one_line "kjump-restore: $KJ_TMP/short: shorter than a page" 'says so'
head -c 4096 "$img" >"$KJ_TMP/other"
try "$p" -q -r "$KJ_TMP/other" "$KJ_TMP/img2"
status_is 65 'a page that is no mailbox'
# the sample is of no machine that there is, and a build host may lack all else
try "$p" -q "$KJ_TMP/img2"
case $status in
65 | 69 | 77) report 0 "not restored here (status $status)" ;;
*) report 1 'not restored here' "status $status: $(cat "$KJ_TMP/err")" ;;
esac
cmp -s "$img" "$KJ_TMP/img2"
ok 'and the image is as it was: READY, no load counted'


# ---- in the window ----
try "$p" -q -c 00112233445566778899aabbccddeeff "$KJ_TMP/img2"
status_is 65 'confined: another image'
one_line "kjump-restore: $KJ_TMP/img2: not the image that this kernel was started for" 'says so'
try "$p" -q -c 696d616765206964206f662074657374 "$KJ_TMP/img2"
status_is 65 'confined: an image that nobody loads'
one_line "kjump-restore: $KJ_TMP/img2: not being loaded (state ready)" 'says so'
cmp -s "$img" "$KJ_TMP/img2"
ok 'and nothing was changed'

# ---- giving up ----
try "$p" --stale "$KJ_TMP/img2"
status_is 0 '--stale'
state_is "$KJ_TMP/img2" stale 'makes it stale'
try "$p" -q "$KJ_TMP/img2"
status_is 1 'a stale image is none'
one_line "kjump-restore: $KJ_TMP/img2: no image to restore (state stale)" 'and says why'
try "$p" -S "$KJ_TMP/zero"
status_is 1 '--stale without an image'

# ---- what is told of a resume that came to nothing ----
target=$KJ_TMP/target
id=696d616765206964206f662074657374
# saved ID: a target with the image and the record of a job
saved() {
	rm -f "$target"
	python3 -S "$KJ_TOP/tools/test/gen/mktarget.py" --label abababababababababababababababab --size 8388608 \
		--saved "$1" "$target" &&
		dd if="$img" of="$target" conv=notrunc 2>/dev/null
}
record() {
	"$KJ_BIN/kjump-info" -l "$target" >"$KJ_TMP/out"
}
saved $id
ok 'a target'
try "$p" -q "$target"
[ "$status" -eq 65 ]
report $? 'an image of another machine' "$status $(cat "$KJ_TMP/err")"
why=$(sed 's/^kjump-restore: //' "$KJ_TMP/err" | tr "'" _)
record
key_is REC_STATE saved 'told: it may still be restored'
key_is REC_RESULT 65 'told: the status'
grep -qxF "REC_TEXT=$why" "$KJ_TMP/out"
ok 'told: the line' "$(cat "$KJ_TMP/out")"
try "$p" --stale "$target"
status_is 0 'told: given up: status'
record
key_is REC_STATE lost 'told: it is lost'
key_is REC_RESULT 65 'told: with that status'
try "$p" -R "$target"
status_is 1 'told: it did finish'
saved $id
try "$p" --stale "$target"
record
key_is REC_STATE lost 'told: given up untried: lost'
key_is REC_TEXT 'given up before it was tried' 'told: given up untried: why'
saved 00112233445566778899aabbccddeeff
cp "$target" "$KJ_TMP/before"
try "$p" -q "$target"
cmp -s "$target" "$KJ_TMP/before"
ok 'told: not of a job whose image this is not'
try "$p" --stale "$target"
record
key_is REC_STATE saved 'told: nor when it is given up'

# ---- jobs that never finished ----
mkdir "$KJ_TMP/core"
"$KJ_BIN/unit/amem" --gen "$KJ_TMP/core" >/dev/null
ok 'sample targets'
try "$p" --report "$KJ_TMP/core/record"
status_is 0 '--report: a job without its end'
line="$KJ_TMP/core/record: job 00000000000000000000000000000000 (snapshot of 2023-11-14 22:13:21 UTC, pending)"
[ "$(cat "$KJ_TMP/out")" = "$line never finished: the machine was reset before it did" ]
ok 'says which' "$(cat "$KJ_TMP/out")"
try "$KJ_BIN/kjump-info" -l "$KJ_TMP/core/record"
key_is REC_STATE reported 'marks it'
key_is REC_TIME 1700000001 'and keeps the rest'
try "$p" -R "$KJ_TMP/core/record"
status_is 1 'says it once'
for f in label nothing badrecord; do
	cp "$KJ_TMP/core/$f" "$KJ_TMP/copy"
	try "$p" -R "$KJ_TMP/copy"
	status_is 1 "--report: $f"
	cmp -s "$KJ_TMP/core/$f" "$KJ_TMP/copy"
	ok 'nothing is written'
done
try "$p" -R "$KJ_TMP/core/none"
status_is 66 '--report: no such file'
done_testing
