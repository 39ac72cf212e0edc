// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Bits by whole words. No __builtin_popcount: without -mpopcnt it is a call into libgcc,
 * which core must never make.
 */
#include "core/bitmap.h"

void kj_bitmap_init(struct kj_bitmap *b, uint64_t *words, uint64_t nbits)
{
	b->words = words;
	b->nbits = nbits;
}

static enum kj_err check(const struct kj_bitmap *b, uint64_t start, uint64_t len)
{
	return start > b->nbits || len > b->nbits - start ? KJ_ERANGE : KJ_OK;
}

int kj_bitmap_test(const struct kj_bitmap *b, uint64_t bit)
{
	return bit < b->nbits && b->words[bit >> 6] >> (bit & 63) & 1;
}

/* The bits of one word, from @bit on and at most @len of them; *n says how many. */
static uint64_t span(uint64_t bit, uint64_t len, uint64_t *n)
{
	const uint64_t room = 64 - (bit & 63);

	*n = len < room ? len : room;
	return (~0ULL >> (64 - *n)) << (bit & 63);
}

enum kj_err kj_bitmap_set(struct kj_bitmap *b, uint64_t start, uint64_t len)
{
	enum kj_err e = check(b, start, len);
	uint64_t n;

	for (; !e && len; start += n, len -= n)
		b->words[start >> 6] |= span(start, len, &n);
	return e;
}

enum kj_err kj_bitmap_clear(struct kj_bitmap *b, uint64_t start, uint64_t len)
{
	enum kj_err e = check(b, start, len);
	uint64_t n;

	for (; !e && len; start += n, len -= n)
		b->words[start >> 6] &= ~span(start, len, &n);
	return e;
}

/* Sums of neighbours: 2, 4, 8 bits wide, then all bytes by one multiplication. */
static uint64_t popcount(uint64_t x)
{
	x -= x >> 1 & 0x5555555555555555ULL;
	x = (x & 0x3333333333333333ULL) + (x >> 2 & 0x3333333333333333ULL);
	x = (x + (x >> 4)) & 0x0f0f0f0f0f0f0f0fULL;
	return (x * 0x0101010101010101ULL) >> 56;
}

enum kj_err kj_bitmap_count(const struct kj_bitmap *b, uint64_t start, uint64_t len, uint64_t *ret)
{
	uint64_t n, sum = 0;

	if (check(b, start, len))
		return KJ_ERANGE;
	for (; len; start += n, len -= n)
		sum += popcount(b->words[start >> 6] & span(start, len, &n));
	*ret = sum;
	return KJ_OK;
}

/* First bit at or behind @bit that is set, with @flip 0, or clear, with @flip all ones;
 * nbits if there is none. */
static uint64_t find(const struct kj_bitmap *b, uint64_t bit, uint64_t flip)
{
	while (bit < b->nbits) {
		uint64_t w = (b->words[bit >> 6] ^ flip) >> (bit & 63);

		if (w) {
			bit += (uint64_t)__builtin_ctzll(w);
			return bit < b->nbits ? bit : b->nbits;
		}
		/* a map that ends at 2^64 - 1 must not wrap round */
		if (b->nbits - bit <= 64 - (bit & 63))
			break;
		bit += 64 - (bit & 63);
	}
	return b->nbits;
}

static enum kj_err next(const struct kj_bitmap *b, uint64_t from, uint64_t flip, uint64_t *start,
			uint64_t *len)
{
	const uint64_t first = find(b, from, flip);

	if (first >= b->nbits)
		return KJ_ENOTFOUND;
	*start = first;
	*len = find(b, first, ~flip) - first;
	return KJ_OK;
}

enum kj_err kj_bitmap_next_set(const struct kj_bitmap *b, uint64_t from, uint64_t *start,
			       uint64_t *len)
{
	return next(b, from, 0, start, len);
}

enum kj_err kj_bitmap_next_clear(const struct kj_bitmap *b, uint64_t from, uint64_t *start,
				 uint64_t *len)
{
	return next(b, from, ~0ULL, start, len);
}
