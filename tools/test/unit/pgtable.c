// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * core/pgtable: 4 and 5 levels, all page sizes, keys, and tables that lie; must never need a
 * kernel.
 */
#include <stdio.h>

#include "core/vmcoreinfo.h"
#include "pgtable_mem.h"
#include "tap.h"

static struct kj_pgtable pt;

static enum kj_err walk(uint64_t va, uint64_t *pa, uint64_t *len)
{
	*pa = *len = 0;
	return kj_pgtable_walk(&pt, va, pa, len);
}

static void start(unsigned int levels)
{
	mem_init(levels);
	is(kj_pgtable_init_at(MEM_TABLES, levels, mem_read, NULL, &pt), KJ_OK, "init_at");
}

static void sizes(unsigned int levels)
{
	const uint64_t base = levels == 5 ? 0xff11000000000000ull : 0xffff888000000000ull;
	uint64_t pa, len;

	start(levels);
	mem_map(base, 0x5000, 0);
	mem_map(base + 0x200000, 0x40000000, 1);
	mem_map(base + 0x40000000, 0x1c0000000ull, 2);
	is(walk(base + 0x123, &pa, &len), KJ_OK, "4 KiB page");
	is(pa, 0x5123, "its address");
	is(len, 4096 - 0x123, "and what is left of it");
	is(walk(base + 0x3ff001, &pa, &len), KJ_OK, "2 MiB page");
	is(pa, 0x401ff001, "its address");
	is(len, 0xfff, "and what is left of it");
	is(walk(base + 0x40000000 + 0x12345678, &pa, &len), KJ_OK, "1 GiB page");
	is(pa, 0x1d2345678ull, "its address");
	is(len, 0x40000000 - 0x12345678, "and what is left of it");
	is(walk(base + 0x1000, &pa, &len), KJ_ENOTFOUND, "a PTE that is not there");
	is(walk(base + 0x80000000, &pa, &len), KJ_ENOTFOUND, "a PUD that is not there");
	is(walk(0, &pa, &len), KJ_ENOTFOUND, "the lower half is empty");
	is(walk(1ull << (levels == 5 ? 56 : 47), &pa, &len), KJ_ERANGE, "not canonical, low");
	is(walk(~(1ull << (levels == 5 ? 56 : 47)), &pa, &len), KJ_ERANGE, "not canonical, high");
	is(walk(UINT64_MAX, &pa, &len), KJ_ENOTFOUND, "the last address is canonical");
}

static void lies(void)
{
	const uint64_t va = 0xffff888000000000ull;
	uint64_t pa = 7, len = 8;

	start(4);
	mem_put64(mem_entry(va, 3), 0x20000 | 0x80 | 1);
	is(kj_pgtable_walk(&pt, va, &pa, &len), KJ_EFORMAT, "a large page in the top table");
	ok(pa == 7 && len == 8, "errors leave the results alone");

	start(4);
	mem_put64(mem_entry(va, 1), 0x3000 | 0x80 | 1);
	is(walk(va, &pa, &len), KJ_EFORMAT, "a 2 MiB page that is not aligned");
	start(4);
	mem_put64(mem_entry(va, 1), 0x201000 | 0x80 | 1);
	is(walk(va, &pa, &len), KJ_OK, "bit 12 of a 2 MiB page is its PAT");
	is(pa, 0x200000, "and not part of the address");
	start(4);
	mem_put64(mem_entry(va, 0), 0x7000 | 0x80 | 1);
	is(walk(va, &pa, &len), KJ_OK, "bit 7 of a PTE is its PAT");
	is(pa, 0x7000, "and the page has 4 KiB");
	start(4);
	mem_put64(mem_entry(va, 0), 0x7000 | 0xfff0000000000000ull | 1);
	is(walk(va, &pa, &len), KJ_OK, "high flag bits");
	is(pa, 0x7000, "are no part of the address");

	start(4);
	mem_put64(mem_entry(va, 2), MEM_SIZE | 1);
	is(walk(va, &pa, &len), KJ_ETRUNC, "a table that cannot be read");
	mem_put64(mem_entry(va, 2), 0);
	is(walk(va, &pa, &len), KJ_ETRUNC, "the entry that led there is kept");
	/* a table that points at itself ends after as many steps as there are levels */
	start(5);
	mem_put64(MEM_TABLES + 8 * 273, MEM_TABLES | 1);
	is(walk(0xff11000000000000ull | 273ull << 39 | 273ull << 30 | 273ull << 21 | 273ull << 12,
		&pa, &len),
	   KJ_OK, "a table that names itself");
	is(pa, MEM_TABLES, "is walked through once per level");
}

