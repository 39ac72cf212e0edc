/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a kernel keeps its struct pages: SPARSEMEM_EXTREME's table of 128 MiB sections; must never
 * say that a section is there when its entry, or the memory of its struct pages, cannot be read.
 *
 * Source: include/linux/mmzone.h (struct mem_section, SECTION_* bits), mm/sparse.c
 * (sparse_encode_mem_map), 6.1 to 6.19.  SYMBOL(mem_section) in VMCOREINFO is the value of the
 * pointer: the array of root pointers.
 */
#ifndef KJ_CORE_MEMSECTION_H
#define KJ_CORE_MEMSECTION_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "le.h"
#include "pgtable.h"

#define KJ_SECTION_BITS 27u                             /* x86_64: 128 MiB */
#define KJ_SECTION_PAGES (1u << (KJ_SECTION_BITS - 12)) /* 32768 */
#define KJ_SECTION_BITMAP (KJ_SECTION_PAGES / 8)        /* bytes of one bit per page: 4096 */
#define KJ_PAGE_STRUCT 64u /* the only SIZE(page) we take: it divides a page */
#define KJ_SECTION_STRUCTS (KJ_SECTION_PAGES * KJ_PAGE_STRUCT) /* 2 MiB */
#define KJ_SECTION_PIECES 512u /* most pieces: struct pages mapped by 4 KiB pages */

#define KJ_SECT_PRESENT 1u /* SECTION_MARKED_PRESENT */
#define KJ_SECT_MEM_MAP 2u /* SECTION_HAS_MEM_MAP */
#define KJ_SECT_ONLINE                                                                             \
	4u /* SECTION_IS_ONLINE; without it the struct pages may never have been set up */

/* The caller owns it, no cleanup.  One root is kept, so ascending numbers read little. 8 KiB. */
struct kj_memsection {
	struct kj_pgtable *pt; /* borrowed */
	uint64_t roots_va;     /* array of pointers to roots */
	uint64_t nroots;
	uint32_t per_root;  /* sections in a root */
	uint32_t size;      /* SIZE(mem_section) */
	uint32_t map_off;   /* OFFSET(mem_section.section_mem_map) */
	uint64_t nsections; /* numbers below this can exist; may be large (2^25), most are not there
			     */
	uint64_t cached_ptrs; /* number of the first root pointer held, UINT64_MAX: none */
	uint64_t cached_root; /* number of the root held, UINT64_MAX: none */
	le64 ptr[512];
	uint8_t root[4096];
};

struct kj_section {
	uint64_t nr;
	uint64_t pfn;     /* first page frame number: nr << 15 */
	uint64_t page_va; /* virtual address of the struct page of pfn */
	uint32_t flags;   /* KJ_SECT_* */
};

/* Part of a section's struct page array that is physically contiguous. */
struct kj_section_piece {
	uint64_t pa;     /* page aligned */
	uint32_t first;  /* number of its first struct page within the section, a multiple of 64 */
	uint32_t npages; /* struct pages in it, a multiple of 64 */
};

/*
 * Keys: SYMBOL(mem_section), LENGTH(mem_section), SIZE(mem_section),
 * OFFSET(mem_section.section_mem_map), NUMBER(SECTION_SIZE_BITS), NUMBER(MAX_PHYSMEM_BITS),
 * SIZE(page).  @pt must outlive @ret.
 * KJ_OK, KJ_ENOTFOUND (a key is missing), KJ_EUNSUPP (sections
 * of another size, struct page not of 64 bytes, no SPARSEMEM_EXTREME), KJ_ERANGE.
 */
enum kj_err kj_memsection_init(const struct kj_vmcoreinfo *vi, struct kj_pgtable *pt,
			       struct kj_memsection *ret);

/*
 * Look one section up.  KJ_OK, KJ_ENOTFOUND (not present or without struct pages: a clean no),
 * KJ_ERANGE (@nr >= ->nsections, or an address that is none of a kernel's), or what
 * kj_pgtable_read() says, with KJ_EFORMAT where the table itself is not mapped.
 */
enum kj_err kj_memsection_get(struct kj_memsection *ms, uint64_t nr, struct kj_section *ret);

/*
 * First section at or behind *@nr that is present; *nr becomes its number.  Skips empty roots at
 * once.
 * KJ_OK, KJ_ENOTFOUND (no more), or an error of kj_memsection_get() for the section *nr: the
 * caller may go on at *nr + 1.
 */
enum kj_err kj_memsection_next(struct kj_memsection *ms, uint64_t *nr, struct kj_section *ret);

/*
 * Where the struct pages of @s lie: ascending pieces, adjacent ones joined, normally a single one
 * of 2 MiB.  Parts that are not mapped are left out (nothing is known about their pages).
 * *ret_n <= KJ_SECTION_PIECES.  KJ_OK (*ret_n may be 0), KJ_EFORMAT or KJ_ETRUNC as
 * kj_pgtable_walk().
 */
enum kj_err kj_memsection_pieces(struct kj_memsection *ms, const struct kj_section *s,
				 struct kj_section_piece ret[KJ_SECTION_PIECES], uint32_t *ret_n);

#endif
