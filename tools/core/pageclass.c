// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The rules of page classes over an array of struct pages; must never leave out a page on a guess.
 */
#include "pageclass.h"

#include <string.h>

#include "memsection.h"
#include "vmcoreinfo.h"

#define MAPPING_ANON 1ull	/* PAGE_MAPPING_ANON, not exported; the same since 2.6 */
#define DTOR_NONE 0x100u	/* no byte has this value */

/* ---- keys ---- */

/* A key in [@min, @max]; 0: not there, or impossible (then *bad is set). */
static int number(const struct kj_vmcoreinfo *vi, const char *key, int64_t min, int64_t max, int64_t *ret, int *bad)
{
	enum kj_err e = kj_vmcoreinfo_num(vi, key, ret);

	if (e == KJ_ENOTFOUND)
		return 0;
	if (e || *ret < min || *ret > max) {
		*bad = 1;
		return 0;
	}
	return 1;
}

/* Offset of a field of @size bytes in struct page number @nth of a compound page. */
static int offset(const struct kj_vmcoreinfo *vi, const char *key, unsigned int nth, unsigned int size, uint16_t *ret,
		  int *bad)
{
	int64_t v, base = (int64_t)nth * KJ_PAGE_STRUCT;

	if (!number(vi, key, base, base + KJ_PAGE_STRUCT - size, &v, bad))
		return 0;
	if ((uint64_t)v % size) {
		*bad = 1;
		return 0;
	}
	*ret = (uint16_t)(v - base);
	return 1;
}

static int flag(const struct kj_vmcoreinfo *vi, const char *key, uint64_t *ret, int *bad)
{
	int64_t bit;

	if (!number(vi, key, 0, 63, &bit, bad))
		return 0;
	*ret = 1ull << bit;
	return 1;
}

/* A page type: a whole _mapcount that no mapped page can have. 6.12 prints it as a negative int, others may not. */
static int type(const struct kj_vmcoreinfo *vi, const char *key, uint32_t *ret, int *bad)
{
	int64_t v;

	*ret = KJ_TYPE_NONE;
	if (!number(vi, key, INT32_MIN, UINT32_MAX, &v, bad))
		return 0;
	uint32_t t = (uint32_t)v;
	if (!(t & 0x80000000u) || t == UINT32_MAX) {
		*bad = 1;
		return 0;
	}
	*ret = t;
	return 1;
}

/* What every rule needs. */
static enum kj_err layout(const struct kj_vmcoreinfo *vi, struct kj_pageclass *pc)
{
	int bad = 0;
	int64_t size, mask;

	int have = number(vi, "SIZE(page)", 1, 4096, &size, &bad);
	if (have && size != KJ_PAGE_STRUCT)
		return KJ_EUNSUPP;
	have &= offset(vi, "OFFSET(page.flags)", 0, 8, &pc->o_flags, &bad);
	have &= offset(vi, "OFFSET(page._mapcount)", 0, 4, &pc->o_mapcount, &bad);
	pc->compound_is_pointer = (uint16_t)offset(vi, "OFFSET(page.compound_head)", 0, 8, &pc->o_compound, &bad);
	if (!pc->compound_is_pointer)
		have &= offset(vi, "OFFSET(page.compound_info)", 0, 8, &pc->o_compound, &bad);
	have &= number(vi, "NUMBER(PG_head_mask)", 1, INT64_MAX, &mask, &bad);
	if (bad || (have && mask & (mask - 1)))
		return KJ_ERANGE;
	if (!have)
		return KJ_ENOTFOUND;
	pc->m_head = (uint64_t)mask;
	return KJ_OK;
}

static void free_rules(const struct kj_vmcoreinfo *vi, struct kj_pageclass *pc)
{
	int bad = 0;
	int64_t orders;

	int have = type(vi, "NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)", &pc->t_buddy, &bad);
	have &= offset(vi, "OFFSET(page.private)", 0, 8, &pc->o_private, &bad);
	have &= number(vi, "LENGTH(zone.free_area)", 1, KJ_SECTION_BITS - 12 + 1, &orders, &bad);
	pc->has_refcount = (uint16_t)offset(vi, "OFFSET(page._refcount)", 0, 4, &pc->o_refcount, &bad);
	if (pc->strict)
		have &= pc->has_refcount;
	type(vi, "NUMBER(PAGE_UNACCEPTED_MAPCOUNT_VALUE)", &pc->t_unaccepted, &bad);
	if (bad || !have) {
		pc->t_buddy = KJ_TYPE_NONE;
		pc->t_unaccepted = KJ_TYPE_NONE;
		pc->missing |= KJ_MISS_FREE;
		return;
	}
	pc->max_order = (uint32_t)orders;
}

