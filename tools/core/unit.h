/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Units: the aligned MiBs that overlap A's RAM, by number, and which pages of one an image may
 * hold; must never look at a page's content.
 *
 * kj_unit_count(), kj_unit_pfn() and kj_unit_of() are declared in image.h.  @ram and @window are
 * sorted and disjoint, as kj_note_parse() and kj_image_ranges() leave them.
 */
#ifndef KJ_CORE_UNIT_H
#define KJ_CORE_UNIT_H

#include <stdint.h>

#include "core/note.h"

#define KJ_UNIT_MASK 32u /* bytes of a bitmap over one unit: bit i is byte i / 8, LSB first */

/* Set bit i of @ret for each page @pfn + i (@pfn a multiple of 256) that is RAM and not in the
 * window. */
void kj_unit_mask(const struct kj_ranges *ram, const struct kj_ranges *window, uint64_t pfn,
		  uint8_t ret[KJ_UNIT_MASK]);

/* Make bits from @from to before @to, at least one, all ones (@value 0xff) or zeros (0). */
void kj_unit_put(uint8_t mask[KJ_UNIT_MASK], unsigned int from, unsigned int to, uint8_t value);

/* Number of bits set. */
unsigned int kj_unit_weight(const uint8_t mask[KJ_UNIT_MASK]);

/* Pages of @ram, and of those the ones in @window. */
uint64_t kj_ranges_pages(const struct kj_ranges *ram);
uint64_t kj_ranges_common(const struct kj_ranges *ram, const struct kj_ranges *window);

static inline int kj_unit_bit(const uint8_t *mask, unsigned int i)
{
	return mask[i / 8] >> (i % 8) & 1;
}

static inline void kj_unit_set(uint8_t *mask, unsigned int i)
{
	mask[i / 8] = (uint8_t)(mask[i / 8] | 1u << (i % 8));
}

static inline void kj_unit_clear(uint8_t *mask, unsigned int i)
{
	mask[i / 8] = (uint8_t)(mask[i / 8] & ~(1u << (i % 8)));
}

#endif
