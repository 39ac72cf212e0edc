/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A bitmap over the caller's memory: bit n is bit n % 64 of word n / 64, which on a
 * little-endian machine is bit n % 8 of byte n / 8, as dump formats want it. It must never
 * touch a bit at or behind nbits.
 */
#ifndef KJ_CORE_BITMAP_H
#define KJ_CORE_BITMAP_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

struct kj_bitmap {
	uint64_t *words;	/* owned by the caller, KJ_BITMAP_WORDS(nbits) of them */
	uint64_t nbits;
};

#define KJ_BITMAP_WORDS(nbits) (((nbits) >> 6) + (((nbits) & 63) != 0))

/* Take @words over as they are: zero them first for an empty map. */
void kj_bitmap_init(struct kj_bitmap *b, uint64_t *words, uint64_t nbits);

/* A bit outside the map is not set. */
int kj_bitmap_test(const struct kj_bitmap *b, uint64_t bit);

/* KJ_OK, or KJ_ERANGE and nothing changed when the bits are not all inside. An empty
 * range at nbits is inside. */
enum kj_err kj_bitmap_set(struct kj_bitmap *b, uint64_t start, uint64_t len);
enum kj_err kj_bitmap_clear(struct kj_bitmap *b, uint64_t start, uint64_t len);
/* Number of set bits in the range; KJ_ERANGE as above. */
enum kj_err kj_bitmap_count(const struct kj_bitmap *b, uint64_t start, uint64_t len,
			    uint64_t *ret);

/* The first run of set (or clear) bits that has a bit at or behind @from: *start is its
 * first bit not before @from, *len its length from there. KJ_ENOTFOUND if there is none.
 * Walk with from = *start + *len. */
enum kj_err kj_bitmap_next_set(const struct kj_bitmap *b, uint64_t from, uint64_t *start,
			       uint64_t *len);
enum kj_err kj_bitmap_next_clear(const struct kj_bitmap *b, uint64_t from, uint64_t *start,
				 uint64_t *len);

#endif
