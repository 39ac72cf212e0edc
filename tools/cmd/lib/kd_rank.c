// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The order of pages in a kdump: those without which nothing else can be read come first. It must
 * never decide whether a page is in the dump, only when it is written.
 *
 * Struct pages are found by where the kernel's own tables say that they lie; user, cache and free
 * pages by their struct pages, as at the filter that would leave them out.
 */
#include <errno.h>
#include <string.h>

#include "cmd/lib/kd.h"
#include "core/unit.h"
#include "sys/compat.h"

/* Runs that there is room for, beyond two for each section; what does not fit has no rank of its own. */
#define MORE_RUNS 4096u
#define WORDS (KJ_KD_GROUP / 64)

static void add_piece(struct kj_kd_ranker *r, const struct kj_section *s,
		      const struct kj_section_piece *p)
{
	struct kj_kd_run *last = r->nrun ? &r->run[r->nrun - 1] : NULL;
	const uint64_t pfn = p->pa >> 12, n = p->npages / (4096 / KJ_PAGE_STRUCT);
	const uint64_t of = s->pfn + p->first;

	if (last && last->pfn + last->n == pfn &&
	    last->of + last->n * (4096 / KJ_PAGE_STRUCT) == of) {
		last->n += n;
		return;
	}
	if (r->nrun == r->max) {
		r->whole = 0;
		return;
	}
	r->run[r->nrun++] = (struct kj_kd_run){ pfn, n, of };
}

/* Most often they are in order as they come. */
static void sort(struct kj_kd_run *run, uint32_t n)
{
	uint32_t gap, i, j;

	for (gap = n / 2; gap; gap /= 2)
		for (i = gap; i < n; i++) {
			const struct kj_kd_run v = run[i];

			for (j = i; j >= gap && run[j - gap].pfn > v.pfn; j -= gap)
				run[j] = run[j - gap];
			run[j] = v;
		}
}

/* Where all struct pages lie. */
static void find_structs(struct kj_kd *kd)
{
	struct kj_keep *k = &kd->d->keep;
	struct kj_classifier *c = &k->c;
	struct kj_kd_ranker *r = &kd->ranker;
	struct kj_section s;
	uint32_t i, j, n;

	r->whole = 1;
	c->pt.ctx = k->m;
	for (i = 0; i < k->nsec; i++) {
		enum kj_err e = k->sec[i].nr < c->ms.nsections ?
					kj_memsection_get(&c->ms, k->sec[i].nr, &s) :
					KJ_ENOTFOUND;

		if (e == KJ_ENOTFOUND)
			continue;
		if (!e)
			e = kj_memsection_pieces(&c->ms, &s, c->piece, &n);
		if (e) {
			r->whole = 0;
			continue;
		}
		for (j = 0; j < n; j++)
			add_piece(r, &s, &c->piece[j]);
	}
	sort(r->run, r->nrun);
	for (i = 0; i < r->nrun; i++)
		if (r->run[i].n > r->longest)
			r->longest = r->run[i].n;
}

int kj_kd_rank_open(struct kj_kd *kd)
{
	struct kj_kd_ranker *r = &kd->ranker;
	struct kj_dump *d = kd->d;
	char why[KJ_WHY_MAX];
	uint32_t user = (KJ_LEVEL_CACHE | KJ_LEVEL_PRIVATE | KJ_LEVEL_USER) & ~d->filter;
	void *p;
	int err;

	if (!d->keep.active)
		return 0;
	r->max = 2 * d->keep.nsec + MORE_RUNS;
	r->len = r->max * sizeof(*r->run);
	err = kj_alloc_pages(r->len, &p);
	if (err)
		return err;
	r->run = p;
	find_structs(kd);
	/* what they do not know is not said twice: it is kept, and has the best rank */
	r->user_on = user && !kj_classifier_open(d->m, user, &r->user, why);
	r->free_on = KJ_LEVEL_FREE & ~d->filter && !kj_classifier_open(d->m, KJ_LEVEL_FREE, &r->free, why);
	return 0;
}

