#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# kjump-dump on kernels whose VMCOREINFO lacks something: what their BTF says, and what is kept
# where nothing says it.
# shellcheck source=tools/test/cli/lib.sh
. "${0%/*}/lib.sh"

gen=$KJ_TOP/tools/test/gen
dump=$KJ_BIN/kjump-dump
ram=1000-9f000,1000000-2100000
cd "$KJ_TMP" || exit 70

if ! command -v python3 >/dev/null; then
	skip 'python3 is not installed: nothing can judge a dump'
	done_testing
fi

# kdump NAME LACK LINE ARGS...: a dump of a kernel without these lines of VMCOREINFO; what is said
kdump() {
	local name="$1" lack="$2" line="$3"
	shift 3
	"$gen/mkvmcore.py" --kind crash --ram "$ram" --left-all left --truth mem --lack "$lack" "$@" core
	rm -f x.kd
	try "$dump" -f kdump -s stats -o x.kd core
	status_is 0 "$name: status"
	grep -v -e ' saved as ' -e '%' err >said
	[ "$(cat said)" = "${line:+kjump-dump: core: $line}" ]
	report $? "$name: what is said" "$(cat said)"
}

# judge NAME: x.kd has all but free and offline pages
judge() {
	"$gen/kjkdump.py" --truth mem --core core --ram "$ram" --left left x.kd >judge.out 2>&1
	report $? "$1" "$(tail -n 1 judge.out)"
}

# Everything that page classes need but the place of the sections is in BTF.
for lack in 'PAGE_|PG_' 'OFFSET.page|SIZE.page|mem_section\.|SIZE.mem_section' \
	'SIZE\(page|OFFSET\((page|mem_s)|NUMBER\((PAGE_|PG_)|zone'; do
	kdump "BTF for $lack" "$lack" '' --btf
	judge "BTF for $lack: the oracle agrees"
done

kdump 'no BTF' PAGE_OFFLINE \
	'offline pages cannot be recognised in this kernel, kept (BTF: not there)'
kdump 'no symbols' 'PAGE_OFFLINE|kallsyms_names' \
	'offline pages cannot be recognised in this kernel, kept (BTF: not there)' --btf
kdump 'symbols that do not give _stext' 'PAGE_OFFLINE|kallsyms_relative' \
	'offline pages cannot be recognised in this kernel, kept (BTF: symbols not understood)' --btf
kdump 'no struct page' 'OFFSET.page' \
	'struct page: not found (BTF: not there), all pages kept'
cp stats out
key_is PAGES_FREE 0 'no struct page: nothing left out'

done_testing
