#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# TAP: kjump-exec -n: who is entered and who is not. Without -n it ends the kernel that it runs
# on, so that is a VM's to test.
set -u
. "${0%/*}/lib.sh"

p=$KJ_BIN/kjump-exec
d=$KJ_TMP/gen
mkdir -p "$d"
"$KJ_BIN/unit/amem" --gen "$d"
ok 'sample files'

try "$p" -h
status_is 0 '-h'
for args in '-n a b' '-z' '-n -x a'; do
	# shellcheck disable=SC2086 # words
	try "$p" $args
	status_is 64 "usage: '$args'"
done
try "$p" -n "$d/jump"
status_is 0 'a system that waits can be entered'
try "$p" --check "$d/nojob"
status_is 0 'with no job as well'
try "$p" -n "$d/badjob"
status_is 0 'and with a job block that was changed: that is no reason to stay'
try "$p" -n "$d/badmap"
status_is 65 'a map that is none'
one_line "kjump-exec: $d/badmap: *" 'says so'
if [ ! -e /sys/kernel/kexec_jump_elfcorehdr_size ]; then
	try "$p" -n -S "$d/jump"
	status_is 69 'a kernel that cannot be entered twice'
	one_line 'kjump-exec: this kernel cannot stay: it is without kernel-patch/' 'says so'
fi
try "$p" -n "$KJ_TMP/none"
status_is 66 'no file'
one_line "kjump-exec: $KJ_TMP/none: *" 'says so'
head -c 65536 /dev/zero >"$KJ_TMP/zero"
try "$p" -n "$KJ_TMP/zero"
status_is 65 'no core'
for f in crash logical; do
	[ -e "$d/$f" ] || continue
	try "$p" -n "$d/$f"
	status_is 1 "$f: nobody waits there"
	one_line "kjump-exec: $d/$f: no system waits there" 'says so'
done
done_testing