/* Poisoned and offline pages, left out at every level. */
static void broken_rules(const struct kj_vmcoreinfo *vi, struct kj_pageclass *pc)
{
	int bad = 0;

	flag(vi, "NUMBER(PG_hwpoison)", &pc->m_hwpoison, &bad);
	if (bad)
		pc->missing |= KJ_MISS_HWPOISON;
	if (!type(vi, "NUMBER(PAGE_OFFLINE_MAPCOUNT_VALUE)", &pc->t_offline, &bad))
		pc->missing |= KJ_MISS_OFFLINE;
}

static void cache_rules(const struct kj_vmcoreinfo *vi, struct kj_pageclass *pc)
{
	int bad = 0;

	int have = flag(vi, "NUMBER(PG_lru)", &pc->m_lru, &bad);
	have &= flag(vi, "NUMBER(PG_private)", &pc->m_private, &bad);
	have &= flag(vi, "NUMBER(PG_swapcache)", &pc->m_swapcache, &bad);
	have &= flag(vi, "NUMBER(PG_swapbacked)", &pc->m_swapbacked, &bad);
	have &= offset(vi, "OFFSET(page.mapping)", 0, 8, &pc->o_mapping, &bad);
	if (bad || !have)
		pc->missing |= KJ_MISS_CACHE;
}

/* Slab pages use the words of ->mapping for their own ends, so anon needs to know them. */
static void user_rules(const struct kj_vmcoreinfo *vi, struct kj_pageclass *pc)
{
	int bad = 0;

	int slab = flag(vi, "NUMBER(PG_slab)", &pc->m_slab, &bad);
	slab |= type(vi, "NUMBER(PAGE_SLAB_MAPCOUNT_VALUE)", &pc->t_slab, &bad);
	/* types in the top byte leave the low 24 bits to their owner */
	pc->t_slab_mask = pc->t_slab & 0xffffffu ? UINT32_MAX : 0xff000000u;
	int have = offset(vi, "OFFSET(page.mapping)", 0, 8, &pc->o_mapping, &bad);
	if (bad || !slab || !have)
		pc->missing |= KJ_MISS_USER;
}

/* Hugetlb and compound order: 6.9 and later, 6.6, 6.3, before; chosen by the keys alone. */
static void compound_rules(const struct kj_vmcoreinfo *vi, struct kj_pageclass *pc)
{
	int bad = 0;
	int64_t dtor;

	pc->dtor_hugetlb = DTOR_NONE;
	if (type(vi, "NUMBER(PAGE_HUGETLB_MAPCOUNT_VALUE)", &pc->t_hugetlb, &bad)) {
		pc->huge_kind = KJ_HUGE_TYPE;
		pc->order_kind = KJ_ORDER_FLAGS;
	} else if (flag(vi, "NUMBER(PG_hugetlb)", &pc->m_hugetlb, &bad)) {
		pc->huge_kind = KJ_HUGE_FLAG;
		pc->order_kind = KJ_ORDER_FLAGS;
	} else {
		if (offset(vi, "OFFSET(folio._folio_order)", 1, 1, &pc->o_order, &bad) ||
		    offset(vi, "OFFSET(page.compound_order)", 0, 1, &pc->o_order, &bad))
			pc->order_kind = KJ_ORDER_BYTE;
		if ((offset(vi, "OFFSET(folio._folio_dtor)", 1, 1, &pc->o_dtor, &bad) ||
		     offset(vi, "OFFSET(page.compound_dtor)", 0, 1, &pc->o_dtor, &bad)) &&
		    number(vi, "NUMBER(HUGETLB_PAGE_DTOR)", 1, 255, &dtor, &bad)) {
			pc->huge_kind = KJ_HUGE_DTOR;
			pc->dtor_hugetlb = (uint32_t)dtor;
		}
	}
	if (bad) {
		pc->huge_kind = KJ_HUGE_NONE;
		pc->order_kind = KJ_ORDER_NONE;
	}
	if (pc->huge_kind == KJ_HUGE_NONE)
		pc->missing |= KJ_MISS_HUGETLB;
	if (pc->order_kind == KJ_ORDER_NONE)
		pc->missing |= KJ_MISS_ORDER;
}

