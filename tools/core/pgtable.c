// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Walks a kernel's page tables through a reader; must never follow an entry that it has not
 * checked.
 */
#include "pgtable.h"

#include <string.h>

#include "le.h"
#include "vmcoreinfo.h"

#define PTE_PRESENT 0x01ull
#define PTE_LARGE 0x80ull
#define PA_LIMIT (1ull << 52)
#define DIRECT_4 0xffff888000000000ull /* the direct map is not below: Documentation/arch/x86/x86_64/mm.rst */
#define DIRECT_5 0xff11000000000000ull
#define DIRECT_ALIGN (1ull << 30)      /* PUD_SIZE: arch/x86/mm/kaslr.c */
#define HOLES_MAX 8192u                /* steps of any size over what is not mapped */

static unsigned int level_shift(unsigned int level)
{
	return 12 + 9 * level; /* level 0: PTEs */
}

enum kj_err kj_pgtable_init_at(uint64_t root, uint32_t levels, kj_read_fn read, void *ctx,
			       struct kj_pgtable *ret)
{
	if ((levels != 4 && levels != 5) || root & 0xfff || root >= PA_LIMIT)
		return KJ_ERANGE;
	ret->read = read;
	ret->ctx = ctx;
	ret->root = root;
	ret->phys_base = 0;
	ret->image_size = 1ull << 30;
	ret->levels = levels;
	for (unsigned int i = 0; i < KJ_PT_LEVELS; i++)
		ret->cached[i] = UINT64_MAX;
	return KJ_OK;
}

static enum kj_err optional(const struct kj_vmcoreinfo *vi, const char *key, int64_t otherwise,
			    int64_t *ret)
{
	enum kj_err e = kj_vmcoreinfo_num(vi, key, ret);

	if (e != KJ_ENOTFOUND)
		return e;
	*ret = otherwise;
	return KJ_OK;
}

enum kj_err kj_pgtable_init(const struct kj_vmcoreinfo *vi, kj_read_fn read, void *ctx,
			    struct kj_pgtable *ret)
{
	int64_t phys_base, l5, sme, image_size;
	uint64_t top;

	enum kj_err e = kj_vmcoreinfo_num(vi, "NUMBER(phys_base)", &phys_base);
	if (!e)
		e = kj_vmcoreinfo_hex(vi, "SYMBOL(init_top_pgt)", &top);
	if (e == KJ_ENOTFOUND)
		e = kj_vmcoreinfo_hex(vi, "SYMBOL(swapper_pg_dir)", &top);
	if (!e)
		e = optional(vi, "NUMBER(pgtable_l5_enabled)", 0, &l5);
	if (!e)
		e = optional(vi, "NUMBER(sme_mask)", 0, &sme);
	if (!e)
		e = optional(vi, "NUMBER(KERNEL_IMAGE_SIZE)", 1 << 30, &image_size);
	if (e)
		return e;
	if (sme)
		return KJ_EUNSUPP;
	if (l5 < 0 || l5 > 1 || image_size < 1 << 20 || image_size > 1ll << 31)
		return KJ_ERANGE;
	if (top < KJ_KERNEL_MAP || top - KJ_KERNEL_MAP >= (uint64_t)image_size)
		return KJ_ERANGE;

	e = kj_pgtable_init_at(top - KJ_KERNEL_MAP + (uint64_t)phys_base, l5 ? 5 : 4, read, ctx,
			       ret);
	if (e)
		return e;
	ret->phys_base = (uint64_t)phys_base;
	ret->image_size = (uint64_t)image_size;
	return KJ_OK;
}

static int canonical(const struct kj_pgtable *pt, uint64_t va)
{
	unsigned int shift = pt->levels == 5 ? 56 : 47;
	uint64_t top = va >> shift;

	return top == 0 || top == UINT64_MAX >> shift;
}

