// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Find, walk, check and sort the backup pages map; must never believe an entry because the one before was good.
 */
#include "core/map.h"

#include <string.h>

/* include/linux/kexec.h; IND_INDIRECTION tags the head too */
#define IND_DESTINATION 1u
#define IND_INDIRECTION 2u
#define IND_DONE 4u
#define IND_SOURCE 8u

#define TAGS ((uint64_t)KJ_PAGE - 1)
#define ENTRIES (KJ_PAGE / 8)

#define OLD_TABLE 0x820u	/* CP_PA_TABLE_PAGE up to 6.13 */
#define FIRST_TABLE 0x20u	/* rsp, cr0, cr3, cr4 stand in front */
#define CR4_PAE 0x20u
#define CR4_FRED_BIT 32
#define PUD_MASK ((1ull << 30) - 1)

/* A segment has one destination entry; indirection pages are full but for the last one. */
#define MAX_DST 1024u
#define MAX_IND(npages) ((npages) / 256 + 16)

static uint64_t get(const uint8_t *page, uint32_t off)
{
	le64 v;

	memcpy(&v, page + off, sizeof(v));
	return kj_get_le64(v);
}

/* A page of A's that B has not overwritten. */
static int is_kept_page(uint64_t pa, const struct kj_ranges *ram, const struct kj_ranges *window)
{
	return !(pa & TAGS) && kj_ranges_contain(ram, pa, KJ_PAGE) && !kj_ranges_overlap(window, pa, KJ_PAGE);
}

/* FRED is the highest bit that there is (arch/x86/include/uapi/asm/processor-flags.h, since 6.9). */
static int is_cr4(uint64_t v)
{
	return v & CR4_PAE && !(v >> (CR4_FRED_BIT + 1));
}

/* The virtual address of the control page: page_offset is a multiple of 1 GiB, from 0xff11000000000000 on with 5-level
 * paging (Documentation/arch/x86/x86_64/mm.rst). */
static int is_va_of(uint64_t va, uint64_t cp)
{
	return va >> 56 == 0xff && (va & PUD_MASK) == (cp & PUD_MASK);
}

/* Is there a triple at @off? */
static int candidate(const uint8_t *page, uint32_t off, uint64_t cp, const struct kj_ranges *ram,
		     const struct kj_ranges *window, struct kj_map_page *ret)
{
	struct kj_map_page p = {
		.cp = cp,
		.table = get(page, off),
		.swap = get(page, off + 8),
		.head = get(page, off + 16),
		.offset = off,
	};
	uint64_t first = p.head & ~TAGS;

	if ((p.head & TAGS) != IND_INDIRECTION || !is_kept_page(p.table, ram, window) ||
	    !is_kept_page(p.swap, ram, window) || !is_kept_page(first, ram, window))
		return 0;
	if (p.table == p.swap || p.table == first || p.swap == first || p.table == cp || p.swap == cp || first == cp)
		return 0;
	if (is_va_of(get(page, off - 8), cp))
		p.cr4 = get(page, off - 16);
	else
		p.cr4 = get(page, off - 8);
	if (!is_cr4(p.cr4))
		return 0;
	*ret = p;
	return 1;
}

enum kj_err kj_map_page_next(const uint8_t *page, uint64_t cp, const struct kj_ranges *ram,
			     const struct kj_ranges *window, uint32_t *pos, struct kj_map_page *ret)
{
	uint32_t off;

	if (!*pos) {
		*pos = FIRST_TABLE;
		if (candidate(page, OLD_TABLE, cp, ram, window, ret))
			return KJ_OK;
	}
	for (off = *pos; off <= KJ_PAGE - 24; off += 8) {
		if (off == OLD_TABLE || !candidate(page, off, cp, ram, window, ret))
			continue;
		*pos = off + 8;
		return KJ_OK;
	}
	*pos = KJ_PAGE;
	return KJ_ENOTFOUND;
}

/* ---- walking the list ---- */

struct walk {
	const struct kj_ranges *window, *ram;
	uint64_t limit;		/* pages of the window */
	uint64_t npages, ndst, nind;
	uint64_t dst;
	int have_dst;
	struct kj_map_run cur;	/* n == 0: none yet */
	struct kj_map_run *run;
	size_t cap, n;
};

static void flush_run(struct walk *w)
{
	if (!w->cur.n)
		return;
	if (w->n < w->cap)
		w->run[w->n] = w->cur;
	w->n++;
	w->cur.n = 0;
}

