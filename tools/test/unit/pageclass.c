// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * core/pageclass: every class in every encoding from 6.1 to 7.1, blocks over the ends of pieces,
 * what is kept in doubt, and keys that lie; must never need a kernel.
 */
#include <stdio.h>
#include <stdlib.h>

#include "core/memsection.h"
#include "core/pageclass.h"
#include "core/vmcoreinfo.h"
#include "tap.h"

/* Struct page as all of these kernels have it. */
struct page {
	uint64_t flags, compound_head, lru_prev, mapping, index, private;
	uint32_t mapcount, refcount;
	uint64_t memcg;
};
_Static_assert(sizeof(struct page) == KJ_PAGE_STRUCT, "struct page");

#define N 2048u
#define LAYOUT                                                                                     \
	"SIZE(page)=64\nOFFSET(page.flags)=0\nOFFSET(page._refcount)=52\nOFFSET(page.mapping)="    \
	"24\n"                                                                                     \
	"OFFSET(page._mapcount)=48\nOFFSET(page.private)=40\nLENGTH(zone.free_area)=11\n"
#define HEAD "OFFSET(page.compound_head)=8\n"
#define FLAGS                                                                                      \
	"NUMBER(PG_lru)=5\nNUMBER(PG_private)=14\nNUMBER(PG_swapcache)=10\n"                       \
	"NUMBER(PG_swapbacked)=17\nNUMBER(PG_hwpoison)=20\nNUMBER(PG_head_mask)=64\n"
#define LRU (1ull << 5)
#define PRIVATE (1ull << 14)
#define SWAPCACHE (1ull << 10)
#define SWAPBACKED (1ull << 17)
#define POISON (1ull << 20)
#define HEADBIT 64ull
#define SLABBIT (1ull << 9)
#define ANON 0xffff888012345001ull
#define FILEMAP 0xffff888012345000ull
#define MAGIC 0x48575053u

