/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The backup pages map: which page S holds what A had in page D of the window; found from A's control page, walked,
 * checked, sorted; must never be used for a lookup unless kj_map_build() or kj_map_list() said KJ_OK.
 *
 * Source: linux include/linux/kexec.h (IND_*), kernel/kexec_core.c (kimage_alloc_page: a source is its own destination
 * or no destination at all), arch/x86/kernel/relocate_kernel_64.S: up to 6.13 the data stands at 0x800 of the control
 * page (rsp, cr0, cr3, cr4, table 0x820, swap 0x828, map 0x830), from 6.14 on anywhere in it (rsp, cr0, cr3, cr4,
 * virtual address of the page, table, swap, map).  All addresses are physical bytes; pages are 4096.
 */
#ifndef KJ_CORE_MAP_H
#define KJ_CORE_MAP_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "note.h"

#define KJ_PAGE 4096u

/* What A's control page says. */
struct kj_map_page {
	uint64_t cp;		/* the control page, RE & ~0xfff */
	uint64_t table;		/* A's identity page tables (their top page) */
	uint64_t swap;		/* A's swap page */
	uint64_t head;		/* of the list: a page address | 2 (IND_INDIRECTION) */
	uint64_t cr4;		/* A's CR4 */
	uint32_t offset;	/* of ->table in the page; 0: not from a page (KJ_NT_MAP) */
};

#define KJ_CR4_LA57 0x1000u

/*
 * Look for the triple table, swap, map in the control page @page (KJ_PAGE bytes), that stands at @cp.  A candidate has
 * three different pages that lie in @ram, outside @window, and are not @cp, the last one tagged 2, and a CR4 with PAE
 * where its layout has one.  *pos is 0 for the first call (which looks at the layout up to 6.13 first) and opaque for the
 * next candidate; the right one is that whose list kj_map_build() accepts.
 * KJ_OK; KJ_ENOTFOUND: no more candidates.
 */
enum kj_err kj_map_page_next(const uint8_t *page, uint64_t cp, const struct kj_ranges *ram,
			     const struct kj_ranges *window, uint32_t *pos, struct kj_map_page *ret);

/* @n pages: those from @dst on lie from @src on.  src == dst: the pages were free in A, there is nothing of A's. */
struct kj_map_run {
	uint64_t dst;
	uint64_t src;
	uint32_t n;
	uint32_t by_src;	/* of the map, not of this run: index of the run that is i-th by src */
};
_Static_assert(sizeof(struct kj_map_run) == 24, "a map of 2^20 runs is 24 MiB");

struct kj_map {
	uint32_t n;		/* runs */
	struct kj_map_run *run;	/* ascending by dst, as few as possible; the caller's memory */
	uint64_t npages;	/* in all runs: the whole window */
	uint64_t nfree;		/* of these: src == dst */
	uint64_t nind;		/* indirection pages walked */
};

/*
 * Walk the list at @head and build the map into @run (room for @cap).  @read gets @ctx and reads @len bytes at @pa as
 * they lie there now (physical view); 0: done.  *needed, unless NULL, is how many runs that
 * takes at most; set with KJ_OK and KJ_ENOSPC.  @cap 0 and @run NULL just count (a map is never empty: KJ_ENOSPC).
 * Accepts a list only if it ends within what the window's size allows, every dst lies in @window, every src in @ram,
 * src == dst or src outside @window, no dst and no src twice, and every page of the window has its entry.
 *
 * KJ_OK; KJ_ENOSPC; KJ_ETRUNC: @read failed; KJ_EFORMAT: an entry of no known kind, or a source before any destination,
 * or an empty list; KJ_ERANGE: a page in the wrong place (list page in the window or not RAM, dst outside the window,
 * src not RAM or in the window); KJ_ELIMIT: longer than the window allows; KJ_EOVERLAP: a dst or src twice;
 * KJ_ENOTFOUND: pages of the window without backup.  On error *ret is untouched, @run undefined.
 */
enum kj_err kj_map_build(uint64_t head, const struct kj_ranges *window, const struct kj_ranges *ram,
			 int (*read)(void *ctx, uint64_t pa, void *buf, size_t len), void *ctx,
			 struct kj_map_run *run, size_t cap, struct kj_map *ret, size_t *needed);

/*
 * The same from the descriptor of a PAGES note, @len bytes that begin with struct kj_note_pages.  KJ_OK; KJ_ETRUNC: it
 * ends before its segments or their pages do; the rest as kj_map_build(), with KJ_EFORMAT for what is no page.
 */
enum kj_err kj_map_list(const uint8_t *desc, size_t len, const struct kj_ranges *window, const struct kj_ranges *ram,
			struct kj_map_run *run, size_t cap, struct kj_map *ret, size_t *needed);

/* The run whose destination (source) pages hold byte @pa, or NULL. */
const struct kj_map_run *kj_map_by_dst(const struct kj_map *m, uint64_t pa);
const struct kj_map_run *kj_map_by_src(const struct kj_map *m, uint64_t pa);

/* The run whose source pages hold @pa, else the one with the next source above it, else NULL. */
const struct kj_map_run *kj_map_next_src(const struct kj_map *m, uint64_t pa);

#endif
