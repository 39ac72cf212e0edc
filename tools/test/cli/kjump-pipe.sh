#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# TAP: kjump-pipe: what goes through, and that no member's failure gets lost.
set -u
. "${0%/*}/lib.sh"

pipe=$KJ_BIN/kjump-pipe
cd "$KJ_TMP" || exit 70

try "$pipe" printf 'b\na\n' -- sort -- tr ab xy
status_is 0 'three programs'
[ "$(cat out)" = "$(printf 'x\ny')" ] && [ ! -s err ]
ok 'what went through' "$(cat out err)"
try "$pipe" echo one
status_is 0 'one alone'
head -c 3000000 /dev/urandom >big
try "$pipe" cat big -- cat -- cat
status_is 0 'more than a pipe holds'
cmp -s big out
ok 'all of it arrives'

try "$pipe" sh -c 'echo part; exit 3' -- cat
status_is 3 'the first fails'
[ "$(cat out)" = part ] && [ "$(cat err)" = 'kjump-pipe: sh: ended with status 3' ]
ok 'and that is said' "$(cat out err)"
try "$pipe" sh -c 'exit 4' -- sh -c 'exit 5'
status_is 5 'two fail: the last of them counts'
[ "$(wc -l <err)" -eq 2 ]
ok 'each is named' "$(cat err)"
try "$pipe" sh -c 'exit 7' -- cat -- sort
status_is 7 'nobody behind it fails'
try "$pipe" echo a -- sh -c 'cat; exit 6' -- cat
status_is 6 'one in the middle'
try "$pipe" true -- none-of-this-name
status_is 127 'one that is not there'
one_line 'kjump-pipe: none-of-this-name: could not be started' 'has its line'
# shellcheck disable=SC2016 # for that shell
try "$pipe" sh -c 'kill -KILL $$' -- cat
status_is 137 'a signal'
one_line 'kjump-pipe: sh: ended by signal 9' 'has its line too'
# one that ends without reading must stop the others: an inherited end of a pipe would keep them
try timeout 20 "$pipe" yes -- cat -- true
status_is 141 'nobody reads any more: the writers end'

# ---- -t ----
try "$pipe" -t 60 cat big -- cat -- cat
status_is 0 'watched: status'
cmp -s big out
ok 'watched: all of it arrives'
try "$pipe" -t 60 sh -c 'echo part; exit 3' -- cat
status_is 3 'watched: the first fails'
try timeout 20 "$pipe" -t 60 yes -- cat -- true
status_is 141 'watched: nobody reads any more'
try timeout 60 "$pipe" --stall 1 sleep 1000 -- cat
status_is 74 'nothing comes'
one_line 'kjump-pipe: cat: nothing moves for 1 s' 'nothing comes: says so'
try timeout 60 "$pipe" -t 1 yes -- sleep 1000
status_is 74 'nothing is taken'
try timeout 60 "$pipe" -t 1 true -- sleep 1000
status_is 74 'no end after the input'
try "$pipe" -t 1 true
status_is 64 'one program: nothing to watch'
try "$pipe" -t 0 true -- true
status_is 64 'no time'
try "$pipe" -t 1s true -- true
status_is 64 'no number'

try "$pipe"
status_is 64 'no program'
try "$pipe" true --
status_is 64 'no second program'
try "$pipe" true -- -- true
status_is 64 'nothing between'
try "$pipe" a -- b -- c -- d -- e -- f -- g -- h -- i
status_is 64 'nine'
[ ! -s out ]
ok 'ran nothing'
try "$pipe" --verbose true
status_is 64 'an option'
try "$pipe" --help
status_is 0 'help'
done_testing
