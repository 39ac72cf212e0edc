// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * core/memsection: sections that are there, those that are not, where their struct pages lie, and
 * tables that lie; must never need a kernel.
 */
#include <stdio.h>

#include "core/memsection.h"
#include "core/vmcoreinfo.h"
#include "pgtable_mem.h"
#include "tap.h"

#define DIRECT 0xffff888000000000ull
#define VMEMMAP 0xffffea0000000000ull
#define ROOTS 0x100000ull /* the array of pointers, two pages of it used */
#define ROOT0 0x200000ull
#define ROOT600 0x203000ull

static struct kj_pgtable pt;
static struct kj_memsection ms;
static struct kj_section s;
static struct kj_section_piece piece[KJ_SECTION_PIECES];

/* @before stands before the usual keys: the first of two counts. */
static enum kj_err init(const char *before, unsigned long long roots, unsigned int size)
{
	char text[600];
	struct kj_vmcoreinfo vi;

	snprintf(text, sizeof(text),
		 "%sSYMBOL(mem_section)=%llx\nLENGTH(mem_section)=4096\nSIZE(mem_section)=%u\n"
		 "OFFSET(mem_section.section_mem_map)=0\nNUMBER(SECTION_SIZE_BITS)=27\n"
		 "NUMBER(MAX_PHYSMEM_BITS)=46\n%s",
		 before, roots, size, size == 8 ? "" : "SIZE(page)=64\n");
	kj_vmcoreinfo_init(text, strlen(text), &vi);
	return kj_memsection_init(&vi, &pt, &ms);
}

/* Section @nr of 32 bytes in the root at @root. */
static void put(uint64_t root, uint64_t nr, uint64_t map)
{
	mem_put64(root + 32 * (nr % 128), map);
}

/* What was read before is old. */
static void forget(void)
{
	kj_pgtable_init_at(MEM_TABLES, 4, mem_read, NULL, &pt);
}

static void start(void)
{
	mem_init(4);
	forget();
	for (uint64_t pa = 0; pa < MEM_SIZE; pa += 0x200000)
		mem_map(DIRECT + pa, pa, 1);
	mem_put64(ROOTS, DIRECT + ROOT0);
	mem_put64(ROOTS + 8 * 600, DIRECT + ROOT600);
	put(ROOT0, 0, VMEMMAP | 0xf);
	put(ROOT0, 1, VMEMMAP | 0x1f);       /* of a device */
	put(ROOT0, 2, VMEMMAP | 0xb);        /* not online */
	put(ROOT0, 3, VMEMMAP | 0xd);        /* no map */
	put(ROOT0, 4, VMEMMAP | 0x6);        /* not present */
	put(ROOT600, 76801, VMEMMAP | 0x27); /* a flag that is not known yet */
	is(init("", DIRECT + ROOTS, 32), KJ_OK, "init");
}

static void lookup(void)
{
	uint64_t nr = 0;

	start();
	is(ms.nsections, 1 << 19, "2^46 bytes in sections of 2^27");
	is(kj_memsection_get(&ms, 0, &s), KJ_OK, "section 0");
	ok(s.pfn == 0 && s.page_va == VMEMMAP && s.flags == 7, "its struct pages");
	is(kj_memsection_get(&ms, 1, &s), KJ_OK, "section 1");
	ok(s.pfn == 32768 && s.page_va == VMEMMAP + 0x200000, "its struct pages, 2 MiB on");
	is(kj_memsection_get(&ms, 2, &s), KJ_OK, "section 2");
	is(s.flags, KJ_SECT_PRESENT | KJ_SECT_MEM_MAP, "is not online");
	is(kj_memsection_get(&ms, 3, &s), KJ_ENOTFOUND, "no struct pages");
	is(kj_memsection_get(&ms, 4, &s), KJ_ENOTFOUND, "not present");
	is(kj_memsection_get(&ms, 5, &s), KJ_ENOTFOUND, "empty");
	is(kj_memsection_get(&ms, 128, &s), KJ_ENOTFOUND, "no root");
	is(kj_memsection_get(&ms, 76801, &s), KJ_OK, "far up");
	ok(s.page_va == VMEMMAP + 76801 * 0x200000ull && s.pfn == 76801ull << 15,
	   "flag bits up to a page are no address");
	is(kj_memsection_get(&ms, 1 << 19, &s), KJ_ERANGE, "behind the last one");
	is(kj_memsection_get(&ms, UINT64_MAX, &s), KJ_ERANGE, "far behind");

	mem_reads = 0;
	uint64_t seen[8] = { 0 };
	unsigned int n = 0;
	while (n < 8 && !kj_memsection_next(&ms, &nr, &s))
		seen[n++] = nr++;
	ok(n == 4 && !seen[0] && seen[1] == 1 && seen[2] == 2 && seen[3] == 76801,
	   "next finds all");
	ok(mem_reads < 32, "in %u reads", mem_reads);
	is(kj_memsection_next(&ms, &nr, &s), KJ_ENOTFOUND, "and then no more");
}