static void cached(void)
{
	const uint64_t va = 0xffffea0000000000ull;
	uint64_t pa, len;

	start(4);
	for (unsigned int i = 0; i < 100; i++)
		mem_map(va + i * 0x200000ull, i * 0x200000ull, 1);
	mem_reads = 0;
	for (unsigned int i = 0; i < 100; i++)
		if (walk(va + i * 0x200000ull, &pa, &len) || pa != i * 0x200000ull)
			ok(0, "page %u", i);
	is(mem_reads, 3, "a hundred neighbours need three reads");
}

static void reads(void)
{
	const uint64_t va = 0xffffc90000000000ull;
	uint8_t buf[3 * 4096];

	start(4);
	mem_map(va, 0x300000, 0);
	mem_map(va + 0x1000, 0x200000, 0);
	mem_map(va + 0x2000, MEM_SIZE, 0);
	memset(mem + 0x300000, 1, 4096);
	memset(mem + 0x200000, 2, 4096);
	is(kj_pgtable_read(&pt, va + 4090, buf, 12), KJ_OK, "read over a page's end");
	ok(buf[0] == 1 && buf[5] == 1 && buf[6] == 2 && buf[11] == 2, "both halves");
	is(kj_pgtable_read(&pt, va, buf, 0), KJ_OK, "no bytes");
	is(kj_pgtable_read(&pt, va + 0x1ffe, buf, 4), KJ_ETRUNC, "a page that cannot be read");
	is(kj_pgtable_read(&pt, va + 0x3000, buf, 4), KJ_ENOTFOUND, "a page that is not mapped");
	mem_map(0xfffffffffffff000ull, 0x300000, 0);
	kj_pgtable_init_at(MEM_TABLES, 4, mem_read, NULL, &pt); /* what was read before is old */
	is(kj_pgtable_read(&pt, UINT64_MAX, buf, 1), KJ_OK, "the last byte");
	is(kj_pgtable_read(&pt, UINT64_MAX, buf, 2), KJ_ERANGE, "not over the end of it all");
}

/* The direct map, where KASLR put it. */
static void direct(unsigned int levels, uint64_t first)
{
	uint64_t at = 0;

	start(levels);
	ok(kj_pgtable_direct(&pt, &at) == KJ_ENOTFOUND, "%u levels: no direct map", levels);
	mem_map(first - (1ull << 39), 0, 2);
	mem_map(0xffffffff80000000ull, 0, 1);
	kj_pgtable_init_at(MEM_TABLES, levels, mem_read, NULL, &pt);
	ok(kj_pgtable_direct(&pt, &at) == KJ_ENOTFOUND, "%u levels: what is mapped elsewhere is none", levels);
	mem_map(first + (5ull << 39) + (7ull << 30) + 0x400000, 0x400000, 1);
	kj_pgtable_init_at(MEM_TABLES, levels, mem_read, NULL, &pt);
	ok(kj_pgtable_direct(&pt, &at) == KJ_OK, "%u levels: a direct map", levels);
	ok(at == first + (5ull << 39) + (7ull << 30), "its start");
	mem_map(first + (5ull << 39) + (7ull << 30) + 0x1000, 0x1000, 0);
	kj_pgtable_init_at(MEM_TABLES, levels, mem_read, NULL, &pt);
	ok(kj_pgtable_direct(&pt, &at) == KJ_OK, "%u levels: one of small pages", levels);
	ok(at == first + (5ull << 39) + (7ull << 30), "its start");
	mem_map(first + (3ull << 39), 0x200000, 1);
	kj_pgtable_init_at(MEM_TABLES, levels, mem_read, NULL, &pt);
	ok(kj_pgtable_direct(&pt, &at) == KJ_EFORMAT, "%u levels: something else in front of it", levels);
	mem_put64(mem_entry(first + (2ull << 39), 3), MEM_SIZE | 1);
	kj_pgtable_init_at(MEM_TABLES, levels, mem_read, NULL, &pt);
	ok(kj_pgtable_direct(&pt, &at) == KJ_ETRUNC, "%u levels: a table that cannot be read", levels);
}