static const struct encoding {
	const char *name, *text;
	uint32_t buddy, offline, unaccepted; /* whole _mapcount; unaccepted 0: not known */
	uint32_t slab;                       /* whole _mapcount; 0: SLABBIT */
	uint32_t huge;                       /* whole _mapcount; 0: a byte or flag of page[1] */
	uint64_t huge_flag;                  /* of page[1]; 0 with huge 0: a byte */
	unsigned int o_dtor, o_order;        /* bytes of page[1]; o_order 0: flags & 0xff */
} encodings[] = {
	{ "6.1",
	  LAYOUT HEAD FLAGS "NUMBER(PG_slab)=9\nNUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=-129\n"
			    "NUMBER(PAGE_OFFLINE_MAPCOUNT_VALUE)=-257\n"
			    "OFFSET(page.compound_dtor)=16\nOFFSET(page.compound_order)=17\n"
			    "NUMBER(HUGETLB_PAGE_DTOR)=2\n",
	  ~0x80u, ~0x100u, 0, 0, 0, 0, 16, 17 },
	{ "6.3",
	  LAYOUT HEAD FLAGS "NUMBER(PG_slab)=9\nNUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=-129\n"
			    "NUMBER(PAGE_OFFLINE_MAPCOUNT_VALUE)=-257\n"
			    "OFFSET(folio._folio_dtor)=80\nOFFSET(folio._folio_order)=81\n"
			    "NUMBER(HUGETLB_PAGE_DTOR)=2\n",
	  ~0x80u, ~0x100u, 0, 0, 0, 0, 16, 17 },
	{ "6.6",
	  LAYOUT HEAD FLAGS "NUMBER(PG_slab)=9\nNUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=-129\n"
			    "NUMBER(PAGE_OFFLINE_MAPCOUNT_VALUE)=-257\nNUMBER(PG_hugetlb)=8\n",
	  ~0x80u, ~0x100u, 0, 0, 0, 1 << 8, 0, 0 },
	{ "6.9",
	  LAYOUT HEAD FLAGS "NUMBER(PG_slab)=9\nNUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=-129\n"
			    "NUMBER(PAGE_OFFLINE_MAPCOUNT_VALUE)=-257\n"
			    "NUMBER(PAGE_HUGETLB_MAPCOUNT_VALUE)=-2049\n",
	  ~0x80u, ~0x100u, 0, 0, ~0x800u, 0, 0, 0 },
	{ "6.10",
	  LAYOUT HEAD FLAGS "NUMBER(PAGE_SLAB_MAPCOUNT_VALUE)=-4097\n"
			    "NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=-129\n"
			    "NUMBER(PAGE_OFFLINE_MAPCOUNT_VALUE)=-257\n"
			    "NUMBER(PAGE_HUGETLB_MAPCOUNT_VALUE)=-2049\n",
	  ~0x80u, ~0x100u, 0, ~0x1000u, ~0x800u, 0, 0, 0 },
	{ "6.11",
	  LAYOUT HEAD FLAGS "NUMBER(PAGE_SLAB_MAPCOUNT_VALUE)=-33554433\n"
			    "NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=-1073741825\n"
			    "NUMBER(PAGE_OFFLINE_MAPCOUNT_VALUE)=-536870913\n"
			    "NUMBER(PAGE_HUGETLB_MAPCOUNT_VALUE)=-67108865\n",
	  ~0x40000000u, ~0x20000000u, 0, ~0x02000000u, ~0x04000000u, 0, 0, 0 },
	{ "6.12",
	  LAYOUT HEAD FLAGS "NUMBER(PAGE_SLAB_MAPCOUNT_VALUE)=-184549376\n"
			    "NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=-268435456\n"
			    "NUMBER(PAGE_OFFLINE_MAPCOUNT_VALUE)=-251658240\n"
			    "NUMBER(PAGE_HUGETLB_MAPCOUNT_VALUE)=-201326592\n",
	  0xf0000000u, 0xf1000000u, 0, 0xf5000000u, 0xf4000000u, 0, 0, 0 },
	{ "6.16",
	  LAYOUT HEAD FLAGS "NUMBER(PAGE_SLAB_MAPCOUNT_VALUE)=4110417920\n"
			    "NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=0xf0000000\n"
			    "NUMBER(PAGE_OFFLINE_MAPCOUNT_VALUE)=-251658240\n"
			    "NUMBER(PAGE_HUGETLB_MAPCOUNT_VALUE)=-201326592\n"
			    "NUMBER(PAGE_UNACCEPTED_MAPCOUNT_VALUE)=-150994944\n",
	  0xf0000000u, 0xf1000000u, 0xf7000000u, 0xf5000000u, 0xf4000000u, 0, 0, 0 },
	{ "7.1",
	  LAYOUT FLAGS "OFFSET(page.compound_info)=8\nNUMBER(PAGE_SLAB_MAPCOUNT_VALUE)=-184549376\n"
		       "NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=-268435456\n"
		       "NUMBER(PAGE_OFFLINE_MAPCOUNT_VALUE)=-251658240\n"
		       "NUMBER(PAGE_HUGETLB_MAPCOUNT_VALUE)=-201326592\n",
	  0xf0000000u, 0xf1000000u, 0, 0xf5000000u, 0xf4000000u, 0, 0, 0 },
};
#define E612 (&encodings[6])
#define E71 (&encodings[8])

static struct page page[N] __attribute__((aligned(64)));
static struct kj_pageclass pc;
static struct kj_class_counts counts;
static struct kj_class_carry carry;
static uint8_t bits[N / 8];

static enum kj_err init(const char *text, uint32_t level)
{
	struct kj_vmcoreinfo vi;

	kj_vmcoreinfo_init(text, strlen(text), &vi);
	return kj_pageclass_init(&vi, level, &pc);
}

/* All pages in use by the kernel: kept at any level. */
static void fresh(void)
{
	memset(page, 0, sizeof(page));
	for (unsigned int i = 0; i < N; i++) {
		page[i].mapcount = UINT32_MAX;
		page[i].refcount = 1;
	}
}

static void scan_at(uint64_t pfn, uint64_t end)
{
	memset(bits, 0, sizeof(bits));
	memset(&counts, 0, sizeof(counts));
	memset(&carry, 0, sizeof(carry));
	kj_pageclass_scan(&pc, (const uint8_t *)page, pfn, N, end, &carry, bits, &counts);
}

