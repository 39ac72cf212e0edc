// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The rules of page classes over an array of struct pages; must never leave out a page on a guess.
 */
#include "pageclass.h"

#include <string.h>

#include "memsection.h"

#define MAGIC_HWPOISON 0x48575053ull /* page-flags.h since 5.19: taken off the buddy lists */
#define SPAN_MAX ((uint64_t)KJ_PAGE_STRUCT << KJ_COMPOUND_ORDER_MAX) /* struct pages of a compound page */
#define UNMAPPED UINT32_MAX /* _mapcount of a page that nothing maps and that has no type */

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

/* How much a page's class takes along, and whether its struct page contradicts itself. */
struct verdict {
	uint32_t order;
	int doubt;
};

/* What page[1] says about the head @p of a compound page; order 0 if that contradicts itself (or is
 * a copy of a head that hugetlb's vmemmap optimisation made). */
static struct compound compound_of(const struct kj_pageclass *pc, const uint8_t *p, uint64_t flags,
				   uint32_t mc, uint64_t pfn)
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

/* Has the kernel itself given the poisoned page @p up?  Strict rules only: else the flag is enough.
 */
static int given_up(const struct kj_pageclass *pc, const uint8_t *p, uint64_t flags, uint32_t mc)
{
	const uint64_t listed = pc->m_lru | pc->m_swapcache;

	if (!pc->strict)
		return 1;
	if (flags & (pc->m_head | pc->m_slab | pc->m_lru) || mc != UNMAPPED ||
	    load32(p + pc->o_refcount) > 1)
		return 0;
	if (load64(p + pc->o_private) == MAGIC_HWPOISON)
		return !load64(p + pc->o_mapping);
	/* anonymous or shmem, off all lists, with the one reference that memory_failure() keeps */
	return !(pc->missing & KJ_MISS_CACHE) && flags & pc->m_swapbacked && !(flags & listed) &&
	       load32(p + pc->o_refcount) == 1;
}

/* A page in use: cache, user, poisoned, offline. */
static enum kj_class used_class(const struct kj_pageclass *pc, const uint8_t *p, uint64_t flags,
				uint32_t mc, uint64_t pfn, struct verdict *v)
{
	uint64_t mapping = load64(p + pc->o_mapping);
	struct compound c = compound_of(pc, p, flags, mc, pfn);
	int slab = (flags & pc->m_slab) || (mc & pc->t_slab_mask) == pc->t_slab;
	int anon = (mapping & KJ_MAPPING_ANON) && !slab;
	int cache =
		(flags & pc->m_lru) || ((flags & pc->m_swapbacked) && (flags & pc->m_swapcache));

	v->order = c.order;
	if (cache && !anon) {
		if (pc->level & (KJ_LEVEL_CACHE | KJ_LEVEL_PRIVATE) && !(flags & pc->m_private))
			return KJ_CLASS_CACHE;
		if (pc->level & KJ_LEVEL_PRIVATE)
			return KJ_CLASS_PRIVATE;
	}
	if (pc->level & KJ_LEVEL_USER && ((anon && pc->m_watch_mapping) || c.huge))
		return KJ_CLASS_USER;
	/* hugetlb poisons the head for the whole; in other compound pages it means this page alone
	 */
	if (!c.huge)
		v->order = 0;
	if (poisoned(pc, flags)) {
		v->doubt = !given_up(pc, p, flags, mc);
		return v->doubt ? KJ_CLASS_KEEP : KJ_CLASS_HWPOISON;
	}
	v->order = 0;
	return mc == pc->t_offline && !slab ? KJ_CLASS_OFFLINE : KJ_CLASS_KEEP;
}

static enum kj_class class_of(const struct kj_pageclass *pc, const uint8_t *p, uint64_t flags,
			      uint32_t mc, uint64_t pfn, struct verdict *v)
{
	v->order = 0;
	v->doubt = 0;
	if (load64(p + pc->o_compound) &
	    1) { /* a tail goes with its head, but poison must not even be read */
		v->doubt = pc->strict && poisoned(pc, flags);
		return !pc->strict && poisoned(pc, flags) ? KJ_CLASS_HWPOISON : KJ_CLASS_KEEP;
	}
	if (mc != pc->t_buddy && mc != pc->t_unaccepted)
		return used_class(pc, p, flags, mc, pfn, v);

	uint64_t o = mc == pc->t_buddy ? load64(p + pc->o_private) : pc->max_order - 1;
	if (o >= pc->max_order || pfn & ((1ull << o) - 1) || flags & (pc->m_head | pc->m_slab) ||
	    (pc->has_refcount && load32(p + pc->o_refcount))) {
		v->doubt = 1;
		return KJ_CLASS_KEEP;
	}
	v->order = (uint32_t)o;
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
	uint32_t out; /* pages left out */
};

