#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# TAP: kjump-dmesg on the logs that the prb unit test writes; every exit status, and nothing in its
# output that a terminal would obey.
set -u
. "${0%/*}/lib.sh"

dmesg=$KJ_BIN/kjump-dmesg
d=$KJ_TMP/gen
mkdir -p "$d"
"$KJ_BIN/unit/prb" --gen "$d"
ok 'sample files'

# prints NAME: stdout is what stands on stdin
# A $ at the end of a line only shows where it ends.
prints() {
	sed 's/\$$//' >"$KJ_TMP/want"
	cmp -s "$KJ_TMP/want" "$KJ_TMP/out"
	report $? "$1" "$(diff "$KJ_TMP/want" "$KJ_TMP/out")"
}

try "$dmesg" "$d/log"
status_is 0 'a log'
prints 'times, callers, lines below each other, escapes' <<'END'
[    0.000000] [      T0] Linux version 6.12
[    1.000000] [      C1] two
                          lines
[    2.000000] [      T2] tab	and \x1b[31mred\x1b[0m \xc3\xa9
[    3.000000] [      C3] $
[    4.000000] [      T4] last
END
try "$dmesg" -n "$d/log"
prints 'without callers' <<'END'
[    0.000000] Linux version 6.12
[    1.000000] two
               lines
[    2.000000] tab	and \x1b[31mred\x1b[0m \xc3\xa9
[    3.000000] $
[    4.000000] last
END
try "$dmesg" --raw --no-caller "$d/log"
prints 'raw' <<'END'
<30>[    0.000000] Linux version 6.12
<30>[    1.000000] two
<30>[    1.000000] lines
<30>[    2.000000] tab	and \x1b[31mred\x1b[0m \xc3\xa9
<30>[    3.000000] $
<30>[    4.000000] last
END
try "$dmesg" -r "$d/log"
[ "$(sed -n 2p "$KJ_TMP/out")" = '<30>[    1.000000][    C1] two' ]
ok 'raw with callers' "$(sed -n 2p "$KJ_TMP/out")"

try "$dmesg" "$d/badrecord"
status_is 65 'a damaged record'
[ "$(cat "$KJ_TMP/err")" = "kjump-dmesg: $d/badrecord: 1 damaged records left out" ]
ok 'is told' "$(cat "$KJ_TMP/err")"
[ "$(wc -l <"$KJ_TMP/out")" -eq 4 ]
ok 'and the others are printed' "$(cat "$KJ_TMP/out")"
try "$dmesg" "$d/badlog"
status_is 65 'a damaged buffer'
one_line "kjump-dmesg: $d/badlog: log buffer: *" 'one line'
try "$dmesg" "$d/nolog"
status_is 1 'an older kernel'
one_line "kjump-dmesg: $d/nolog: no log that we know" 'one line'
try "$dmesg" "$d/none"
status_is 66 'no such file'
one_line "kjump-dmesg: $d/none: *" 'one line'
try "$dmesg" "$0"
status_is 65 'no core'
try "$dmesg" a b
status_is 64 'two files'
try "$dmesg" -x
status_is 64 'no such option'
try "$dmesg" --help
status_is 0 'help'
if [ -c /dev/full ]; then
	"$dmesg" "$d/log" >/dev/full 2>"$KJ_TMP/err" </dev/null
	status=$? tried='kjump-dmesg >/dev/full'
	status_is 74 'disk full'
else
	skip 'no /dev/full'
fi
done_testing
