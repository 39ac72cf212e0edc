// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * VMCOREINFO keys to the rules of page classes; must never choose a rule that a key does not prove.
 */
#include "pageclass.h"

#include <string.h>

#include "memsection.h"
#include "vmcoreinfo.h"

#define DTOR_NONE 0x100u /* no byte has this value */

/* ---- keys ---- */

/* A key in [@min, @max]; 0: not there, or impossible (then *bad is set). */
static int number(const struct kj_vmcoreinfo *vi, const char *key, int64_t min, int64_t max,
		  int64_t *ret, int *bad)
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
static int offset(const struct kj_vmcoreinfo *vi, const char *key, unsigned int nth,
		  unsigned int size, uint16_t *ret, int *bad)
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

/* A page type: a whole _mapcount that no mapped page can have. 6.12 prints it as a negative int,
 * others may not. */
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
	int bad = 0, unusable = 0;
	int64_t size, mask;

	int have = number(vi, "SIZE(page)", 1, 4096, &size, &bad);
	if (have && size != KJ_PAGE_STRUCT)
		return KJ_EUNSUPP;
	have &= offset(vi, "OFFSET(page.flags)", 0, 8, &pc->o_flags, &bad);
	have &= offset(vi, "OFFSET(page._mapcount)", 0, 4, &pc->o_mapcount, &bad);
	pc->compound_is_pointer =
		(uint16_t)offset(vi, "OFFSET(page.compound_head)", 0, 8, &pc->o_compound, &bad);
	if (!pc->compound_is_pointer)
		have &= offset(vi, "OFFSET(page.compound_info)", 0, 8, &pc->o_compound, &bad);
	pc->has_refcount =
		(uint16_t)offset(vi, "OFFSET(page._refcount)", 0, 4, &pc->o_refcount, &unusable);
	pc->has_private =
		(uint16_t)offset(vi, "OFFSET(page.private)", 0, 8, &pc->o_private, &unusable);
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
	have &= pc->has_private;
	have &= number(vi, "LENGTH(zone.free_area)", 1, KJ_SECTION_BITS - 12 + 1, &orders, &bad);
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
	if (bad || (pc->strict && pc->m_hwpoison && !(pc->has_private & pc->has_refcount))) {
		pc->m_hwpoison = 0;
		pc->missing |= KJ_MISS_HWPOISON;
	}
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
	pc->m_watch_mapping =
		level & KJ_LEVEL_USER && !(pc->missing & KJ_MISS_USER) ? KJ_MAPPING_ANON : 0;
	pc->level = level;
}

enum kj_err kj_pageclass_init(const struct kj_vmcoreinfo *vi, uint32_t level,
			      struct kj_pageclass *ret)
{
	struct kj_pageclass pc;

	if (level & ~(KJ_LEVEL_MAX | KJ_LEVEL_STRICT))
		return KJ_ERANGE;
	memset(&pc, 0, sizeof(pc));
	pc.level = level & KJ_LEVEL_MAX;
	pc.strict = (level & KJ_LEVEL_STRICT) != 0;
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

/* ---- names ---- */

const char *kj_class_name(uint32_t cls)
{
	static const char *const name[KJ_CLASS_COUNT] = {
		"kept",     "free",  "unaccepted",    "offline",
		"poisoned", "cache", "private cache", "user",
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