/* Leave out @n pages from page @i on, as far as they are here; returns how many pages that is. */
static uint32_t leave_out(struct scan *s, uint32_t i, uint64_t n, uint32_t cls,
			  struct kj_class_carry *carry)
{
	uint32_t here = n < s->npages - i ? (uint32_t)n : s->npages - i;

	if (s->pc->strict && is_free(cls) &&
	    !unreferenced(s->pc, s->pages + (size_t)i * KJ_PAGE_STRUCT, here)) {
		s->counts->doubt++;
		carry->left = 0;
		return 1; /* go on with the next page: a block within it may be whole */
	}
	if (here == 1)
		s->bitmap[i / 8] |= (uint8_t)(1u << (i & 7));
	else
		set_bits(s->bitmap, i, here);
	s->out += here;
	s->counts->n[cls] += here;
	carry->left = n - here;
	carry->cls = cls;
	return here;
}

void kj_pageclass_scan(const struct kj_pageclass *pc, const uint8_t *pages, uint64_t first_pfn,
		       uint32_t npages, uint64_t end_pfn, struct kj_class_carry *carry,
		       uint8_t *bitmap, struct kj_class_counts *counts)
{
	struct scan s = { pc, pages, bitmap, counts, npages, 0 };
	const uint64_t watch = pc->m_watch, watch_mapping = pc->m_watch_mapping;
	const uint32_t buddy = pc->t_buddy, unaccepted = pc->t_unaccepted, offline = pc->t_offline;
	const uint8_t *pf = pages + pc->o_flags, *pm = pages + pc->o_mapcount,
		      *pa = pages + pc->o_mapping;
	uint32_t i = 0;

	if (carry->left && npages)
		i = leave_out(&s, 0, carry->left, carry->cls, carry);
	while (i < npages) {
		size_t at = (size_t)i * KJ_PAGE_STRUCT;
		uint64_t flags = load64(pf + at);
		uint32_t mc = load32(pm + at);
		struct verdict v;

		if (!((flags & watch) | (mc == buddy) | (mc == unaccepted) | (mc == offline)) &&
		    !(watch_mapping && load64(pa + at) & watch_mapping)) {
			i++;
			continue;
		}
		enum kj_class cls = class_of(pc, pages + at, flags, mc, first_pfn + i, &v);
		uint64_t n = 1ull << v.order;
		if (is_free(cls) && (first_pfn + i >= end_pfn || n > end_pfn - first_pfn - i)) {
			cls = KJ_CLASS_KEEP;
			v.doubt = 1;
		}
		counts->doubt += (uint32_t)v.doubt;
		i += cls == KJ_CLASS_KEEP ? 1 : leave_out(&s, i, n, cls, carry);
	}
	counts->pages += npages;
	counts->n[KJ_CLASS_KEEP] += npages - s.out;
}

/* The head that the struct page at @va names in its compound word @info; 0: it is no tail. From 7.1 on
 * it may be a mask, -(64 << order): such an address no struct page has. */
static uint64_t head_of(const struct kj_pageclass *pc, uint64_t info, uint64_t va)
{
	uint64_t head = info - 1, span = 0 - head;

	if (!(info & 1))
		return 0;
	if (!pc->compound_is_pointer && span >= 2 * KJ_PAGE_STRUCT && span <= SPAN_MAX && !(span & (span - 1)))
		return va & head;
	return head;
}

uint64_t kj_pageclass_head_va(const struct kj_pageclass *pc, const uint8_t two[128], uint64_t va)
{
	const uint8_t *at = two;
	uint64_t own = va;

	/* a tail; or a head whose tail names another head: hugetlb's optimised vmemmap shows copies
	 * of the head (up to 7.0) */
	if (!(load64(at + pc->o_compound) & 1)) {
		if (!(load64(at + pc->o_flags) & pc->m_head))
			return 0;
		at += KJ_PAGE_STRUCT;
		own += KJ_PAGE_STRUCT;
	}
	uint64_t head = head_of(pc, load64(at + pc->o_compound), own);
	if (!head || head >= va || va - head >= SPAN_MAX || (va - head) % KJ_PAGE_STRUCT)
		return 0;
	return head;
}

void kj_pageclass_head(const struct kj_pageclass *pc, const uint8_t two[128], uint64_t head_pfn,
		       uint64_t pfn, struct kj_class_carry *ret)
{
	struct verdict v;

	ret->left = 0;
	ret->cls = KJ_CLASS_KEEP;
	uint64_t flags = load64(two + pc->o_flags);
	uint32_t mc = load32(two + pc->o_mapcount);
	if (!(flags & pc->m_head) || head_pfn > pfn)
		return;
	enum kj_class cls = class_of(pc, two, flags, mc, head_pfn, &v);
	uint64_t n = 1ull << v.order;
	if (cls == KJ_CLASS_KEEP || is_free(cls) || n <= pfn - head_pfn)
		return;
	ret->left = n - (pfn - head_pfn);
	ret->cls = cls;
}
