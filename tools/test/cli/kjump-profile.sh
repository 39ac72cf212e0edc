#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# kjump-profile on programs whose types are those of a kernel, and which say themselves how the compiler laid them out;
# and what kjump-dump makes of a profile. No vmlinux is needed.
# shellcheck source=tools/test/cli/lib.sh
. "${0%/*}/lib.sh"

gen=$KJ_TOP/tools/test/gen
dump=$KJ_BIN/kjump-dump
profile=$KJ_BIN/kjump-profile
ram=1000-9f000,1000000-2100000
id=00112233445566778899aabbccddeeff00112233
cd "$KJ_TMP" || exit 70

# What the kernels from 6.12 on have, and more that stands in the way: unions and structs without names, a typedef, a bit
# field, a type that is only declared, another one of the same name within a function.
cat >types.h <<'END'
#include <stddef.h>
#include <stdio.h>
typedef struct { unsigned long f; } memdesc_flags_t;
struct list_head { struct list_head *next, *prev; };
struct free_area { struct list_head free_list[6]; unsigned long nr_free; };
struct address_space;
struct page {
	memdesc_flags_t flags;
	union {
		struct {
			union {
				struct list_head lru;
				struct { void *filler; unsigned int mlock_count; };
			};
			struct address_space *mapping;
			unsigned long index, private;
		};
		struct { unsigned long compound_head; };
	};
	union { unsigned int page_type; int _mapcount; };
	int _refcount;
	unsigned long memcg_data;
};
struct folio {
	union {
		struct { unsigned long flags; struct list_head lru; struct address_space *mapping; };
		struct page page;
	};
};
struct mem_section { unsigned long section_mem_map; void *usage, *ext; unsigned long pad; };
struct zone { unsigned long marks[3]; int nid; struct free_area free_area[11]; };
enum pageflags { PG_locked, PG_lru = 5, PG_head = 6, PG_swapcache = 10, PG_private = 14, PG_swapbacked = 17,
	PG_hwpoison = 20 };
enum pagetype { PGTY_buddy = 0xf0, PGTY_offline = 0xf1, PGTY_hugetlb = 0xf4, PGTY_slab = 0xf5 };
END
cat >main.c <<'END'
#include "types.h"
const char linux_banner[] = "Linux version 6.12.0-synthetic (nobody@nowhere) #1 SMP\n";
struct page pages[2];
struct folio folios[2];
struct mem_section sections[2];
struct zone zones[2];
enum pageflags flag = PG_lru;
enum pagetype type = PGTY_slab;
int another(void);
int another(void)
{
	struct zone { int free_area[3]; } z = { { 1 } };
	return z.free_area[0];
}
#define O(s, m) printf("OFFSET(" #s "." #m ")=%zu\n", offsetof(struct s, m))
#define N(e) printf("NUMBER(" #e ")=%d\n", e)
#define T(k, e) printf("NUMBER(PAGE_" k "_MAPCOUNT_VALUE)=%d\n", (int)((unsigned int)e << 24))
int main(void)
{
	printf("SIZE(page)=%zu\n", sizeof(struct page));
	O(page, flags); O(page, _refcount); O(page, _mapcount); O(page, private); O(page, compound_head); O(page, mapping);
	printf("SIZE(mem_section)=%zu\n", sizeof(struct mem_section));
	O(mem_section, section_mem_map);
	printf("LENGTH(zone.free_area)=%zu\n", sizeof(zones[0].free_area) / sizeof(zones[0].free_area[0]));
	N(PG_lru); N(PG_private); N(PG_swapcache); N(PG_swapbacked); N(PG_hwpoison);
	printf("NUMBER(PG_head_mask)=%d\n", 1 << PG_head);
	T("BUDDY", PGTY_buddy); T("OFFLINE", PGTY_offline); T("SLAB", PGTY_slab); T("HUGETLB", PGTY_hugetlb);
	return another() - 1;
}
END
# a second unit says the same, and one declares what it does not know
cat >more.c <<'END'
#include "types.h"
struct page *more(struct page *p);
struct page *more(struct page *p) { return p + sizeof(struct zone); }
END
cat >less.c <<'END'
struct page;
struct page *less;
END
# and these do not agree
cat >liar.c <<'END'
struct free_area { long nr; };
struct zone { struct free_area free_area[7]; } liar;
enum pageflags { PG_lru = 4 } lies;
struct mem_section { long section_mem_map : 7; } bits;
END