static enum kj_err init(const char *text)
{
	struct kj_vmcoreinfo vi;

	memset(&pt, 0, sizeof(pt));
	kj_vmcoreinfo_init(text, strlen(text), &vi);
	return kj_pgtable_init(&vi, mem_read, NULL, &pt);
}

#define TOP "SYMBOL(init_top_pgt)=ffffffff82016000\n"
#define BASE "NUMBER(phys_base)=-16777216\n"

static void keys(void)
{
	uint64_t pa;

	is(init(TOP BASE "NUMBER(pgtable_l5_enabled)=1\nNUMBER(sme_mask)=0\n"), KJ_OK, "all keys");
	is(pt.root, 0x1016000, "the tables, with a negative phys_base");
	is(pt.levels, 5, "five levels");
	is(kj_pgtable_image_pa(&pt, 0xffffffff82000010ull, &pa), KJ_OK, "an image address");
	is(pa, 0x1000010, "is translated without a walk");
	is(kj_pgtable_image_pa(&pt, 0xffffffff7fffffffull, &pa), KJ_ERANGE, "not below the image");
	is(kj_pgtable_image_pa(&pt, 0xffffffffc0000000ull, &pa), KJ_ERANGE, "nor in the modules");
	is(kj_pgtable_image_pa(&pt, 0xffffffff80000000ull, &pa), KJ_ERANGE, "nor below zero");
	is(init(BASE "SYMBOL(swapper_pg_dir)=ffffffff82016000\n"), KJ_OK, "the older symbol");
	is(pt.levels, 4, "four levels unless said otherwise");
	is(init(BASE), KJ_ENOTFOUND, "no tables");
	is(init(TOP), KJ_ENOTFOUND, "no phys_base");
	is(init(""), KJ_ENOTFOUND, "nothing");
	is(init(TOP BASE "NUMBER(sme_mask)=140737488355328\n"), KJ_EUNSUPP, "memory encryption");
	is(init(TOP BASE "NUMBER(pgtable_l5_enabled)=2\n"), KJ_ERANGE, "half a level");
	is(init(TOP BASE "NUMBER(pgtable_l5_enabled)=x\n"), KJ_EFORMAT, "no number");
	is(init(BASE "SYMBOL(init_top_pgt)=ffff888002016000\n"), KJ_ERANGE, "no image address");
	is(init(TOP "NUMBER(phys_base)=1\n"), KJ_ERANGE, "tables that are not aligned");
	is(init(TOP "NUMBER(phys_base)=-1073741824\n"), KJ_ERANGE, "tables below zero");
	is(init(TOP "NUMBER(phys_base)=4503599627370496\n"), KJ_ERANGE, "tables above 52 bits");
	is(kj_pgtable_init_at(0x1000, 3, mem_read, NULL, &pt), KJ_ERANGE, "three levels");
	is(kj_pgtable_init_at(0x1008, 4, mem_read, NULL, &pt), KJ_ERANGE, "a root within a page");
}

int main(void)
{
	sizes(4);
	sizes(5);
	lies();
	cached();
	reads();
	direct(4, 0xffff888000000000ull);
	direct(5, 0xff11000000000000ull);
	keys();
	return tap_done();
}
