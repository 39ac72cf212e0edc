// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Pages to leave out, and the mappings through which pages are read. It must never hold more
 * than a bounded number of bitmaps or mappings.
 */
#include <errno.h>
#include <string.h>

#include "cmd/lib/keep.h"
#include "sys/badpage.h"
#include "sys/compat.h"

#define NONE UINT32_MAX

/* Distinct sections of the RAM ranges, ascending; @sec NULL: just count. */
static uint32_t list_sections(const struct kj_ranges *ram, struct kj_keep_section *sec)
{
	uint64_t next = 0;
	uint32_t n = 0, i;

	for (i = 0; i < ram->n; i++) {
		uint64_t nr = ram->r[i].start >> KJ_SECTION_BITS;
		const uint64_t last = (ram->r[i].end - 1) >> KJ_SECTION_BITS;

		for (nr = nr < next ? next : nr; nr <= last; nr++, n++)
			if (sec)
				sec[n].nr = (uint32_t)nr;
		next = last + 1;
	}
	return n;
}

int kj_keep_open(struct kj_keep *k, struct kj_amem *m, const struct kj_ranges *cut, uint32_t level,
		 char why[KJ_WHY_MAX])
{
	void *p;
	int err;

	memset(k, 0, sizeof(*k));
	k->m = m;
	k->cut = *cut;
	k->have = NONE;
	k->active = !kj_classifier_open(m, level, &k->c, why);
	k->nsec = list_sections(&m->ram, NULL);
	k->ncached = k->nsec < KJ_KEEP_CACHED ? k->nsec : KJ_KEEP_CACHED;
	k->sec_len = sizeof(*k->counts) + k->nsec * sizeof(*k->sec);
	k->cache_len = (size_t)k->ncached * KJ_SECTION_BITMAP + 1;
	err = kj_alloc_shared(k->sec_len, &p);
	if (err)
		return err;
	k->counts = p;
	k->sec = (void *)(k->counts + 1);
	(void)list_sections(&m->ram, k->sec);
	err = kj_alloc_shared(k->cache_len, &p);
	if (err) {
		kj_keep_close(k);
		return err;
	}
	k->cache = p;
	return 0;
}

void kj_keep_close(struct kj_keep *k)
{
	kj_munmap(k->counts, k->sec_len);
	kj_munmap(k->cache, k->cache_len);
	k->counts = NULL;
	k->sec = NULL;
	k->cache = NULL;
}

static int classify(struct kj_keep *k, uint32_t i, struct kj_class_counts *counts)
{
	int err;

	memset(counts, 0, sizeof(*counts));
	k->have = NONE;
	err = kj_classify_section(k->m, &k->c, k->sec[i].nr, k->bitmap, counts);
	k->have = i;
	return err;
}

/* Workers do this at the same time. */
static void count(struct kj_class_counts *to, const struct kj_class_counts *from)
{
	unsigned int i;

	__atomic_fetch_add(&to->pages, from->pages, __ATOMIC_RELAXED);
	__atomic_fetch_add(&to->doubt, from->doubt, __ATOMIC_RELAXED);
	for (i = 0; i < KJ_CLASS_COUNT; i++)
		__atomic_fetch_add(&to->n[i], from->n[i], __ATOMIC_RELAXED);
}

int kj_keep_section(struct kj_keep *k, uint32_t i)
{
	const uint64_t pfn = (uint64_t)k->sec[i].nr * KJ_SECTION_PAGES;
	uint8_t mask[KJ_UNIT_MASK];
	uint32_t left = 0, u, b;
	struct kj_class_counts counts;
	int err;

	if (!k->active)
		return 0;
	err = classify(k, i, &counts);
	count(k->counts, &counts);
	for (u = 0; u < KJ_SECTION_BITMAP / KJ_UNIT_MASK; u++) {
		kj_unit_mask(&k->m->ram, &k->cut, pfn + u * KJ_UNIT_MASK * 8, mask);
		for (b = 0; b < KJ_UNIT_MASK; b++)
			mask[b] &= k->bitmap[u * KJ_UNIT_MASK + b];
		left += kj_unit_weight(mask);
	}
	k->sec[i].left = left;
	if (i < k->ncached)
		memcpy(k->cache + (size_t)i * KJ_SECTION_BITMAP, k->bitmap, KJ_SECTION_BITMAP);
	return err;
}

