// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which pages a kdump has. It must never name a page that cannot be read, or one of the window
 * that was nobody's.
 */
#include <errno.h>
#include <string.h>

#include "cmd/lib/kd.h"
#include "core/image.h"

#define GAP 16u /* pages left out that are had along, rather than begin a new run */
#define UNITS (KJ_SECTION_BITMAP / KJ_UNIT_MASK)

uint32_t kj_kd_weight(const uint8_t *bits, size_t bytes)
{
	uint32_t n = 0;
	uint64_t v;
	size_t i;

	for (i = 0; i < bytes; i += sizeof(v)) {
		memcpy(&v, bits + i, sizeof(v));
		n += (uint32_t)__builtin_popcountll(v);
	}
	return n;
}

static int is_zero(const uint8_t mask[KJ_UNIT_MASK])
{
	static const uint8_t none[KJ_UNIT_MASK];

	return !memcmp(mask, none, sizeof(none));
}

/* Clear the pages of the unit at @pfn that the source does not hold; @ram loses those that no
 * kernel of this crash had, in a jump they stay known as RAM. */
static void only_held(const struct kj_amem *m, uint64_t pfn, uint8_t *ram, uint8_t *kept)
{
	unsigned int i, n;
	uint64_t at, left;

	if (m->ops) {
		uint8_t known[KJ_UNIT_MASK];

		kj_amem_ram(m, pfn, known);
		for (i = 0; i < KJ_UNIT_MASK; i++) {
			ram[i] &= known[i];
			kept[i] &= known[i];
		}
	}
	if (!m->is_jump) {
		if (is_zero(ram) || kj_amem_run(m, pfn << 12, KJ_UNIT_PAGES << 12) ==
					    (uint64_t)KJ_UNIT_PAGES << 12)
			return;
		for (i = 0; i < KJ_UNIT_PAGES; i += n) {
			at = (pfn + i) << 12;
			left = (uint64_t)(KJ_UNIT_PAGES - i) << 12;
			n = (unsigned int)(kj_amem_run(m, at, left) >> 12);
			if (n)
				continue;
			n = (unsigned int)(kj_amem_hole(m, at, left) >> 12);
			if (!m->ops) /* else it was left out before */
				kj_unit_put(ram, i, i + n, 0);
			kj_unit_put(kept, i, i + n, 0);
		}
		return;
	}
	for (i = 0; i < KJ_UNIT_PAGES; i++)
		if (kj_unit_bit(kept, i) && kj_amem_locate(m, (pfn + i) << 12, &at))
			kj_unit_clear(kept, i);
}

void kj_kd_bits(struct kj_kd *kd, uint32_t i, uint8_t ram[KJ_SECTION_BITMAP],
		uint8_t kept[KJ_SECTION_BITMAP], uint32_t *left)
{
	struct kj_dump *d = kd->d;
	uint64_t pfn = (uint64_t)d->keep.sec[i].nr * KJ_SECTION_PAGES;
	unsigned int u, b;

	for (u = 0; u < UNITS; u++, pfn += KJ_UNIT_PAGES) {
		uint8_t *r = ram + u * KJ_UNIT_MASK, *k = kept + u * KJ_UNIT_MASK;

		kj_unit_mask(&d->m->ram, &d->keep.cut, pfn, r);
		if (is_zero(r)) {
			memset(k, 0, KJ_UNIT_MASK);
			continue;
		}
		kj_keep_unit(&d->keep, pfn, k);
		for (b = 0; b < KJ_UNIT_MASK; b++)
			k[b] = (uint8_t)(r[b] & ~k[b]);
		only_held(d->m, pfn, r, k);
	}
	if (left)
		*left = kj_kd_weight(ram, KJ_SECTION_BITMAP) -
			kj_kd_weight(kept, KJ_SECTION_BITMAP);
}

unsigned int kj_kd_run_end(const uint8_t bits[KJ_KD_ITEM_MASK], unsigned int i)
{
	unsigned int last = i;

	for (; i < KJ_KD_ITEM && i - last <= GAP && i - last < KJ_DUMP_WALK >> 12; i++)
		if (kj_unit_bit(bits, i))
			last = i;
	return last + 1;
}