static enum kj_err add_source(struct walk *w, uint64_t src)
{
	uint64_t cur_len = (uint64_t)w->cur.n * KJ_PAGE;

	if (!w->have_dst)
		return KJ_EFORMAT;
	if (w->npages++ == w->limit)
		return KJ_ELIMIT;
	if (!kj_ranges_contain(w->window, w->dst, KJ_PAGE) || !kj_ranges_contain(w->ram, src, KJ_PAGE))
		return KJ_ERANGE;
	if (src != w->dst && kj_ranges_overlap(w->window, src, KJ_PAGE))
		return KJ_ERANGE;
	if (!w->cur.n || w->cur.dst + cur_len != w->dst || w->cur.src + cur_len != src) {
		flush_run(w);
		w->cur.dst = w->dst;
		w->cur.src = src;
	}
	w->cur.n++;
	w->dst += KJ_PAGE;	/* inside the window, so this cannot overflow */
	return KJ_OK;
}

static enum kj_err walk_list(struct walk *w, uint64_t head,
			     int (*read)(void *ctx, uint64_t pa, void *buf, size_t len), void *ctx)
{
	uint8_t page[KJ_PAGE];
	uint32_t i = ENTRIES;
	uint64_t entry = head;
	enum kj_err err = KJ_OK;

	if ((head & TAGS) != IND_INDIRECTION)
		return KJ_EFORMAT;
	for (;;) {
		uint64_t pa = entry & ~TAGS;

		switch (entry & TAGS) {
		case IND_DESTINATION:
			if (w->ndst++ == MAX_DST)
				return KJ_ELIMIT;
			w->dst = pa;
			w->have_dst = 1;
			break;
		case IND_INDIRECTION:
			if (w->nind++ == MAX_IND(w->limit))
				return KJ_ELIMIT;
			if (!is_kept_page(pa, w->ram, w->window))
				return KJ_ERANGE;
			if (read(ctx, pa, page, sizeof(page)))
				return KJ_ETRUNC;
			i = 0;
			break;
		case IND_DONE:
			flush_run(w);
			return pa || !w->npages ? KJ_EFORMAT : KJ_OK;
		case IND_SOURCE:
			err = add_source(w, pa);
			break;
		default:
			err = KJ_EFORMAT;
		}
		if (err)
			return err;
		if (i == ENTRIES)	/* the last slot of a page leads to the next one */
			return KJ_EFORMAT;
		entry = get(page, i++ * 8);
	}
}

static enum kj_err walk_note(struct walk *w, const uint8_t *desc, size_t len)
{
	struct kj_note_pages h;
	struct kj_le_seg seg;
	uint64_t left;
	size_t off;
	uint32_t n;

	if (len < sizeof(h))
		return KJ_ETRUNC;
	memcpy(&h, desc, sizeof(h));
	n = kj_get_le32(h.n);
	if (n > (len - sizeof(h)) / sizeof(seg))
		return KJ_ETRUNC;
	off = sizeof(h) + n * sizeof(seg);
	left = (len - off) / 8;
	for (uint32_t i = 0; i < n; i++) {
		uint64_t pages;

		memcpy(&seg, desc + sizeof(h) + i * sizeof(seg), sizeof(seg));
		w->dst = kj_get_le64(seg.mem);
		w->have_dst = 1;
		pages = kj_get_le64(seg.memsz) / KJ_PAGE;
		if (w->dst & TAGS || kj_get_le64(seg.memsz) & TAGS)
			return KJ_EFORMAT;
		if (pages > left)
			return KJ_ETRUNC;
		for (left -= pages; pages; pages--, off += 8) {
			le64 src;
			enum kj_err err;

			memcpy(&src, desc + off, sizeof(src));
			if (kj_get_le64(src) & TAGS)
				return KJ_EFORMAT;
			err = add_source(w, kj_get_le64(src));
			if (err)
				return err;
		}
	}
	flush_run(w);
	return w->npages ? KJ_OK : KJ_EFORMAT;
}

/* ---- sorting ---- */

static uint64_t sort_key(const struct kj_map_run *run, uint32_t i, int by_src)
{
	return by_src ? run[run[i].by_src].src : run[i].dst;
}

static void sort_swap(struct kj_map_run *run, uint32_t i, uint32_t j, int by_src)
{
	if (by_src) {
		uint32_t t = run[i].by_src;

		run[i].by_src = run[j].by_src;
		run[j].by_src = t;
	} else {
		struct kj_map_run t = run[i];

		run[i] = run[j];
		run[j] = t;
	}
}

