#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# TAP: kjump-restore on an image that is damaged in one place, thousands of times over: refused with the line that says
# where, nothing written. CORRUPT=all is `make corruption`; a part of it is what `make check` has time for.
set -u
. "${0%/*}/lib.sh"

if ! command -v python3 >/dev/null; then
	skip 'python3 is not installed: nothing can damage an image'
	done_testing
fi
# stored, lz4 and zstd in turn
"$KJ_BIN/unit/restore" --make "$KJ_TMP/img" 3 >/dev/null || exit 70
# the program that is shipped: it starts in a tenth of the sanitized one's time
case ${CORRUPT:-} in
all) set -- --all ;;
*) set -- ;;
esac
exec python3 "$KJ_TOP/tools/test/gen/kjcorrupt.py" "$@" --seed "${SEED:-1}" "$KJ_SHIP/kjump-restore" "$KJ_TMP/img" "$KJ_TMP"