/* Forget what the level does not ask for; ->level then names only what can be told. */
static void settle(struct kj_pageclass *pc)
{
	uint32_t level = pc->level, relevant = KJ_MISS_OFFLINE | KJ_MISS_HWPOISON;

	if (level & KJ_LEVEL_FREE)
		relevant |= KJ_MISS_FREE;
	if (level & (KJ_LEVEL_CACHE | KJ_LEVEL_PRIVATE))
		relevant |= KJ_MISS_CACHE | KJ_MISS_ORDER;
	if (level & KJ_LEVEL_USER)
		relevant |= KJ_MISS_USER | KJ_MISS_HUGETLB | KJ_MISS_ORDER;
	pc->missing &= relevant;
	if (pc->missing & KJ_MISS_CACHE)
		level &= ~(KJ_LEVEL_CACHE | KJ_LEVEL_PRIVATE);
	if (!(level & KJ_LEVEL_FREE)) {
		pc->t_buddy = KJ_TYPE_NONE;
		pc->t_unaccepted = KJ_TYPE_NONE;
	}

	pc->m_watch = pc->m_hwpoison;
	if (level & (KJ_LEVEL_CACHE | KJ_LEVEL_PRIVATE))
		pc->m_watch |= pc->m_lru | pc->m_swapbacked;
	if (level & KJ_LEVEL_USER && pc->huge_kind != KJ_HUGE_NONE)
		pc->m_watch |= pc->m_head;
	pc->m_watch_mapping = level & KJ_LEVEL_USER && !(pc->missing & KJ_MISS_USER) ? MAPPING_ANON : 0;
	pc->level = level;
}

enum kj_err kj_pageclass_init(const struct kj_vmcoreinfo *vi, uint32_t level, int strict, struct kj_pageclass *ret)
{
	struct kj_pageclass pc;

	if (level > KJ_LEVEL_MAX)
		return KJ_ERANGE;
	memset(&pc, 0, sizeof(pc));
	pc.level = level;
	pc.strict = strict != 0;
	pc.t_hugetlb = KJ_TYPE_NONE;
	enum kj_err e = layout(vi, &pc);
	if (e)
		return e;
	free_rules(vi, &pc);
	broken_rules(vi, &pc);
	cache_rules(vi, &pc);
	user_rules(vi, &pc);
	compound_rules(vi, &pc);
	settle(&pc);
	*ret = pc;
	return KJ_OK;
}

/* ---- struct pages ---- */

/* The barrier makes the compiler use the value loaded, never the memory again: it may change. */
static inline uint64_t load64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	__asm__ volatile("" : "+r"(v));
	return v;
}

static inline uint32_t load32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	__asm__ volatile("" : "+r"(v));
	return v;
}

static int poisoned(const struct kj_pageclass *pc, uint64_t flags)
{
	/* all ones: a struct page that was never set up (PAGE_POISON_PATTERN) */
	return flags & pc->m_hwpoison && flags != UINT64_MAX;
}

struct compound {
	uint32_t order;
	int huge;
};

/* What page[1] says about the head @p of a compound page; order 0 if that contradicts itself (or is a copy of a head
 * that hugetlb's vmemmap optimisation made). */
static struct compound compound_of(const struct kj_pageclass *pc, const uint8_t *p, uint64_t flags, uint32_t mc,
				   uint64_t pfn)
{
	struct compound c = { 0, 0 };
	const uint8_t *next = p + KJ_PAGE_STRUCT;

	if (!(flags & pc->m_head) || pfn & 1)
		return c; /* an odd page can be no head, and page[1] may not be mapped */
	uint64_t flags1 = load64(next + pc->o_flags);
	if (pc->order_kind == KJ_ORDER_FLAGS)
		c.order = (uint32_t)flags1 & 0xff;
	else if (pc->order_kind == KJ_ORDER_BYTE)
		c.order = next[pc->o_order];
	if (pc->huge_kind == KJ_HUGE_TYPE)
		c.huge = mc == pc->t_hugetlb;
	else if (pc->huge_kind == KJ_HUGE_FLAG)
		c.huge = (flags1 & pc->m_hugetlb) != 0;
	else if (pc->huge_kind == KJ_HUGE_DTOR)
		c.huge = next[pc->o_dtor] == pc->dtor_hugetlb;
	__asm__ volatile("" : "+r"(c.order));
	if (c.order > KJ_COMPOUND_ORDER_MAX || pfn & ((1ull << c.order) - 1))
		c.order = 0;
	return c;
}

