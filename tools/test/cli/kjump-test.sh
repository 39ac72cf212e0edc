#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# TAP: kjump's own words: commands, options, which go with which, and a configuration as it reads it. Nothing here may
# come as far as to load a kernel; what the commands do is for a VM.
set -u
. "${0%/*}/lib.sh"

p=$KJ_BIN/kjump

try "$p"
status_is 64 'no command'
try "$p" --help
status_is 0 '--help'
[ "$(wc -l <"$KJ_TMP/out")" -le 24 ]
ok 'fits a screen'
for c in hibernate snapshot test load unload status images discard config; do
	grep -q "^  $c " "$KJ_TMP/out"
	ok "names $c"
done
try "$p" sleep
status_is 64 'no such command'
one_line "kjump: 'sleep': no such command; kjump --help lists them" 'says so'

for c in hibernate snapshot test; do
	try "$p" $c --help
	status_is 0 "$c --help"
	[ "$(wc -l <"$KJ_TMP/out")" -le 24 ] && [ ! -s "$KJ_TMP/err" ]
	ok 'fits a screen'
	try "$p" $c word
	status_is 64 "$c: a word"
	try "$p" $c --nothing
	status_is 64 "$c: no such option"
done
for args in 'hibernate -j' 'hibernate --jump-only' 'snapshot -j' 'hibernate -o x' 'snapshot -F' 'test -F' 'test -t /dev/null' \
	'test -r' 'hibernate -r --s4'; do
	# shellcheck disable=SC2086 # words
	try "$p" $args
	status_is 64 "usage: $args"
	[ ! -s "$KJ_TMP/out" ]
	ok 'says nothing on stdout'
done
"$p" test --help >"$KJ_TMP/out"
grep -q -- '--jump-only' "$KJ_TMP/out" && ! grep -q -- '--force' "$KJ_TMP/out"
ok 'test has --jump-only and no --force'

# ---- a configuration ----
echo 'kernel /boot/b' >"$KJ_TMP/conf"
try "$p" config "$KJ_TMP/conf"
status_is 0 'config'
key_is KJ_REQUIRE_TEST "'yes'" 'a test is required if nothing is said'
echo 'require_test no' >>"$KJ_TMP/conf"
try "$p" config "$KJ_TMP/conf"
key_is KJ_REQUIRE_TEST "'no'" 'and not if that is said'
echo 'require_test never' >"$KJ_TMP/conf"
try "$p" config "$KJ_TMP/conf"
status_is 78 'config: a mistake'
one_line "kjump: $KJ_TMP/conf:1: * 'never'" 'with its line'
done_testing
