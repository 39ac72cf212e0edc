// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * core/pageclass: every class in every encoding from 6.1 to 7.1, blocks over the ends of pieces, and keys that lie;
 * must never need a kernel.
 */
#include <stdio.h>
#include <stdlib.h>

#include "pageclass_mem.h"
#include "tap.h"

static void free_pages(const struct encoding *e)
{
	is(init(e->text, KJ_LEVEL_IMAGE), KJ_OK, e->name);
	is(pc.missing, 0, "nothing is missing");
	fresh();
	ok(out(0, 0, 0), "%s: pages in use are kept", e->name);
	int good = 1;
	for (unsigned int order = 0; order < 11; order++) {
		fresh();
		block(1024, e->buddy, order);
		good &= out(1024, 1u << order, KJ_CLASS_FREE) && !counts.doubt;
	}
	ok(good, "%s: free blocks of each order", e->name);
	fresh();
	block(64, e->offline, 0);
	ok(out(64, 1, KJ_CLASS_OFFLINE), "%s: offline", e->name);
	fresh();
	block(1024, 0xf7000000u, 10);
	ok(e->unaccepted ? out(1024, 1024, KJ_CLASS_UNACCEPTED) : out(0, 0, 0), "%s: unaccepted",
	   e->name);
	fresh();
	block(1024, e->buddy, 3);
	init(e->text, KJ_LEVEL_MAX & ~KJ_LEVEL_FREE);
	ok(out(0, 0, 0), "%s: free pages are kept if not asked for", e->name);
}

static void used_pages(const struct encoding *e)
{
	init(e->text, KJ_LEVEL_USER);
	fresh();
	page[5].mapping = ANON;
	ok(out(5, 1, KJ_CLASS_USER), "%s: anonymous", e->name);
	slab(e, 5);
	ok(out(0, 0, 0), "%s: slab is not", e->name);
	fresh();
	page[512].mapping = ANON;
	compound(e, 512, 9, 0);
	ok(out(512, 512, KJ_CLASS_USER), "%s: a transparent huge page", e->name);
	fresh();
	compound(e, 512, 9, 0);
	ok(out(0, 0, 0), "%s: a compound page of the kernel's", e->name);
	compound(e, 512, 9, 1);
	ok(out(512, 512, KJ_CLASS_USER), "%s: hugetlb", e->name);
	init(e->text, KJ_LEVEL_MAX & ~KJ_LEVEL_USER);
	ok(out(0, 0, 0), "%s: hugetlb is kept if not asked for", e->name);

	init(e->text, KJ_LEVEL_CACHE);
	fresh();
	page[128].mapping = FILEMAP;
	page[128].flags = LRU;
	compound(e, 128, 4, 0);
	ok(out(128, 16, KJ_CLASS_CACHE), "%s: a cache folio", e->name);
	page[128].flags |= PRIVATE;
	ok(out(0, 0, 0), "%s: with buffers it is kept", e->name);
	init(e->text, KJ_LEVEL_PRIVATE);
	ok(out(128, 16, KJ_CLASS_PRIVATE), "%s: unless they are asked for", e->name);
	page[128].mapping = ANON;
	ok(out(0, 0, 0), "%s: anonymous pages are no cache", e->name);
	fresh();
	page[3].flags = SWAPBACKED;
	ok(out(0, 0, 0), "%s: swap backed alone", e->name);
	page[3].flags |= SWAPCACHE;
	ok(out(3, 1, KJ_CLASS_CACHE), "%s: swap cache", e->name);
}

/* The same array in pieces gives the same bits as in one. */
static void in_pieces(uint32_t level, unsigned int step, const char *what)
{
	uint8_t whole[N / 8];
	struct kj_class_counts all;

	scan_at(0x8000, 0x10000);
	memcpy(whole, bits, sizeof(bits));
	all = counts;
	memset(bits, 0, sizeof(bits));
	memset(&counts, 0, sizeof(counts));
	for (unsigned int i = 0; i < N; i += step)
		kj_pageclass_scan(&pc, (const uint8_t *)&page[i], 0x8000 + i, step, 0x10000, &carry,
				  bits + i / 8, &counts);
	ok(!memcmp(whole, bits, sizeof(bits)) && !memcmp(&all, &counts, sizeof(all)),
	   "%s, level 0x%x, %u at a time", what, level, step);
	(void)level;
}

static void pieces(void)
{
	static const uint32_t levels[] = { KJ_LEVEL_MAX, KJ_LEVEL_FREE, KJ_LEVEL_IMAGE, 0 };

	srand(20);
	for (unsigned int round = 0; round < 4; round++) {
		init(E612->text, levels[round]);
		fresh();
		for (unsigned int i = 0; i < N;) {
			unsigned int order = (unsigned int)rand() % 11,
				     kind = (unsigned int)rand() % 6;

			while (i & ((1u << order) - 1))
				order--;
			if (kind < 2)
				block(i, E612->buddy, order);
			if (kind == 2 && order)
				compound(E612, i, order, rand() & 1);
			if (kind == 3)
				page[i].flags |= LRU | (rand() & 1 ? PRIVATE : 0);
			if (kind == 4)
				page[i].mapping = ANON;
			if (kind == 5)
				page[i].flags |= POISON;
			i += 1u << order;
		}
		in_pieces(levels[round], 64, "random pages");
		in_pieces(levels[round], 512, "random pages");
	}

	init(E612->text, KJ_LEVEL_IMAGE);
	fresh();
	block(1024, E612->buddy, 10);
	page[1024 + 600].refcount = 1;
	scan_at(0x8000, 0x10000);
	is(counts.n[KJ_CLASS_FREE], 0, "a contradiction keeps the whole block");
	memset(&counts, 0, sizeof(counts));
	for (unsigned int i = 0; i < N; i += 512)
		kj_pageclass_scan(&pc, (const uint8_t *)&page[i], 0x8000 + i, 512, 0x10000, &carry,
				  bits + i / 8, &counts);
	is(counts.n[KJ_CLASS_FREE], 512, "in pieces it keeps what comes with it and behind");
	is(counts.doubt, 1, "and is told");
	is(carry.left, 0, "and over");
}