static void pieces(void)
{
	uint32_t n = 9;

	start();
	mem_map(VMEMMAP, 0x600000, 1);
	kj_memsection_get(&ms, 0, &s);
	is(kj_memsection_pieces(&ms, &s, piece, &n), KJ_OK, "one large page");
	ok(n == 1 && piece[0].pa == 0x600000 && piece[0].first == 0 && piece[0].npages == 32768,
	   "is one piece");
	kj_memsection_get(&ms, 1, &s);
	is(kj_memsection_pieces(&ms, &s, piece, &n), KJ_OK, "nothing mapped");
	is(n, 0, "no piece");
	for (unsigned int i = 0; i < 512; i++)
		if (i != 7)
			mem_map(VMEMMAP + 0x200000 + i * 4096ull, 0x400000 + i * 4096ull, 0);
	mem_map(VMEMMAP + 0x200000 + 100 * 4096ull, 0x5000, 0);
	forget();
	is(kj_memsection_pieces(&ms, &s, piece, &n), KJ_OK, "small pages, a hole, a stray");
	is(n, 4, "four pieces");
	ok(piece[0].npages == 7 * 64 && piece[1].first == 8 * 64 && piece[1].npages == 92 * 64,
	   "before and behind the hole");
	ok(piece[2].pa == 0x5000 && piece[2].npages == 64 && piece[2].first == 6400, "the stray");
	ok(piece[3].pa == 0x400000 + 101 * 4096 && piece[3].first + piece[3].npages == 32768,
	   "and the rest");
	/* hugetlb with optimised vmemmap: the same page again and again */
	for (unsigned int i = 0; i < 512; i++)
		mem_map(VMEMMAP + 0x200000 + i * 4096ull, 0x400000, 0);
	forget();
	is(kj_memsection_pieces(&ms, &s, piece, &n), KJ_OK, "one page 512 times");
	is(n, KJ_SECTION_PIECES, "fills the table and no more");
	start();
	mem_put64(mem_entry(VMEMMAP, 1), MEM_SIZE | 1);
	kj_memsection_get(&ms, 0, &s);
	is(kj_memsection_pieces(&ms, &s, piece, &n), KJ_ETRUNC, "tables that cannot be read");
	mem_init(4);
	mem_put64(mem_entry(VMEMMAP, 1), 0x3080 | 1);
	forget();
	is(kj_memsection_pieces(&ms, &s, piece, &n), KJ_EFORMAT, "tables that lie");
}

static void lies(void)
{
	uint64_t nr = 600 * 128;

	start();
	mem_put64(ROOTS + 8, 0x1000);
	mem_put64(ROOTS + 16, DIRECT + 4);
	mem_put64(ROOTS + 24, UINT64_MAX - 7);
	mem_put64(ROOTS + 32, DIRECT + MEM_SIZE);
	put(ROOT0, 6, 0x1003);
	put(ROOT0, 7, 0xfffffffffffff003ull);
	is(init("", DIRECT + ROOTS, 32), KJ_OK, "init");
	is(kj_memsection_get(&ms, 128, &s), KJ_ERANGE, "a root in user space");
	is(kj_memsection_get(&ms, 256, &s), KJ_ERANGE, "a root that is not aligned");
	is(kj_memsection_get(&ms, 384, &s), KJ_ERANGE, "a root at the end of it all");
	is(kj_memsection_get(&ms, 512, &s), KJ_EFORMAT, "a root that is not mapped");
	is(kj_memsection_get(&ms, 6, &s), KJ_ERANGE, "struct pages in user space");
	is(kj_memsection_get(&ms, 7, &s), KJ_ERANGE, "struct pages that wrap");
	mem_map(DIRECT + 0x200000, MEM_SIZE, 1);
	forget();
	init("", DIRECT + ROOTS, 32);
	is(kj_memsection_next(&ms, &nr, &s), KJ_ETRUNC, "a root that cannot be read");
	is(nr, 600 * 128, "stays where it is");
}

static void keys(void)
{
	start();
	is(init("", DIRECT + ROOTS, 16), KJ_EUNSUPP, "too many roots for sections of 16 bytes");
	is(init("", DIRECT + ROOTS, 24), KJ_ERANGE, "sections of 24 bytes");
	is(init("", DIRECT + ROOTS, 0), KJ_ERANGE, "sections of nothing");
	is(init("", 0x1000, 32), KJ_ERANGE, "roots in user space");
	is(init("", UINT64_MAX - 4095, 32), KJ_ERANGE, "roots that wrap");
	is(init("", DIRECT + 4, 32), KJ_ERANGE, "roots that are not aligned");
	is(init("", DIRECT + ROOTS, 8), KJ_ENOTFOUND, "a key is missing");
	is(init("NUMBER(SECTION_SIZE_BITS)=28\n", DIRECT + ROOTS, 32), KJ_EUNSUPP,
	   "sections of 256 MiB");
	is(init("SIZE(page)=56\n", DIRECT + ROOTS, 32), KJ_EUNSUPP, "struct pages of 56 bytes");
	is(init("LENGTH(mem_section)=524288\n", DIRECT + ROOTS, 32), KJ_EUNSUPP, "a static table");
	is(init("NUMBER(MAX_PHYSMEM_BITS)=64\n", DIRECT + ROOTS, 32), KJ_ERANGE, "64 bits");
	is(init("OFFSET(mem_section.section_mem_map)=32\n", DIRECT + ROOTS, 32), KJ_ERANGE,
	   "a map behind its section");
	is(init("OFFSET(mem_section.section_mem_map)=-8\n", DIRECT + ROOTS, 32), KJ_ERANGE,
	   "a map before its section");
	is(init("NUMBER(MAX_PHYSMEM_BITS)=52\nLENGTH(mem_section)=262144\n", DIRECT + ROOTS, 32),
	   KJ_OK, "five levels");
}

int main(void)
{
	lookup();
	pieces();
	lies();
	keys();
	return tap_done();
}
