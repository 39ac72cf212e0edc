/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Struct pages of every encoding from 6.1 to 7.1, for the tests of core/pageclass; must never need a kernel.
 */
#ifndef KJ_TEST_PAGECLASS_MEM_H
#define KJ_TEST_PAGECLASS_MEM_H

#include <stdint.h>
#include <string.h>

#include "core/memsection.h"
#include "core/pageclass.h"
#include "core/vmcoreinfo.h"

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

static inline enum kj_err init(const char *text, uint32_t level)
{
	struct kj_vmcoreinfo vi;

	kj_vmcoreinfo_init(text, strlen(text), &vi);
	return kj_pageclass_init(&vi, level, &pc);
}

/* All pages in use by the kernel: kept at any level. */
static inline void fresh(void)
{
	memset(page, 0, sizeof(page));
	for (unsigned int i = 0; i < N; i++) {
		page[i].mapcount = UINT32_MAX;
		page[i].refcount = 1;
	}
}

static inline void scan_at(uint64_t pfn, uint64_t end)
{
	memset(bits, 0, sizeof(bits));
	memset(&counts, 0, sizeof(counts));
	memset(&carry, 0, sizeof(carry));
	kj_pageclass_scan(&pc, (const uint8_t *)page, pfn, N, end, &carry, bits, &counts);
}

/* Scan; are exactly the @n pages from @first on left out, and counted as @cls? */
static inline int out(unsigned int first, unsigned int n, enum kj_class cls)
{
	scan_at(0x8000, 0x10000);
	for (unsigned int i = 0; i < N; i++)
		if ((bits[i / 8] >> (i & 7) & 1) != (i >= first && i - first < n))
			return 0;
	return counts.pages == N && counts.n[KJ_CLASS_KEEP] == N - n && (!n || counts.n[cls] == n);
}

static inline void block(unsigned int at, uint32_t type, uint64_t order)
{
	page[at].mapcount = type;
	page[at].private = order;
	for (unsigned int i = 0; i < 1u << (order & 15) && at + i < N; i++)
		page[at + i].refcount = 0;
}

static inline void compound(const struct encoding *e, unsigned int at, unsigned int order, int huge)
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

static inline void slab(const struct encoding *e, unsigned int at)
{
	if (e->slab)
		page[at].mapcount = e->slab;
	else
		page[at].flags |= SLABBIT;
}

#endif
