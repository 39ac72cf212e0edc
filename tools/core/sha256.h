/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SHA-256 (FIPS 180-4), whole or in pieces. It must never be used on secrets that an
 * observer of time could guess: it is constant-time only by accident.
 */
#ifndef KJ_CORE_SHA256_H
#define KJ_CORE_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define KJ_SHA256_SIZE 32

/* The caller owns it; nothing to release. */
struct kj_sha256 {
	uint32_t h[8];
	uint64_t len;		/* bytes taken so far, below 2^61 */
	uint8_t block[64];
};

void kj_sha256_init(struct kj_sha256 *st);
void kj_sha256_update(struct kj_sha256 *st, const void *buf, size_t len);
/* Ends the computation: @st must be initialised anew before its next use. */
void kj_sha256_final(struct kj_sha256 *st, uint8_t ret[KJ_SHA256_SIZE]);

void kj_sha256(const void *buf, size_t len, uint8_t ret[KJ_SHA256_SIZE]);

#endif
