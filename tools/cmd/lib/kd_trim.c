// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Struct pages that describe nothing which is in the dump. It must never leave out a page of struct
 * pages of which one describes a page in the dump, by whichever of its addresses.
 *
 * Struct pages count as being in the dump here, whether they are left out in the end or not: so it
 * does not matter in which order sections are come to.
 */
#include <string.h>

#include "cmd/lib/kd.h"
#include "core/unit.h"

#define STRUCTS_PAGE (4096 / KJ_PAGE_STRUCT) /* struct pages in a page: 64, a word of a bitmap */
#define NONE UINT32_MAX

/* What the dump would have of a section without all this. */
struct base {
	uint32_t have; /* number of the section, NONE: nothing */
	uint8_t ram[KJ_SECTION_BITMAP];
	uint8_t kept[KJ_SECTION_BITMAP];
};

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

/* 1: one of the 64 pages from @pfn on is in the dump. */
static int is_needed(struct kj_kd *kd, struct base *b, uint64_t pfn)
{
	const uint32_t i = find_section(&kd->d->keep, pfn / KJ_SECTION_PAGES);
	uint64_t v;

	if (i == NONE) /* no RAM */
		return 0;
	if (b->have != i) {
		kj_kd_bits(kd, i, b->ram, b->kept, NULL);
		kj_kd_structs(kd, pfn / KJ_SECTION_PAGES * KJ_SECTION_PAGES, b->kept);
		b->have = i;
	}
	memcpy(&v, b->kept + pfn % KJ_SECTION_PAGES / 8, sizeof(v));
	return v != 0;
}

uint32_t kj_kd_trim(struct kj_kd *kd, uint32_t i, uint8_t kept[KJ_SECTION_BITMAP])
{
	static uint8_t need[KJ_SECTION_BITMAP], idle[KJ_SECTION_BITMAP];
	static struct base base;
	const struct kj_kd_ranker *r = &kd->ranker;
	const uint64_t pfn = (uint64_t)kd->d->keep.sec[i].nr * KJ_SECTION_PAGES;
	const uint64_t end = pfn + KJ_SECTION_PAGES;
	uint32_t n = 0, j;

	if (!kd->trim)
		return 0;
	memset(need, 0, sizeof(need));
	memset(idle, 0, sizeof(idle));
	base.have = NONE;
	/* where hugetlb has optimised them, a page of struct pages has several addresses */
	for (j = 0; j < r->nrun && r->run[j].pfn < end; j++) {
		const struct kj_kd_run *run = &r->run[j];
		uint64_t at = run->pfn < pfn ? pfn : run->pfn;

		for (; at < run->pfn + run->n && at < end; at++)
			kj_unit_set(is_needed(kd, &base, run->of + (at - run->pfn) * STRUCTS_PAGE) ? need : idle,
				    (unsigned int)(at - pfn));
	}
	for (j = 0; j < KJ_SECTION_BITMAP; j++) {
		const uint8_t gone = (uint8_t)(kept[j] & idle[j] & ~need[j]);

		kept[j] = (uint8_t)(kept[j] & ~gone);
		n += (uint32_t)__builtin_popcount(gone);
	}
	return n;
}