/* Scan; are exactly the @n pages from @first on left out, and counted as @cls? */
static int out(unsigned int first, unsigned int n, enum kj_class cls)
{
	scan_at(0x8000, 0x10000);
	for (unsigned int i = 0; i < N; i++)
		if ((bits[i / 8] >> (i & 7) & 1) != (i >= first && i - first < n))
			return 0;
	return counts.pages == N && counts.n[KJ_CLASS_KEEP] == N - n && (!n || counts.n[cls] == n);
}

static void block(unsigned int at, uint32_t type, uint64_t order)
{
	page[at].mapcount = type;
	page[at].private = order;
	for (unsigned int i = 0; i < 1u << (order & 15) && at + i < N; i++)
		page[at + i].refcount = 0;
}

static void compound(const struct encoding *e, unsigned int at, unsigned int order, int huge)
{
	uint8_t *next = (uint8_t *)&page[at + 1];

	page[at].flags |= HEADBIT;
	for (unsigned int i = 1; i < 1u << order && at + i < N; i++)
		page[at + i].compound_head = 0xffffea0000000000ull + 64ull * at + 1;
	if (e->o_order) {
		next[e->o_order] = (uint8_t)order;
		next[e->o_dtor] = huge ? 2 : 1;
	} else {
		page[at + 1].flags = order | (huge ? e->huge_flag : 0);
	}
	if (huge && e->huge)
		page[at].mapcount = e->huge;
}

static void slab(const struct encoding *e, unsigned int at)
{
	if (e->slab)
		page[at].mapcount = e->slab;
	else
		page[at].flags |= SLABBIT;
}

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

/* What must be kept because the struct page does not make sense. */
static void doubts(void)
{
	init(E612->text, KJ_LEVEL_FREE);
	fresh();
	block(1024, E612->buddy, 11);
	ok(out(0, 0, 0) && counts.doubt == 1, "an order that is too large");
	fresh();
	block(1024, E612->buddy, UINT64_MAX);
	ok(out(0, 0, 0) && counts.doubt == 1, "an order that is no number");
	fresh();
	block(1024 + 4, E612->buddy, 3);
	ok(out(0, 0, 0) && counts.doubt == 1, "a block that is not aligned");
	fresh();
	block(1024, E612->buddy, 3);
	page[1024].refcount = 1;
	ok(out(0, 0, 0) && counts.doubt == 1, "a free page with a reference");
	fresh();
	block(1024, E612->buddy, 3);
	page[1024].flags = HEADBIT;
	ok(out(0, 0, 0) && counts.doubt == 1, "a free page that is a head");
	fresh();
	block(1024, E612->buddy, 3);
	page[1024].compound_head = 1;
	ok(out(0, 0, 0), "a free page that is a tail");
	fresh();
	block(1024, E612->buddy | 1, 3);
	ok(out(0, 0, 0), "a type with something in its low bits");
	fresh();
	block(1024, E612->buddy, 10);
	scan_at(0x10000 - 2048, 0x10000 - 64);
	ok(!counts.n[KJ_CLASS_FREE] && counts.doubt == 1, "a block over the section's end");
	scan_at(0x10000 - 2048, 0x10000);
	is(counts.n[KJ_CLASS_FREE], 1024, "and one that ends there");

	fresh();
	block(1024, E612->buddy, 3);
	page[1029].refcount = 1;
	ok(out(1024, 8, KJ_CLASS_FREE), "a reference within a block is not looked for in dumps");
	init(E612->text, KJ_LEVEL_IMAGE);
	ok(out(0, 0, 0) && counts.doubt == 1, "for an image it keeps the block");
	block(1026, E612->buddy, 1);
	ok(out(1026, 2, KJ_CLASS_FREE), "but not a smaller one within");
}

