/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * XXH64 of bytes, whole or in pieces: the checksum of image chunks. It is no MAC and
 * must never be used as one.
 */
#ifndef KJ_CORE_XXH_H
#define KJ_CORE_XXH_H

#include <stddef.h>
#include <stdint.h>

/* Opaque; the caller owns it, no cleanup. Its inside is the library's XXH64 state. */
struct kj_xxh64 {
	uint64_t opaque[11];
};

/* One-shot. @buf need not be aligned and may be NULL when @len is 0. Cannot fail. */
uint64_t kj_xxh64(const void *buf, size_t len, uint64_t seed);

/* Streaming: any split of the same bytes gives the same digest as the one-shot. */
void kj_xxh64_init(struct kj_xxh64 *st, uint64_t seed);
void kj_xxh64_update(struct kj_xxh64 *st, const void *buf, size_t len);
/* May be called between updates; leaves @st as it was. */
uint64_t kj_xxh64_digest(const struct kj_xxh64 *st);

#endif