/* A page in use: cache, user, poisoned, offline. */
static enum kj_class used_class(const struct kj_pageclass *pc, const uint8_t *p, uint64_t flags, uint32_t mc,
				uint64_t pfn, uint32_t *order)
{
	uint64_t mapping = load64(p + pc->o_mapping);
	struct compound c = compound_of(pc, p, flags, mc, pfn);
	int slab = (flags & pc->m_slab) || (mc & pc->t_slab_mask) == pc->t_slab;
	int anon = (mapping & MAPPING_ANON) && !slab;
	int cache = (flags & pc->m_lru) || ((flags & pc->m_swapbacked) && (flags & pc->m_swapcache));

	*order = c.order;
	if (cache && !anon) {
		if (pc->level & (KJ_LEVEL_CACHE | KJ_LEVEL_PRIVATE) && !(flags & pc->m_private))
			return KJ_CLASS_CACHE;
		if (pc->level & KJ_LEVEL_PRIVATE)
			return KJ_CLASS_PRIVATE;
	}
	if (pc->level & KJ_LEVEL_USER && ((anon && pc->m_watch_mapping) || c.huge))
		return KJ_CLASS_USER;
	if (poisoned(pc, flags)) {
		/* hugetlb poisons the head for the whole; in other compound pages it means this page alone */
		if (!c.huge)
			*order = 0;
		return KJ_CLASS_HWPOISON;
	}
	if (mc == pc->t_offline && !slab) {
		*order = 0;
		return KJ_CLASS_OFFLINE;
	}
	return KJ_CLASS_KEEP;
}

static enum kj_class class_of(const struct kj_pageclass *pc, const uint8_t *p, uint64_t flags, uint32_t mc,
			      uint64_t pfn, uint32_t *order, int *doubt)
{
	*order = 0;
	if (load64(p + pc->o_compound) & 1) /* a tail follows its head, but poison must not even be read */
		return poisoned(pc, flags) ? KJ_CLASS_HWPOISON : KJ_CLASS_KEEP;
	if (mc != pc->t_buddy && mc != pc->t_unaccepted)
		return used_class(pc, p, flags, mc, pfn, order);

	uint64_t o = mc == pc->t_buddy ? load64(p + pc->o_private) : pc->max_order - 1;
	if (o >= pc->max_order || pfn & ((1ull << o) - 1) || flags & (pc->m_head | pc->m_slab) ||
	    (pc->has_refcount && load32(p + pc->o_refcount))) {
		*doubt = 1;
		return KJ_CLASS_KEEP;
	}
	*order = (uint32_t)o;
	return mc == pc->t_buddy ? KJ_CLASS_FREE : KJ_CLASS_UNACCEPTED;
}

/* True if none of @n pages has a reference, nor is poisoned as a struct page. */
static int unreferenced(const struct kj_pageclass *pc, const uint8_t *p, uint64_t n)
{
	uint32_t seen = 0;

	for (; n; n--, p += KJ_PAGE_STRUCT)
		seen |= load32(p + pc->o_refcount);
	return !seen;
}

static int is_free(uint32_t cls)
{
	return cls == KJ_CLASS_FREE || cls == KJ_CLASS_UNACCEPTED;
}

static void set_bits(uint8_t *bitmap, uint32_t first, uint32_t n)
{
	for (; n && first & 7; n--, first++)
		bitmap[first / 8] |= (uint8_t)(1u << (first & 7));
	memset(bitmap + first / 8, 0xff, n / 8);
	first += n & ~7u;
	for (n &= 7; n; n--, first++)
		bitmap[first / 8] |= (uint8_t)(1u << (first & 7));
}

struct scan {
	const struct kj_pageclass *pc;
	const uint8_t *pages;
	uint8_t *bitmap;
	struct kj_class_counts *counts;
	uint32_t npages;
	uint32_t out;		/* pages left out */
};

/* Leave out @n pages from page @i on, as far as they are here; returns how many pages that is. */
static uint32_t leave_out(struct scan *s, uint32_t i, uint64_t n, uint32_t cls, struct kj_class_carry *carry)
{
	uint32_t here = n < s->npages - i ? (uint32_t)n : s->npages - i;

	if (s->pc->strict && is_free(cls) && !unreferenced(s->pc, s->pages + (size_t)i * KJ_PAGE_STRUCT, here)) {
		s->counts->doubt++;
		carry->left = 0;
		return 1; /* go on with the next page: a block within it may be whole */
	}
	set_bits(s->bitmap, i, here);
	s->out += here;
	s->counts->n[cls] += here;
	carry->left = n - here;
	carry->cls = cls;
	return here;
}

