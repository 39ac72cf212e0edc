/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A kernel's virtual addresses to physical ones, through its own page tables; must never trust an
 * entry, a table or an address before it has been range-checked, and never writes.
 *
 * Source: Intel SDM vol. 3 chapter 4 (4- and 5-level paging; 1 GiB, 2 MiB and 4 KiB pages),
 * arch/x86/include/asm/pgtable_types.h, Documentation/arch/x86/x86_64/mm.rst, and
 * kernel/vmcore_info.c + arch/x86/kernel/vmcore_info_64.c for the keys.  AMD memory encryption
 * (sme_mask != 0) is refused.
 */
#ifndef KJ_CORE_PGTABLE_H
#define KJ_CORE_PGTABLE_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"

struct kj_vmcoreinfo;

/* Read @len bytes of A's memory at physical address @pa; 0 on success, anything else: cannot be
 * had. */
typedef int (*kj_read_fn)(void *ctx, uint64_t pa, void *buf, size_t len);

#define KJ_KERNEL_MAP 0xffffffff80000000ull /* __START_KERNEL_map: image addresses start here */
#define KJ_PA_MASK 0x000ffffffffff000ull    /* physical address in a page table entry */
#define KJ_PT_LEVELS 5u

/* One page-table page per level is kept, so walking neighbours reads little.  A's memory must not
 * change meanwhile. About 20 KiB: not for a small stack.  The caller owns it; no cleanup. */
struct kj_pgtable {
	kj_read_fn read;
	void *ctx;
	uint64_t root;                 /* physical address of the top table */
	uint64_t phys_base;            /* two's complement: may be negative */
	uint64_t image_size;           /* NUMBER(KERNEL_IMAGE_SIZE), 1 GiB if absent */
	uint32_t levels;               /* 4 or 5 */
	uint64_t cached[KJ_PT_LEVELS]; /* physical address of the table held, UINT64_MAX: none */
	uint64_t table[KJ_PT_LEVELS][512];
};

/*
 * Find the tables by NUMBER(phys_base), SYMBOL(init_top_pgt) (or SYMBOL(swapper_pg_dir)),
 * NUMBER(pgtable_l5_enabled) (absent: 4 levels) and NUMBER(sme_mask).  Nothing is read yet.  @ret
 * is untouched on error.
 * KJ_OK, KJ_ENOTFOUND (a key is missing), KJ_ERANGE (an address no image can
 * have), KJ_EUNSUPP (sme_mask != 0).
 */
enum kj_err kj_pgtable_init(const struct kj_vmcoreinfo *vi, kj_read_fn read, void *ctx,
			    struct kj_pgtable *ret);

/*
 * The same with the facts given: @root physical and page aligned, @levels 4 or 5.  KJ_OK or
 * KJ_ERANGE.
 */
enum kj_err kj_pgtable_init_at(uint64_t root, uint32_t levels, kj_read_fn read, void *ctx,
			       struct kj_pgtable *ret);

/*
 * Physical address of @va, and the bytes from @va to the end of its mapping (at most 1 GiB).
 * KJ_OK, KJ_ENOTFOUND (not mapped), KJ_ERANGE (not canonical), KJ_EFORMAT (a reserved bit, or a
 * large page at a level that has none), KJ_ETRUNC (the reader cannot deliver a table).
 */
enum kj_err kj_pgtable_walk(struct kj_pgtable *pt, uint64_t va, uint64_t *ret_pa,
			    uint64_t *ret_len);

/*
 * Start of the direct map, where physical address 0 would be: told by the first address that is mapped in the range that
 * x86-64 has for it, which KASLR moves by GiB.  KJ_OK; KJ_ENOTFOUND: nothing is mapped there; KJ_EFORMAT: what is mapped is
 * no direct map; and errors of kj_pgtable_walk().
 */
enum kj_err kj_pgtable_direct(struct kj_pgtable *pt, uint64_t *ret);

/*
 * Physical address of something in the kernel image, without a walk: va - KJ_KERNEL_MAP +
 * phys_base.
 * KJ_OK, or KJ_ERANGE if @va lies outside the image's mapping.
 */
enum kj_err kj_pgtable_image_pa(const struct kj_pgtable *pt, uint64_t va, uint64_t *ret_pa);

/* Read @len bytes at virtual address @va, whatever pages they lie in.  Errors of kj_pgtable_walk(),
 * and KJ_ETRUNC if the bytes themselves cannot be had.  @buf may be half written then. */
enum kj_err kj_pgtable_read(struct kj_pgtable *pt, uint64_t va, void *buf, size_t len);

#endif
