#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# kjump-dump on more memory than its bitmaps are kept for (32 GiB), all page classes and compound
# pages in it; which pages a dump has is compared bit for bit.
# shellcheck source=tools/test/cli/lib.sh
. "${0%/*}/lib.sh"

cd "$KJ_TMP" || exit 70

if ! command -v python3 >/dev/null; then
	skip 'python3 is not installed: nothing can make a core'
	done_testing
fi

"$KJ_TOP/tools/test/gen/mkscale.py" --gib 33 --kept 0.05 --bits want core
report $? 'a core of 33 GiB'
try "$KJ_SHIP/kjump-dump" -q -f kdump -c lzo -o x.kd core
status_is 0 'dumped'
# status, block size, blocks of the sub header, blocks of both bitmaps: all of 33 GiB
sub=$(od -An -j432 -N4 -tu4 x.kd | tr -d ' ')
blocks=$(od -An -j436 -N4 -tu4 x.kd | tr -d ' ')
dd if=x.kd of=got bs=4096 skip=$((1 + sub + blocks / 2)) count=$((blocks / 2)) 2>/dev/null
cmp want got >cmp.out 2>&1
report $? 'what it has is what is to be in it' "$(cat cmp.out)"
try "$KJ_SHIP/kjump-dump" -q -f flat -c lzo -w 1 -o - core
status_is 0 'as a stream, for which bitmaps are made twice'

done_testing
