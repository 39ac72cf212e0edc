// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads SPARSEMEM_EXTREME's roots and sections; must never take an address out of them that is not
 * a kernel's.
 */
#include "memsection.h"

#include <string.h>

#include "vmcoreinfo.h"

#define KERNEL_HALF (1ull << 63)
#define MAP_FLAGS 0xfffull /* more than today's flag bits; struct page arrays are page aligned */
#define GROUP 512u         /* root pointers held at a time */

static enum kj_err number(const struct kj_vmcoreinfo *vi, const char *key, int64_t min, int64_t max,
			  int64_t *ret)
{
	enum kj_err e = kj_vmcoreinfo_num(vi, key, ret);

	if (e)
		return e;
	return *ret < min || *ret > max ? KJ_ERANGE : KJ_OK;
}

enum kj_err kj_memsection_init(const struct kj_vmcoreinfo *vi, struct kj_pgtable *pt,
			       struct kj_memsection *ret)
{
	int64_t nroots, size, off, bits, phys_bits, page;
	uint64_t roots;

	enum kj_err e = kj_vmcoreinfo_hex(vi, "SYMBOL(mem_section)", &roots);
	if (!e)
		e = number(vi, "LENGTH(mem_section)", 1, 1ll << 32, &nroots);
	if (!e)
		e = number(vi, "SIZE(mem_section)", 8, 4096, &size);
	if (!e)
		e = number(vi, "OFFSET(mem_section.section_mem_map)", 0, 4096 - 8, &off);
	if (!e)
		e = number(vi, "NUMBER(SECTION_SIZE_BITS)", 0, 64, &bits);
	if (!e)
		e = number(vi, "NUMBER(MAX_PHYSMEM_BITS)", 32, 52, &phys_bits);
	if (!e)
		e = number(vi, "SIZE(page)", 1, 4096, &page);
	if (e)
		return e;
	if (bits != KJ_SECTION_BITS || page != KJ_PAGE_STRUCT)
		return KJ_EUNSUPP;
	if (size & (size - 1) || off > size - 8 || roots < KERNEL_HALF || roots & 7 ||
	    roots > UINT64_MAX - 8 * (uint64_t)nroots)
		return KJ_ERANGE;

	uint64_t per_root = 4096 / (uint64_t)size;
	uint64_t nsections = 1ull << (phys_bits - KJ_SECTION_BITS);
	if ((uint64_t)nroots != (nsections + per_root - 1) / per_root)
		return KJ_EUNSUPP; /* a static table, not roots */

	ret->pt = pt;
	ret->roots_va = roots;
	ret->nroots = (uint64_t)nroots;
	ret->per_root = (uint32_t)per_root;
	ret->size = (uint32_t)size;
	ret->map_off = (uint32_t)off;
	ret->nsections = nsections;
	ret->cached_ptrs = UINT64_MAX;
	ret->cached_root = UINT64_MAX;
	return KJ_OK;
}

/* Address of root number @n, 0 if it was never needed. */
static enum kj_err root_va(struct kj_memsection *ms, uint64_t n, uint64_t *ret)
{
	uint64_t first = n - n % GROUP;

	if (ms->cached_ptrs != first) {
		uint64_t left = ms->nroots - first;
		size_t count = left < GROUP ? (size_t)left : GROUP;

		ms->cached_ptrs = UINT64_MAX;
		enum kj_err e =
			kj_pgtable_read(ms->pt, ms->roots_va + 8 * first, ms->ptr, 8 * count);
		if (e)
			return e == KJ_ENOTFOUND ? KJ_EFORMAT : e;
		ms->cached_ptrs = first;
	}
	uint64_t va = kj_get_le64(ms->ptr[n % GROUP]);
	if (va && (va < KERNEL_HALF || va & 7 || va > UINT64_MAX - 4096))
		return KJ_ERANGE;
	*ret = va;
	return KJ_OK;
}

enum kj_err kj_memsection_get(struct kj_memsection *ms, uint64_t nr, struct kj_section *ret)
{
	if (nr >= ms->nsections)
		return KJ_ERANGE;
	uint64_t n = nr / ms->per_root;
	if (ms->cached_root != n) {
		uint64_t va;
		enum kj_err e = root_va(ms, n, &va);
		if (e)
			return e;
		if (!va)
			return KJ_ENOTFOUND;
		ms->cached_root = UINT64_MAX;
		e = kj_pgtable_read(ms->pt, va, ms->root, (size_t)ms->per_root * ms->size);
		if (e)
			return e == KJ_ENOTFOUND ? KJ_EFORMAT : e;
		ms->cached_root = n;
	}
	le64 raw;
	memcpy(&raw, ms->root + (size_t)(nr % ms->per_root) * ms->size + ms->map_off, sizeof(raw));
	uint64_t map = kj_get_le64(raw);

	if (!(map & KJ_SECT_PRESENT) || !(map & KJ_SECT_MEM_MAP))
		return KJ_ENOTFOUND;
	/* the base is biased by the section's first pfn, so that base + pfn * 64 is right in each
	 */
	uint64_t page_va = (map & ~MAP_FLAGS) + nr * KJ_SECTION_STRUCTS;
	if (page_va < KERNEL_HALF || page_va > UINT64_MAX - KJ_SECTION_STRUCTS)
		return KJ_ERANGE;
	ret->nr = nr;
	ret->pfn = nr * KJ_SECTION_PAGES;
	ret->page_va = page_va;
	ret->flags = (uint32_t)(map & (KJ_SECT_PRESENT | KJ_SECT_MEM_MAP | KJ_SECT_ONLINE));
	return KJ_OK;
}

enum kj_err kj_memsection_next(struct kj_memsection *ms, uint64_t *nr, struct kj_section *ret)
{
	while (*nr < ms->nsections) {
		uint64_t n = *nr / ms->per_root, va;

		if (ms->cached_root != n) {
			enum kj_err e = root_va(ms, n, &va);
			if (e)
				return e;
			if (!va) {
				*nr = (n + 1) * ms->per_root;
				continue;
			}
		}
		enum kj_err e = kj_memsection_get(ms, *nr, ret);
		if (e != KJ_ENOTFOUND)
			return e;
		++*nr;
	}
	return KJ_ENOTFOUND;
}

enum kj_err kj_memsection_pieces(struct kj_memsection *ms, const struct kj_section *s,
				 struct kj_section_piece ret[KJ_SECTION_PIECES], uint32_t *ret_n)
{
	uint64_t off = 0;
	uint32_t n = 0;

	while (off < KJ_SECTION_STRUCTS) {
		uint64_t pa, run;
		enum kj_err e = kj_pgtable_walk(ms->pt, s->page_va + off, &pa, &run);

		if (e == KJ_ENOTFOUND) {
			off += 4096;
			continue;
		}
		if (e)
			return e;
		if (run > KJ_SECTION_STRUCTS - off)
			run = KJ_SECTION_STRUCTS - off;
		struct kj_section_piece *last = n ? &ret[n - 1] : NULL;
		uint32_t first = (uint32_t)(off / KJ_PAGE_STRUCT),
			 npages = (uint32_t)(run / KJ_PAGE_STRUCT);

		if (last && last->first + last->npages == first &&
		    last->pa + (uint64_t)last->npages * KJ_PAGE_STRUCT == pa)
			last->npages += npages;
		else
			ret[n++] = (struct kj_section_piece){ pa, first, npages };
		off += run;
	}
	*ret_n = n;
	return KJ_OK;
}