void kj_kd_rank_close(struct kj_kd *kd)
{
	kj_munmap(kd->ranker.run, kd->ranker.len);
	kd->ranker.run = NULL;
}

/* First run that may have page @pfn, or one behind it: none is longer than the longest. */
static uint32_t find_run(const struct kj_kd_ranker *r, uint64_t pfn)
{
	uint32_t lo = 0, hi = r->nrun;

	while (lo < hi) {
		const uint32_t mid = lo + (hi - lo) / 2;

		if (r->run[mid].pfn + r->longest <= pfn)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

void kj_kd_structs(const struct kj_kd *kd, uint64_t pfn, uint8_t bits[KJ_SECTION_BITMAP])
{
	const struct kj_kd_ranker *r = &kd->ranker;
	uint32_t i = find_run(r, pfn);

	for (; i < r->nrun && r->run[i].pfn < pfn + KJ_SECTION_PAGES; i++) {
		uint64_t at = r->run[i].pfn < pfn ? pfn : r->run[i].pfn;
		const uint64_t end = r->run[i].pfn + r->run[i].n;

		for (; at < end && at < pfn + KJ_SECTION_PAGES; at++)
			kj_unit_set(bits, (unsigned int)(at - pfn));
	}
}

static uint64_t word(const uint8_t *bits, unsigned int i)
{
	uint64_t v;

	memcpy(&v, bits + i * sizeof(v), sizeof(v));
	return v;
}

void kj_kd_rank_section(struct kj_kd *kd, uint32_t i, const uint8_t kept[KJ_SECTION_BITMAP])
{
	static uint8_t structs[KJ_SECTION_BITMAP], user[KJ_SECTION_BITMAP], free[KJ_SECTION_BITMAP];
	struct kj_kd_ranker *r = &kd->ranker;
	struct kj_kd_section *s = &kd->sec[i];
	struct kj_dump *d = kd->d;
	const uint32_t nr = d->keep.sec[i].nr;
	struct kj_class_counts counts;
	unsigned int g, w, before = KJ_KD_KERNEL;

	memset(s->rank, 0, sizeof(s->rank));
	if (!d->keep.active)
		return;
	memset(structs, 0, sizeof(structs));
	memset(user, 0, sizeof(user));
	memset(free, 0, sizeof(free));
	memset(&counts, 0, sizeof(counts));
	kj_kd_structs(kd, (uint64_t)nr * KJ_SECTION_PAGES, structs);
	/* on error all bits are 0 */
	if (r->user_on)
		(void)kj_classify_section(d->m, &r->user, nr, user, &counts);
	if (r->free_on)
		(void)kj_classify_section(d->m, &r->free, nr, free, &counts);
	for (g = 0; g < KJ_SECTION_PAGES / KJ_KD_GROUP; g++) {
		uint64_t has[KJ_KD_RANKS] = { 0 }, any = 0;
		unsigned int rank = 0;

		for (w = g * WORDS; w < (g + 1) * WORDS; w++) {
			const uint64_t k = word(kept, w), u = word(user, w), st = word(structs, w);

			any |= k;
			has[KJ_KD_KERNEL] |= k & ~(u | st | word(free, w));
			has[KJ_KD_USER] |= k & u;
			has[KJ_KD_STRUCTS] |= k & st;
		}
		while (rank < KJ_KD_FREE && !has[rank])
			rank++;
		if (!any)
			rank = before; /* nothing is there: no reason to come in another round */
		before = rank;
		s->rank[g / 4] = (uint8_t)(s->rank[g / 4] | rank << g % 4 * 2);
	}
}

unsigned int kj_kd_next_group(const struct kj_kd_section *s, uint32_t part, unsigned int rank, unsigned int g,
			      int has)
{
	while (g < KJ_KD_ITEM_GROUPS && (kj_kd_rank(s, part * KJ_KD_ITEM_GROUPS + g) == rank) != has)
		g++;
	return g;
}
