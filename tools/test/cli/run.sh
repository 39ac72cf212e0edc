#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# TAP: the runner itself. A test that dies, hangs, prints no plan, another number of tests
# than planned, or exits non-zero must never be counted as passed.
set -u
. "${0%/*}/lib.sh"

# fake NAME LINE...: a program that runs these shell lines
fake() {
	name=$KJ_TMP/$1
	shift
	printf '%s\n' '#!/bin/sh' "$@" >"$name"
	chmod +x "$name"
}

# verdict STATUS SUM NAME
verdict() {
	try env V=0 T_TEST=1 tools/test/run "$name"
	[ "$status" -eq "$1" ] && [ "$(tail -n 1 "$KJ_TMP/out")" = "$2" ]
	report $? "$3" "status $status, $(cat "$KJ_TMP/out")"
}

fake good 'echo 1..2; echo ok 1 - a; echo ok 2'
verdict 0 '2 passed, 0 failed' 'two good tests'
fake late 'echo ok 1 - a; echo "# a word"; echo 1..1'
verdict 0 '1 passed, 0 failed' 'the plan may come last'
fake skip 'echo "ok 1 # SKIP no such thing here"; echo ok 2; echo 1..2'
verdict 0 '1 passed, 0 failed' 'a skipped test is not counted'
grep -q 'no such thing here' "$KJ_TMP/out"
ok 'but its reason is shown'
fake bad 'echo 1..2; echo not ok 1 - a; echo ok 2; exit 1'
verdict 1 '1 passed, 1 failed' 'one bad test'
grep -q '| not ok 1 - a' "$KJ_TMP/out"
ok 'its output is shown'
fake status 'echo 1..1; echo ok 1; exit 3'
verdict 1 '1 passed, 1 failed' 'good tests but a bad status'
fake short 'echo 1..2; echo ok 1'
verdict 1 '1 passed, 1 failed' 'fewer tests than planned'
fake more 'echo 1..1; echo ok 1; echo ok 2'
verdict 1 '2 passed, 1 failed' 'more tests than planned'
fake mute 'exit 0'
verdict 1 '0 passed, 1 failed' 'no plan'
# shellcheck disable=SC2016 # for the shell that dies
fake dies 'echo ok 1; echo 1..1; kill -9 $$'
verdict 1 '1 passed, 1 failed' 'death by a signal'
fake hangs 'echo ok 1; echo 1..1; sleep 10'
verdict 1 '1 passed, 1 failed' 'a hang'
name=$KJ_TMP/none
verdict 1 '0 passed, 1 failed' 'a program that is not there'
# shellcheck disable=SC2016 # for the shell that runs later
fake tmp 'echo 1..1; [ -d "$KJ_TMP" ] && : >"$KJ_TMP/x" && echo ok 1'
verdict 0 '1 passed, 0 failed' 'every test has a directory of its own'

# --- several programs, several lanes
fake three 'echo ok 1; echo 1..1' '# a script that is much longer than the others, so that it is started first'
long=$name
fake one 'echo ok 1; echo ok 2; echo 1..2'
one=$name
fake two 'echo not ok 1; echo 1..1'
for lanes in 1 2 9; do
	try env V=0 LANES=$lanes tools/test/run "$one" "$KJ_TMP/two" "$long"
	status_is 1 "$lanes lanes: status"
	sed -n 's,^\(not \)*ok  *[^ ]*/\([a-z]*\) .*,\2,p' "$KJ_TMP/out" | tr '\n' ' ' >"$KJ_TMP/order"
	[ "$(cat "$KJ_TMP/order")" = 'one two three ' ] && [ "$(tail -n 1 "$KJ_TMP/out")" = '3 passed, 1 failed' ]
	report $? "$lanes lanes: the order is the one given, the sum is one" "$(cat "$KJ_TMP/out")"
done
# each waits for the other: only lanes that run at the same time come to an end
for who in a:b b:a; do
	fake "${who%:*}" ": >$KJ_TMP/here.${who%:*}" \
		"while [ ! -e $KJ_TMP/here.${who#*:} ]; do sleep 0.1; done; echo ok 1; echo 1..1"
done
try env V=0 LANES=2 tools/test/run "$KJ_TMP/a" "$KJ_TMP/b"
status_is 0 'two lanes run at the same time' "$(cat "$KJ_TMP/out")"
try tools/test/run
status_is 0 'no program at all: status'
done_testing