void kj_pageclass_scan(const struct kj_pageclass *pc, const uint8_t *pages, uint64_t first_pfn, uint32_t npages,
		       uint64_t end_pfn, struct kj_class_carry *carry, uint8_t *bitmap, struct kj_class_counts *counts)
{
	struct scan s = { pc, pages, bitmap, counts, npages, 0 };
	const uint64_t watch = pc->m_watch, watch_mapping = pc->m_watch_mapping;
	const uint32_t buddy = pc->t_buddy, unaccepted = pc->t_unaccepted, offline = pc->t_offline;
	const uint8_t *pf = pages + pc->o_flags, *pm = pages + pc->o_mapcount, *pa = pages + pc->o_mapping;
	uint32_t i = 0;

	if (carry->left && npages)
		i = leave_out(&s, 0, carry->left, carry->cls, carry);
	while (i < npages) {
		size_t at = (size_t)i * KJ_PAGE_STRUCT;
		uint64_t flags = load64(pf + at);
		uint32_t mc = load32(pm + at);
		uint32_t order;
		int doubt = 0;

		if (!((flags & watch) | (mc == buddy) | (mc == unaccepted) | (mc == offline)) &&
		    !(watch_mapping && load64(pa + at) & watch_mapping)) {
			i++;
			continue;
		}
		enum kj_class cls = class_of(pc, pages + at, flags, mc, first_pfn + i, &order, &doubt);
		uint64_t n = 1ull << order;
		if (is_free(cls) && (first_pfn + i >= end_pfn || n > end_pfn - first_pfn - i)) {
			cls = KJ_CLASS_KEEP;
			doubt = 1;
		}
		counts->doubt += (uint32_t)doubt;
		i += cls == KJ_CLASS_KEEP ? 1 : leave_out(&s, i, n, cls, carry);
	}
	counts->pages += npages;
	counts->n[KJ_CLASS_KEEP] += npages - s.out;
}

uint64_t kj_pageclass_head_va(const struct kj_pageclass *pc, const uint8_t two[128], uint64_t va)
{
	const uint8_t *at = two;

	if (!pc->compound_is_pointer)
		return 0;
	/* a tail; or a head whose tail names another head: hugetlb's optimised vmemmap shows copies of the head */
	if (!(load64(at + pc->o_compound) & 1)) {
		if (!(load64(at + pc->o_flags) & pc->m_head))
			return 0;
		at += KJ_PAGE_STRUCT;
	}
	uint64_t head = load64(at + pc->o_compound);
	if (!(head & 1))
		return 0;
	head--;
	uint64_t most = (uint64_t)KJ_PAGE_STRUCT << KJ_COMPOUND_ORDER_MAX;
	if (head >= va || va - head >= most || (va - head) % KJ_PAGE_STRUCT)
		return 0;
	return head;
}

void kj_pageclass_head(const struct kj_pageclass *pc, const uint8_t two[128], uint64_t head_pfn, uint64_t pfn,
		       struct kj_class_carry *ret)
{
	uint32_t order;
	int doubt = 0;

	ret->left = 0;
	ret->cls = KJ_CLASS_KEEP;
	uint64_t flags = load64(two + pc->o_flags);
	uint32_t mc = load32(two + pc->o_mapcount);
	if (!(flags & pc->m_head) || head_pfn > pfn)
		return;
	enum kj_class cls = class_of(pc, two, flags, mc, head_pfn, &order, &doubt);
	uint64_t n = 1ull << order;
	if (cls == KJ_CLASS_KEEP || is_free(cls) || n <= pfn - head_pfn)
		return;
	ret->left = n - (pfn - head_pfn);
	ret->cls = cls;
}

/* ---- names ---- */

const char *kj_class_name(uint32_t cls)
{
	static const char *const name[KJ_CLASS_COUNT] = {
		"kept", "free", "unaccepted", "offline", "poisoned", "cache", "private cache", "user",
	};

	return cls < KJ_CLASS_COUNT ? name[cls] : "?";
}

const char *kj_miss_name(uint32_t bit)
{
	static const char *const name[KJ_MISS_BITS] = {
		"free", "offline", "poisoned", "cache", "user", "hugetlb", "compound",
	};

	for (unsigned int i = 0; i < KJ_MISS_BITS; i++)
		if (bit == 1u << i)
			return name[i];
	return "?";
}