if ! command -v gcc >/dev/null; then
	skip 'gcc is not installed: there is no DWARF to read'
	done_testing
fi

# program OUT ARG...
program() {
	local out="$1"
	shift
	gcc -g -O1 -no-pie "-Wl,--build-id=0x$id" -o "$out" "$@" 2>cc.err || {
		report 1 "gcc $*" "$(cat cc.err)"
		done_testing
	}
}

for version in 4 5; do
	program prog -gdwarf-$version main.c more.c less.c
	./prog >want
	try "$profile" prog
	status_is 0 "DWARF $version: status"
	[ "$(head -n 3 out | tr '\n' ' ')" = "KJUMP_PROFILE=1 OSRELEASE=6.12.0-synthetic BUILD-ID=$id " ]
	report $? "DWARF $version: whose it is" "$(head -n 3 out)"
	sed 1,3d out >got
	cmp -s want got && [ "$(wc -l <got)" = 20 ] && [ ! -s err ]
	report $? "DWARF $version: what the compiler says too" "$(diff want got; cat err)"
done
cp out prog.profile

program lied main.c liar.c
try "$profile" lied
status_is 0 'names with two meanings: status'
grep -v -e LENGTH -e PG_lru -e 'mem_section' want >want.less
sed 1,3d out | cmp -s - want.less
report $? 'names with two meanings: left out' "$(sed 1,3d out | diff want.less -)"
[ "$(sed -n 's/.* lied: \(.*\): has two meanings, or is a bit field: left out$/\1/p' err | tr '\n' ' ')" = \
	"mem_section mem_section.section_mem_map zone.free_area pageflags.PG_lru " ]
report $? 'names with two meanings: said' "$(cat err)"

# --- of 6.1: an order and a destructor, no page types
sed -e 's/enum pagetype .*/enum compound_dtor_id { NULL_DTOR, COMPOUND_PAGE_DTOR, HUGETLB_PAGE_DTOR };/' \
	-e 's/unsigned long compound_head; };/unsigned long compound_head; unsigned char compound_dtor, compound_order; };/' \
	types.h >old.h
cat >old.c <<'END'
#include "old.h"
struct page page;
struct zone zone;
enum pageflags flag;
enum compound_dtor_id dtor;
int main(void) { return 0; }
END
program old old.c
try "$profile" old
for line in 'OFFSET(page.compound_dtor)=16' 'OFFSET(page.compound_order)=17' 'NUMBER(HUGETLB_PAGE_DTOR)=2'; do
	grep -qx "$line" out
	report $? "6.1: $line" "$(cat out)"
done
! grep -q -e MAPCOUNT_VALUE -e OSRELEASE out
report $? '6.1: what is not there is not said' "$(cat out)"

# --- a file, and what is none
try "${KJ_BIN%/test}/host/kjump-profile" -o x.profile prog
status_is 0 'the program that is installed: status'
cmp -s x.profile prog.profile && [ ! -s out ]
report $? 'it writes the same, to a file' "$(cat x.profile)"
objcopy --only-keep-debug prog prog.debug
try "$profile" prog.debug
grep -v OSRELEASE prog.profile | cmp -s - out
report $? 'a file of debug information alone' "$(cat out err)"
strip -o bare prog
try "$profile" bare
status_is 65 'no debug information: status'
one_line 'kjump-profile: bare: has no debug information' 'no debug information: one line'
program other less.c -nostdlib -Wl,-e,0
try "$profile" other
status_is 65 'no struct page: status'
one_line 'kjump-profile: other: no struct page in its debug information' 'no struct page: one line'
try "$profile" main.c
status_is 65 'a text: status'
one_line 'kjump-profile: main.c: no x86-64 ELF file' 'a text: one line'
try "$profile" not-there
status_is 66 'no file: status'
try "$profile" -o not/there prog
status_is 73 'nowhere to write: status'
try sh -c "exec '$profile' prog >/dev/full"
status_is 74 'a full disk: status'
one_line 'kjump-profile: standard output: cannot be written' 'a full disk: one line'
try "$profile"
status_is 64 'nothing named: status'
try "$profile" prog prog
status_is 64 'two at a time: status'
size=$(stat -c %s prog) bad=''
for n in 1 63 64 200 1000 5000 9000 $((size / 2)) $((size * 3 / 4)) $((size - 100)); do
	head -c "$n" prog >cut.prog
	try "$profile" cut.prog
	[ "$status" = 65 ] || [ "$status" = 0 ] || bad="$bad $n:$status"
	cp prog cut.prog
	printf '\377\376\375\374' | dd of=cut.prog bs=1 seek="$n" conv=notrunc 2>/dev/null
	try "$profile" cut.prog
	[ "$status" = 65 ] || [ "$status" = 0 ] || bad="$bad @$n:$status"
