#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# TAP: kjump-off's usage, and nothing else of it, for obvious reasons: it is never started here
# with arguments that it understands.
set -u
. "${0%/*}/lib.sh"

p=$KJ_BIN/kjump-off
try "$p" -h
status_is 0 '-h'
grep -q '^usage: kjump-off' "$KJ_TMP/out"
ok 'prints usage'
for args in '-x' 'now' '--reboot now' '--halt' '-r -x' '-r -4' '-4 now'; do
	# shellcheck disable=SC2086 # words
	try "$p" $args
	status_is 64 "usage: '$args'"
done
done_testing