static uint32_t find_section(const struct kj_keep *k, uint64_t nr)
{
	uint32_t lo = 0, hi = k->nsec;

	while (lo < hi) {
		const uint32_t mid = lo + (hi - lo) / 2;

		if (k->sec[mid].nr < nr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < k->nsec && k->sec[lo].nr == nr ? lo : NONE;
}

void kj_keep_unit(struct kj_keep *k, uint64_t pfn, uint8_t ret[KJ_UNIT_MASK])
{
	const size_t at = (pfn % KJ_SECTION_PAGES) / 8;
	struct kj_class_counts counts;
	uint32_t i;

	memset(ret, 0, KJ_UNIT_MASK);
	if (!k->active)
		return;
	i = find_section(k, pfn / KJ_SECTION_PAGES);
	if (i == NONE)
		return;
	if (i < k->ncached) {
		memcpy(ret, k->cache + (size_t)i * KJ_SECTION_BITMAP + at, KJ_UNIT_MASK);
		return;
	}
	/* on error the bitmap is all zeros */
	if (k->have != i)
		(void)classify(k, i, &counts);
	memcpy(ret, k->bitmap + at, KJ_UNIT_MASK);
}

/* The byte of the cache with the bit of page @pfn, its section in *i; NULL: not there. */
static uint8_t *cached(const struct kj_keep *k, uint64_t pfn, uint32_t *i)
{
	*i = find_section(k, pfn / KJ_SECTION_PAGES);
	return *i < k->ncached ? k->cache + (size_t)*i * KJ_SECTION_BITMAP + pfn % KJ_SECTION_PAGES / 8 : NULL;
}

static void backup(struct kj_keep *k, uint64_t dst, uint64_t src)
{
	const uint8_t bit = (uint8_t)(1u << src % 8);
	uint32_t i;
	const uint8_t *from = cached(k, dst, &i);
	uint8_t *to = cached(k, src, &i);

	if (!from || !to || !(*from >> dst % 8 & 1) || *to & bit)
		return;
	*to |= bit;
	k->sec[i].left++;
}

void kj_keep_backups(struct kj_keep *k)
{
	const struct kj_map *map = &k->m->map;
	uint32_t r, j;

	if (!k->active || !k->m->is_jump)
		return;
	for (r = 0; r < map->n; r++)
		for (j = 0; map->run[r].src != map->run[r].dst && j < map->run[r].n; j++)
			backup(k, map->run[r].dst / KJ_PAGE + j, map->run[r].src / KJ_PAGE + j);
}

uint64_t kj_keep_left(const struct kj_keep *k)
{
	uint64_t n = 0;
	uint32_t i;

	for (i = 0; i < k->nsec; i++)
		n += k->sec[i].left;
	return n;
}

void kj_walk_end(struct kj_walk *w)
{
	if (w->map && w->map != w->buf)
		kj_amem_unmap(w->m, w->map, w->len);
	w->map = NULL;
}

int kj_walk_holds(const struct kj_walk *w, uint64_t pa)
{
	return w->map && pa >= w->pa && pa - w->pa < w->len;
}

/* Have what lies from @pa on to @end, as much as can be had at once. */
static int get(struct kj_walk *w, uint64_t pa, uint64_t end)
{
	const size_t max = w->buf ? w->room : w->max;
	uint64_t len;
	int err = -EIO;

	kj_walk_end(w);
	len = kj_amem_run(w->m, pa, end - pa < max ? end - pa : max);
	if (!len)
		return -EFAULT;
	if (w->buf)
		err = kj_amem_read_phys(w->m, pa, w->buf, (size_t)len);
	w->map = w->buf;
	/* which of the pages it is that cannot be read is seen when they are mapped */
	if (err)
		err = kj_amem_map(w->m, pa, (size_t)len, &w->map);
	if (err) {
		w->map = NULL;
		return err;
	}
	w->pa = pa;
	w->len = (size_t)len;
	return 0;
}

int kj_walk_page(struct kj_walk *w, uint64_t pa, uint64_t end, const uint8_t **ret)
{
	if (!kj_walk_holds(w, pa)) {
		const int err = get(w, pa, end);

		if (err)
			return err;
	}
	*ret = w->map + (pa - w->pa);
	/* it faults now, or not at all */
	(void)*(const volatile uint8_t *)*ret;
	return kj_bad_count(*ret, KJ_PAGE) ? -EIO : 0;
}

typedef uint64_t two __attribute__((vector_size(16)));

int kj_page_is_zero(const uint8_t *p)
{
	const uint64_t *q = (const void *)p;
	const two *v = (const void *)p;
	unsigned int i;

	/* most pages show it in their first bytes */
	if (q[0] | q[64] | q[511])
		return 0;
	/* memory is what this waits for: ask for what comes 1 KiB later, most often the next page */
	for (i = 0; i < 256; i += 8) {
		__builtin_prefetch(v + i + 64);
		__builtin_prefetch(v + i + 68);
		two a = v[i] | v[i + 1] | v[i + 2] | v[i + 3];
		two b = v[i + 4] | v[i + 5] | v[i + 6] | v[i + 7];

		a |= b;
		if (a[0] | a[1])
			return 0;
	}
	return 1;
}
