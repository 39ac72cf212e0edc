// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Numbering of the units of an image, and the pages that one may hold. It must never assume
 * that a RAM range starts or ends on a unit's border: two ranges may share a unit.
 */
#include <string.h>

#include "core/image.h"
#include "core/unit.h"

#define UNIT_SHIFT 20 /* log2(KJ_UNIT_BYTES) */
#define PAGE_SHIFT 12

_Static_assert(1u << UNIT_SHIFT == KJ_UNIT_BYTES, "unit size");
_Static_assert(KJ_UNIT_MASK * 8 == KJ_UNIT_PAGES, "unit mask");

/*
 * Range @i as units: *first is the first MiB that no earlier range has counted (@done: first
 * MiB not counted yet). Returns how many MiBs it adds.
 */
static uint64_t added_units(const struct kj_range *r, uint64_t done, uint64_t *first)
{
	uint64_t last;

	*first = r->start >> UNIT_SHIFT;
	if (r->end <= r->start)
		return 0;
	last = (r->end - 1) >> UNIT_SHIFT;
	if (*first < done)
		*first = done;
	return last < *first ? 0 : last - *first + 1;
}

uint64_t kj_unit_count(const struct kj_ranges *ram)
{
	uint64_t n = 0, done = 0;
	uint32_t i;

	for (i = 0; i < ram->n; i++) {
		uint64_t first, add = added_units(&ram->r[i], done, &first);

		if (add)
			done = first + add;
		n += add;
	}
	return n;
}

uint64_t kj_unit_pfn(const struct kj_ranges *ram, uint64_t unit)
{
	uint64_t done = 0;
	uint32_t i;

	for (i = 0; i < ram->n; i++) {
		uint64_t first, add = added_units(&ram->r[i], done, &first);

		if (unit < add)
			return (first + unit) << (UNIT_SHIFT - PAGE_SHIFT);
		if (add)
			done = first + add;
		unit -= add;
	}
	return UINT64_MAX;
}

uint64_t kj_unit_of(const struct kj_ranges *ram, uint64_t pfn)
{
	const uint64_t mib = pfn >> (UNIT_SHIFT - PAGE_SHIFT);
	uint64_t n = 0, done = 0;
	uint32_t i;

	for (i = 0; i < ram->n; i++) {
		uint64_t first, add = added_units(&ram->r[i], done, &first);

		if (add && mib >= first && mib - first < add)
			return n + (mib - first);
		if (add)
			done = first + add;
		n += add;
	}
	return UINT64_MAX;
}

/* Pages of [@r) that lie in the unit at @base: *from and *to (excluded) within the unit. */
static int clip(const struct kj_range *r, uint64_t base, unsigned int *from, unsigned int *to)
{
	uint64_t s = r->start, e = r->end;

	if (s < base)
		s = base;
	if (e > base + KJ_UNIT_BYTES)
		e = base + KJ_UNIT_BYTES;
	if (s >= e)
		return 0;
	*from = (unsigned int)((s - base) >> PAGE_SHIFT);
	*to = (unsigned int)((e - base) >> PAGE_SHIFT);
	return *from < *to;
}

/* A byte at a time: this is done for every page of RAM. */
void kj_unit_put(uint8_t mask[KJ_UNIT_MASK], unsigned int from, unsigned int to, uint8_t value)
{
	uint8_t first = (uint8_t)(0xffu << from % 8), last = (uint8_t)(0xffu >> (7 - (to - 1) % 8));
	unsigned int i = from / 8, end = (to - 1) / 8;

	if (i == end)
		first &= last;
	mask[i] = (uint8_t)((mask[i] & ~first) | (value & first));
	if (i == end)
		return;
	memset(mask + i + 1, value, end - i - 1);
	mask[end] = (uint8_t)((mask[end] & ~last) | (value & last));
}

void kj_unit_mask(const struct kj_ranges *ram, const struct kj_ranges *window, uint64_t pfn,
		  uint8_t ret[KJ_UNIT_MASK])
{
	const uint64_t base = pfn << PAGE_SHIFT;
	unsigned int from, to;
	uint32_t i;

	memset(ret, 0, KJ_UNIT_MASK);
	for (i = 0; i < ram->n; i++)
		if (clip(&ram->r[i], base, &from, &to))
			kj_unit_put(ret, from, to, 0xff);
	for (i = 0; i < window->n; i++)
		if (clip(&window->r[i], base, &from, &to))
			kj_unit_put(ret, from, to, 0);
}

unsigned int kj_unit_weight(const uint8_t mask[KJ_UNIT_MASK])
{
	unsigned int i, n = 0;
	uint64_t v;

	for (i = 0; i < KJ_UNIT_MASK; i += sizeof(v)) {
		memcpy(&v, mask + i, sizeof(v));
		/* the number of each two, four and eight bits, and the sum of the bytes */
		v -= v >> 1 & 0x5555555555555555ull;
		v = (v & 0x3333333333333333ull) + (v >> 2 & 0x3333333333333333ull);
		v = (v + (v >> 4)) & 0x0f0f0f0f0f0f0f0full;
		n += (unsigned int)(v * 0x0101010101010101ull >> 56);
	}
	return n;
}

uint64_t kj_ranges_pages(const struct kj_ranges *ram)
{
	uint64_t n = 0;
	uint32_t i;

	for (i = 0; i < ram->n; i++)
		n += (ram->r[i].end - ram->r[i].start) >> PAGE_SHIFT;
	return n;
}

uint64_t kj_ranges_common(const struct kj_ranges *ram, const struct kj_ranges *window)
{
	uint64_t n = 0;
	uint32_t i, k;

	for (i = 0; i < ram->n; i++) {
		for (k = 0; k < window->n; k++) {
			uint64_t s = ram->r[i].start, e = ram->r[i].end;

			if (s < window->r[k].start)
				s = window->r[k].start;
			if (e > window->r[k].end)
				e = window->r[k].end;
			if (s < e)
				n += (e - s) >> PAGE_SHIFT;
		}
	}
	return n;
}