/* E612's text with one more line before it: the first counts. */
static enum kj_err with(const char *line, uint32_t level)
{
	static char text[4096];

	snprintf(text, sizeof(text), "%s\n%s", line, E612->text);
	return init(text, level);
}

static void keys(void)
{
	static const struct {
		const char *line;
		uint32_t level, missing;
	} bad[] = {
		{ "NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=-1", KJ_LEVEL_MAX, KJ_MISS_FREE },
		{ "NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=128", KJ_LEVEL_MAX, KJ_MISS_FREE },
		{ "NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=many", KJ_LEVEL_MAX, KJ_MISS_FREE },
		{ "NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=many", KJ_LEVEL_USER, 0 },
		{ "LENGTH(zone.free_area)=0", KJ_LEVEL_FREE, KJ_MISS_FREE },
		{ "LENGTH(zone.free_area)=64", KJ_LEVEL_FREE, KJ_MISS_FREE },
		{ "OFFSET(page._refcount)=61", KJ_LEVEL_IMAGE, KJ_MISS_FREE | KJ_MISS_HWPOISON },
		{ "OFFSET(page.private)=-8", KJ_LEVEL_FREE, KJ_MISS_FREE },
		{ "NUMBER(PAGE_UNACCEPTED_MAPCOUNT_VALUE)=0", KJ_LEVEL_FREE, KJ_MISS_FREE },
		{ "NUMBER(PAGE_OFFLINE_MAPCOUNT_VALUE)=0", 0, KJ_MISS_OFFLINE },
		{ "NUMBER(PG_hwpoison)=64", 0, KJ_MISS_HWPOISON },
		{ "NUMBER(PG_lru)=-1", KJ_LEVEL_CACHE, KJ_MISS_CACHE },
		{ "NUMBER(PG_lru)=-1", KJ_LEVEL_IMAGE, 0 },
		{ "NUMBER(PAGE_SLAB_MAPCOUNT_VALUE)=1", KJ_LEVEL_USER, KJ_MISS_USER },
		{ "NUMBER(PAGE_HUGETLB_MAPCOUNT_VALUE)=7", KJ_LEVEL_USER,
		  KJ_MISS_HUGETLB | KJ_MISS_ORDER },
	};

	for (unsigned int i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		int good = !with(bad[i].line, bad[i].level) && pc.missing == bad[i].missing;

		ok(good, "%s at level 0x%x: missing 0x%x", bad[i].line, bad[i].level, pc.missing);
		/* and nothing of that class is left out */
		fresh();
		block(1024, bad[i].line[0] == 'N' ? 128 : E612->buddy, 3);
		if (pc.missing & KJ_MISS_FREE)
			ok(out(0, 0, 0), "free pages are kept");
	}
	is(with("SIZE(page)=56", 0), KJ_EUNSUPP, "struct pages of 56 bytes");
	is(with("OFFSET(page.flags)=57", 0), KJ_ERANGE, "flags behind the page");
	is(with("OFFSET(page.flags)=4", 0), KJ_ERANGE, "flags that are not aligned");
	is(with("NUMBER(PG_head_mask)=96", 0), KJ_ERANGE, "a mask of two bits");
	is(init("SIZE(page)=64\n", 0), KJ_ENOTFOUND, "hardly a key");
	is(init("", 0), KJ_ENOTFOUND, "no key");
	is(init(E612->text, 32), KJ_ERANGE, "a level that does not exist");
	is(init(LAYOUT HEAD FLAGS, KJ_LEVEL_MAX), KJ_OK, "no types at all");
	is(pc.missing,
	   KJ_MISS_FREE | KJ_MISS_OFFLINE | KJ_MISS_USER | KJ_MISS_HUGETLB | KJ_MISS_ORDER,
	   "are all missing");
	fresh();
	page[5].mapping = ANON;
	block(8, E612->buddy, 3);
	ok(out(0, 0, 0), "and all is kept");
}

static void names(void)
{
	is_str(kj_class_name(KJ_CLASS_FREE), "free", "class name");
	is_str(kj_class_name(KJ_CLASS_COUNT), "?", "no class");
	is_str(kj_miss_name(KJ_MISS_ORDER), "compound", "name of the last bit");
	is_str(kj_miss_name(1u << KJ_MISS_BITS), "?", "no bit");
	is_str(kj_miss_name(3), "?", "two bits");
}

int main(void)
{
	for (unsigned int i = 0; i < sizeof(encodings) / sizeof(encodings[0]); i++) {
		free_pages(&encodings[i]);
		used_pages(&encodings[i]);
	}
	pieces();
	keys();
	names();
	return tap_done();
}