static void compounds(void)
{
	init(E612->text, KJ_LEVEL_USER);
	fresh();
	page[512].mapping = ANON;
	compound(E612, 512, 9, 0);
	page[513].flags = 19;
	ok(out(512, 1, KJ_CLASS_USER), "an order above 1 GiB counts as none");
	page[513].flags = 255;
	ok(out(512, 1, KJ_CLASS_USER), "nor does 255");
	fresh();
	page[576].mapping = ANON;
	compound(E612, 576, 6, 0);
	page[577].flags = 9;
	ok(out(576, 1, KJ_CLASS_USER), "a head that is not aligned takes nothing along");
	fresh();
	page[N - 1].flags = HEADBIT;
	page[N - 1].mapping = ANON;
	ok(out(N - 1, 1, KJ_CLASS_USER), "a head in the last place: page[1] is not there");
	fresh();
	for (unsigned int i = 1; i < N; i++) {
		page[i].compound_head = 0xffffea0000000001ull;
		page[i].mapping = ANON;
	}
	ok(out(0, 0, 0), "tails follow their head");
}

static void poison(void)
{
	init(E612->text, 0);
	fresh();
	page[7].flags = POISON;
	ok(out(7, 1, KJ_CLASS_HWPOISON), "poisoned");
	page[7].compound_head = 1;
	ok(out(7, 1, KJ_CLASS_HWPOISON), "a poisoned tail");
	fresh();
	compound(E612, 512, 9, 1);
	page[512].flags |= POISON;
	ok(out(512, 512, KJ_CLASS_HWPOISON), "poisoned hugetlb, all of it");
	fresh();
	compound(E612, 512, 9, 0);
	page[512].flags |= POISON;
	ok(out(512, 1, KJ_CLASS_HWPOISON), "another poisoned head, it alone");
	fresh();
	memset(&page[64], 0xff, 64 * 64);
	ok(out(0, 0, 0), "struct pages that were never set up");
	for (unsigned int i = 0; i < 64; i++)
		page[64 + i].compound_head = 0;
	ok(out(0, 0, 0), "even if they look like no tails");

	init(E612->text, KJ_LEVEL_IMAGE);
	fresh();
	page[7].flags = POISON;
	ok(out(0, 0, 0) && counts.doubt == 1, "image: the flag alone proves nothing");
	page[7].private = MAGIC;
	ok(out(7, 1, KJ_CLASS_HWPOISON), "image: taken off the buddy lists");
	page[7].refcount = 2;
	ok(out(0, 0, 0), "image: but somebody holds it");
	page[7].refcount = 1;
	page[7].mapping = FILEMAP;
	ok(out(0, 0, 0), "image: or a file has it");
	page[7].mapping = 0;
	page[7].mapcount = 0;
	ok(out(0, 0, 0), "image: or a process");
	page[7] = (struct page){
		.flags = POISON | SWAPBACKED, .mapcount = UINT32_MAX, .refcount = 1, .mapping = ANON
	};
	ok(out(7, 1, KJ_CLASS_HWPOISON), "image: anonymous and given up");
	page[7].flags |= LRU;
	ok(out(0, 0, 0), "image: still on a list");
	page[7].flags ^= LRU | SWAPCACHE;
	ok(out(0, 0, 0), "image: still in the swap cache");
	page[7].flags ^= SWAPCACHE;
	page[7].mapcount = 0;
	ok(out(0, 0, 0), "image: still mapped");
	page[7].mapcount = UINT32_MAX;
	page[7].compound_head = 1;
	ok(out(0, 0, 0) && counts.doubt == 1, "image: a tail");
	fresh();
	compound(E612, 512, 9, 1);
	page[512].flags |= POISON;
	ok(out(0, 0, 0) && counts.doubt == 1, "image: hugetlb");
	fresh();
	block(8, E612->buddy, 2);
	page[8].flags = POISON;
	ok(out(8, 4, KJ_CLASS_FREE), "image: free is free");
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

static void heads(void)
{
	const uint64_t va = 0xffffea0000200000ull;
	struct kj_class_carry c;

	init(E612->text, KJ_LEVEL_USER);
	fresh();
	is(kj_pageclass_head_va(&pc, (uint8_t *)page, va), 0, "a section that begins with itself");
	page[0].compound_head = va - 0x200000 + 1;
	is(kj_pageclass_head_va(&pc, (uint8_t *)page, va), va - 0x200000, "with a tail");
	page[0].compound_head = va + 64 + 1;
	is(kj_pageclass_head_va(&pc, (uint8_t *)page, va), 0, "with a tail of what comes later");
	page[0].compound_head = va - 17 * 64 + 9;
	is(kj_pageclass_head_va(&pc, (uint8_t *)page, va), 0, "with a tail of half a page");
	page[0].compound_head = va - (64ull << 18) + 1;
	is(kj_pageclass_head_va(&pc, (uint8_t *)page, va), 0, "with a tail of what is too far");
	page[0].compound_head = 0;
	compound(E612, 0, 9, 1);
	page[1].compound_head = va + 1;
	is(kj_pageclass_head_va(&pc, (uint8_t *)page, va), 0, "with a head");
	page[1].compound_head = va - 0x400000 + 1;
	is(kj_pageclass_head_va(&pc, (uint8_t *)page, va), va - 0x400000, "with a copy of a head");

	page[1].flags = 18;
	kj_pageclass_head(&pc, (uint8_t *)page, 0x40000, 0x48000, &c);
	ok(c.left == 0x38000 && c.cls == KJ_CLASS_USER, "1 GiB goes on");
	kj_pageclass_head(&pc, (uint8_t *)page, 0x40000, 0x7ffff, &c);
	is(c.left, 1, "to its last page");
	kj_pageclass_head(&pc, (uint8_t *)page, 0x40000, 0x80000, &c);
	is(c.left, 0, "and no further");
	kj_pageclass_head(&pc, (uint8_t *)page, 0x48000, 0x50000, &c);
	is(c.left, 0, "1 GiB that is not aligned");
	kj_pageclass_head(&pc, (uint8_t *)page, 0x48000, 0x40000, &c);
	is(c.left, 0, "a head that comes later");
	page[0].mapcount = UINT32_MAX;
	kj_pageclass_head(&pc, (uint8_t *)page, 0x40000, 0x48000, &c);
	is(c.left, 0, "not hugetlb");
}

/* A tail of a compound page of this order, in the words of 7.1. */
#define MASK(order) (0 - (64ull << (order)) + 1)

static void masks(void)
{
	const uint64_t va = 0xffffea0000200000ull;

	init(E71->text, KJ_LEVEL_USER);
	fresh();
	is(kj_pageclass_head_va(&pc, (uint8_t *)page, va), 0, "7.1: a section that begins with itself");
	page[0].compound_head = MASK(18);
	is(kj_pageclass_head_va(&pc, (uint8_t *)page, va), va - 0x200000, "7.1: with a tail of 1 GiB");
	is(kj_pageclass_head_va(&pc, (uint8_t *)page, va + 0xc00000), va - 0x200000, "7.1: whichever it is");
	page[0].compound_head = MASK(16);
	is(kj_pageclass_head_va(&pc, (uint8_t *)page, va), va - 0x200000, "7.1: of 256 MiB");
	page[0].compound_head = MASK(15);
	is(kj_pageclass_head_va(&pc, (uint8_t *)page, va), 0, "7.1: of a section, and so its first page");
	page[0].compound_head = MASK(19);
	is(kj_pageclass_head_va(&pc, (uint8_t *)page, va), 0, "7.1: of more than there can be");
	page[0].compound_head = MASK(18) - (64ull << 12);
	is(kj_pageclass_head_va(&pc, (uint8_t *)page, va), 0, "7.1: no mask, and no address");
	page[0].compound_head = va - 0x200000 + 1;
	is(kj_pageclass_head_va(&pc, (uint8_t *)page, va), va - 0x200000, "7.1: an address, as before");
	page[0].compound_head = 0;
	compound(E71, 0, 9, 1);
	page[1].compound_head = MASK(9);
	is(kj_pageclass_head_va(&pc, (uint8_t *)page, va), 0, "7.1: with a head");
	init(E612->text, KJ_LEVEL_USER);
	page[0].flags = 0;
	page[0].compound_head = MASK(18);
	is(kj_pageclass_head_va(&pc, (uint8_t *)page, va), 0, "6.12 has no masks");
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
	doubts();
	compounds();
	poison();
	pieces();
	heads();
	masks();
	keys();
	names();
	return tap_done();
}