done
[ -z "$bad" ]
report $? 'damaged files' "$bad"

# --- kjump-dump, of a kernel that does not say what it needs
if ! command -v python3 >/dev/null; then
	skip 'python3 is not installed: nothing can judge a dump'
	done_testing
fi

# core LACK ARG...: a core whose VMCOREINFO lacks that
core() {
	local lack="$1"
	shift
	"$gen/mkvmcore.py" --kind crash --ram "$ram" --left-all left --truth mem --lack "$lack" "$@" core
}

# dumped NAME PROFILE [LINE]: with it; and what is said
dumped() {
	rm -f x.kd
	try "$dump" -q -f kdump -p "$2" -s stats -o x.kd core
	status_is 0 "$1: status"
	[ "$(cat err)" = "${3:-}" ]
	report $? "$1: what is said" "$(cat err)"
}

judged() {
	"$gen/kjkdump.py" --truth mem --core core --ram "$ram" --left left x.kd >judge.out 2>&1
	report $? "$1: the oracle agrees" "$(tail -n 1 judge.out)"
}

lack='PAGE_|PG_|OFFSET.page|SIZE.page|free_area|SIZE.mem_section|mem_section\.'
core "$lack"
rm -f x.kd
try "$dump" -q -f kdump -s stats -o x.kd core
cp stats out
key_is PAGES_FREE 0 'without a profile nothing is left out'
dumped 'a profile' prog.profile
judged 'a profile'
core 'PAGE_OFFLINE'
dumped 'for one key' prog.profile
judged 'for one key'
try "$dump" -E -q -p prog.profile core
key_is CLASSES_KNOWN 1 '-E takes one, too'

keep='offline pages cannot be recognised in this kernel, kept (BTF: not there)'
sed 's/^BUILD-ID=00/BUILD-ID=01/' prog.profile >bad.profile
dumped 'of another kernel' bad.profile "kjump-dump: bad.profile: not of this kernel, as far as can be told; not used
kjump-dump: core: $keep"
core 'PAGE_OFFLINE|BUILD-ID'
dumped 'no build ID, but the same numbers' prog.profile
judged 'no build ID, but the same numbers'
sed 's/_refcount)=52/_refcount)=56/' prog.profile >bad.profile
dumped 'no build ID, and another number' bad.profile "kjump-dump: bad.profile: not of this kernel, as far as can be told; not used
kjump-dump: core: $keep"
sed 's/^KJUMP_PROFILE=1/KJUMP_PROFILE=2/' prog.profile >bad.profile
dumped 'a later version' bad.profile "kjump-dump: bad.profile: a profile of version 2, not used
kjump-dump: core: $keep"
sed 1d prog.profile >bad.profile
dumped 'no first line' bad.profile "kjump-dump: bad.profile: no profile, not used
kjump-dump: core: $keep"
{ cat prog.profile; printf 'A\0B\n'; } >bad.profile
dumped 'bytes that are no text' bad.profile "kjump-dump: bad.profile: no profile, not used
kjump-dump: core: $keep"
dumped 'not there' none.profile "kjump-dump: none.profile: No such file or directory, not used
kjump-dump: core: $keep"
# what the kernel itself says comes first
sed 's/PAGE_OFFLINE_MAPCOUNT_VALUE)=.*/PAGE_OFFLINE_MAPCOUNT_VALUE)=-268435456/' prog.profile >bad.profile
core 'PAGE_OFFLINE' --btf
dumped 'BTF before a profile' bad.profile
judged 'BTF before a profile'

done_testing