/* The entry of table @pa (which is cached for its level) that translates @va. */
static enum kj_err entry_of(struct kj_pgtable *pt, uint64_t pa, unsigned int level, uint64_t va,
			    uint64_t *ret)
{
	if (pt->cached[level] != pa) {
		pt->cached[level] = UINT64_MAX;
		if (pt->read(pt->ctx, pa, pt->table[level], sizeof(pt->table[level])))
			return KJ_ETRUNC;
		pt->cached[level] = pa;
	}
	le64 raw;
	memcpy(&raw, &pt->table[level][va >> level_shift(level) & 511], sizeof(raw));
	*ret = kj_get_le64(raw);
	return KJ_OK;
}

/* As kj_pgtable_walk(); with KJ_ENOTFOUND *ret_len is how far what is not mapped goes at least. */
static enum kj_err walk(struct kj_pgtable *pt, uint64_t va, uint64_t *ret_pa, uint64_t *ret_len)
{
	uint64_t pa = pt->root;

	if (!canonical(pt, va))
		return KJ_ERANGE;
	for (unsigned int level = pt->levels; level-- > 0;) {
		uint64_t entry;
		enum kj_err e = entry_of(pt, pa, level, va, &entry);
		if (e)
			return e;
		*ret_len = (1ull << level_shift(level)) - (va & ((1ull << level_shift(level)) - 1));
		if (!(entry & PTE_PRESENT))
			return KJ_ENOTFOUND;
		pa = entry & KJ_PA_MASK;
		if (level && !(entry & PTE_LARGE))
			continue;
		if (level > 2)
			return KJ_EFORMAT;

		uint64_t size = 1ull << level_shift(level);
		if (level)
			pa &= ~0x1000ull; /* the PAT bit of a large page; bit 7 of a PTE is its PAT
					   */
		if (pa & (size - 1))
			return KJ_EFORMAT;
		*ret_pa = pa + (va & (size - 1));
		return KJ_OK;
	}
	return KJ_EFORMAT; /* not reached: level 0 returns */
}

enum kj_err kj_pgtable_walk(struct kj_pgtable *pt, uint64_t va, uint64_t *ret_pa, uint64_t *ret_len)
{
	uint64_t pa, len;
	const enum kj_err e = walk(pt, va, &pa, &len);

	if (e)
		return e;
	*ret_pa = pa;
	*ret_len = len;
	return KJ_OK;
}

enum kj_err kj_pgtable_direct(struct kj_pgtable *pt, uint64_t *ret)
{
	const uint64_t first = pt->levels == 5 ? DIRECT_5 : DIRECT_4;
	uint64_t va = first, pa, len;
	unsigned int i;

	/* it ends at the kernel's image, or wraps */
	for (i = 0; i < HOLES_MAX && va >= first && va < KJ_KERNEL_MAP; i++, va += len) {
		const enum kj_err e = walk(pt, va, &pa, &len);

		if (e == KJ_ENOTFOUND)
			continue;
		if (e)
			return e;
		if (pa > va - first || (va - pa) % DIRECT_ALIGN)
			return KJ_EFORMAT;
		*ret = va - pa;
		return KJ_OK;
	}
	return KJ_ENOTFOUND;
}

enum kj_err kj_pgtable_image_pa(const struct kj_pgtable *pt, uint64_t va, uint64_t *ret_pa)
{
	if (va < KJ_KERNEL_MAP || va - KJ_KERNEL_MAP >= pt->image_size)
		return KJ_ERANGE;
	uint64_t pa = va - KJ_KERNEL_MAP + pt->phys_base;
	if (pa >= PA_LIMIT)
		return KJ_ERANGE;
	*ret_pa = pa;
	return KJ_OK;
}

enum kj_err kj_pgtable_read(struct kj_pgtable *pt, uint64_t va, void *buf, size_t len)
{
	uint8_t *p = buf;

	while (len) {
		uint64_t pa, run;
		enum kj_err e = kj_pgtable_walk(pt, va, &pa, &run);
		if (e)
			return e;
		size_t n = run < len ? (size_t)run : len;
		if (pt->read(pt->ctx, pa, p, n))
			return KJ_ETRUNC;
		p += n;
		len -= n;
		va += n;
		if (len && !va)
			return KJ_ERANGE;
	}
	return KJ_OK;
}