static void sift_down(struct kj_map_run *run, uint32_t i, uint32_t n, int by_src)
{
	for (;;) {
		uint32_t big = i, kid = 2 * i + 1;

		for (uint32_t k = kid; k < n && k < kid + 2; k++)
			if (sort_key(run, k, by_src) > sort_key(run, big, by_src))
				big = k;
		if (big == i)
			return;
		sort_swap(run, i, big, by_src);
		i = big;
	}
}

/* Heapsort: in place, without recursion, and no list of A's can make it slow. */
static void sort(struct kj_map_run *run, uint32_t n, int by_src)
{
	for (uint32_t i = n / 2; i; i--)
		sift_down(run, i - 1, n, by_src);
	for (uint32_t i = n; i > 1; i--) {
		sort_swap(run, 0, i - 1, by_src);
		sift_down(run, 0, i - 1, by_src);
	}
}

static uint32_t join(struct kj_map_run *run, uint32_t n)
{
	uint32_t last = 0;

	for (uint32_t i = 1; i < n; i++) {
		uint64_t len = (uint64_t)run[last].n * KJ_PAGE;

		if (run[last].dst + len == run[i].dst && run[last].src + len == run[i].src)
			run[last].n += run[i].n;
		else
			run[++last] = run[i];
	}
	return last + 1;
}

/* Sort by destination, index by source, refuse what stands there twice. */
static enum kj_err order(struct kj_map_run *run, uint32_t *n)
{
	sort(run, *n, 0);
	for (uint32_t i = 1; i < *n; i++)
		if ((run[i].dst - run[i - 1].dst) / KJ_PAGE < run[i - 1].n)
			return KJ_EOVERLAP;
	*n = join(run, *n);
	for (uint32_t i = 0; i < *n; i++)
		run[i].by_src = i;
	sort(run, *n, 1);
	for (uint32_t i = 1; i < *n; i++) {
		const struct kj_map_run *a = &run[run[i - 1].by_src], *b = &run[run[i].by_src];

		if ((b->src - a->src) / KJ_PAGE < a->n)
			return KJ_EOVERLAP;
	}
	return KJ_OK;
}

/* Pages of the window, UINT64_MAX if that makes no sense. */
static uint64_t window_pages(const struct kj_ranges *r)
{
	uint64_t n = 0;

	for (uint32_t i = 0; i < r->n; i++) {
		if (r->r[i].start > r->r[i].end ||
		    __builtin_add_overflow(n, (r->r[i].end - r->r[i].start) / KJ_PAGE, &n))
			return UINT64_MAX;
	}
	return n;
}

/* What was walked becomes the map. */
static enum kj_err settle(const struct walk *w, struct kj_map *ret, size_t *needed)
{
	struct kj_map m = { .run = w->run };
	enum kj_err err;

	if (needed)
		*needed = w->n;
	if (w->n > w->cap)
		return KJ_ENOSPC;
	m.n = (uint32_t)w->n;
	err = order(m.run, &m.n);
	if (err)
		return err;
	if (w->npages != w->limit)
		return KJ_ENOTFOUND;
	m.npages = w->npages;
	m.nind = w->nind;
	for (uint32_t i = 0; i < m.n; i++)
		if (m.run[i].src == m.run[i].dst)
			m.nfree += m.run[i].n;
	*ret = m;
	return KJ_OK;
}

enum kj_err kj_map_build(uint64_t head, const struct kj_ranges *window, const struct kj_ranges *ram,
			 int (*read)(void *ctx, uint64_t pa, void *buf, size_t len), void *ctx,
			 struct kj_map_run *run, size_t cap, struct kj_map *ret, size_t *needed)
{
	struct walk w = { .window = window, .ram = ram, .run = run, .cap = cap, .limit = window_pages(window) };
	enum kj_err err;

	/* the page counts of runs are 32 bits: 16 TiB */
	if (w.limit > UINT32_MAX)
		return KJ_ELIMIT;
	err = walk_list(&w, head, read, ctx);
	return err ? err : settle(&w, ret, needed);
}

enum kj_err kj_map_list(const uint8_t *desc, size_t len, const struct kj_ranges *window, const struct kj_ranges *ram,
			struct kj_map_run *run, size_t cap, struct kj_map *ret, size_t *needed)
{
	struct walk w = { .window = window, .ram = ram, .run = run, .cap = cap, .limit = window_pages(window) };
	enum kj_err err;

	if (w.limit > UINT32_MAX)
		return KJ_ELIMIT;
	err = walk_note(&w, desc, len);
	return err ? err : settle(&w, ret, needed);
}
