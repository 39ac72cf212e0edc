// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * SHA-256 in its plainest form, small enough for the purgatory. It must never read behind
 * the bytes it was given: a partial block is kept, not padded in place.
 */
#include <string.h>

#include "core/sha256.h"

/* FIPS 180-4, 4.2.2: fractions of the cube roots of the first 64 primes */
static const uint32_t k[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1,
	0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3,
	0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
	0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
	0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
	0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
	0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
	0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
	0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t ror(uint32_t x, unsigned int n)
{
	return x >> n | x << (32 - n);
}

static uint32_t load_be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* One block of 64 bytes (6.2.2). The schedule is kept as a ring of 16 words. */
static void compress(uint32_t h[8], const uint8_t *p)
{
	uint32_t w[16], s[8];

	memcpy(s, h, sizeof(s));
	for (unsigned int t = 0; t < 64; t++) {
		if (t < 16) {
			w[t] = load_be32(p + 4 * t);
		} else {
			uint32_t a = w[(t + 1) & 15], b = w[(t + 14) & 15];

			w[t & 15] += (ror(a, 7) ^ ror(a, 18) ^ a >> 3) + w[(t + 9) & 15] +
				     (ror(b, 17) ^ ror(b, 19) ^ b >> 10);
		}
		uint32_t t1 = s[7] + (ror(s[4], 6) ^ ror(s[4], 11) ^ ror(s[4], 25)) +
			      ((s[4] & s[5]) ^ (~s[4] & s[6])) + k[t] + w[t & 15];
		uint32_t t2 = (ror(s[0], 2) ^ ror(s[0], 13) ^ ror(s[0], 22)) +
			      ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));

		memmove(s + 1, s, 7 * sizeof(s[0]));
		s[4] += t1;
		s[0] = t1 + t2;
	}
	for (unsigned int i = 0; i < 8; i++)
		h[i] += s[i];
}

void kj_sha256_init(struct kj_sha256 *st)
{
	/* 5.3.3: fractions of the square roots of the first 8 primes */
	static const uint32_t h0[8] = {
		0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
		0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
	};

	memset(st, 0, sizeof(*st));
	memcpy(st->h, h0, sizeof(h0));
}

void kj_sha256_update(struct kj_sha256 *st, const void *buf, size_t len)
{
	const uint8_t *p = buf;
	size_t have = st->len % sizeof(st->block);

	st->len += len;
	if (have) {
		size_t n = sizeof(st->block) - have;

		if (n > len)
			n = len;
		if (n)
			memcpy(st->block + have, p, n);
		if (have + n < sizeof(st->block))
			return;
		compress(st->h, st->block);
		p += n;
		len -= n;
	}
	for (; len >= sizeof(st->block); len -= sizeof(st->block)) {
		compress(st->h, p);
		p += sizeof(st->block);
	}
	if (len)
		memcpy(st->block, p, len);
}

void kj_sha256_final(struct kj_sha256 *st, uint8_t ret[KJ_SHA256_SIZE])
{
	static const uint8_t zero[64];
	const uint64_t bits = st->len * 8;
	uint8_t end[8];

	for (unsigned int i = 0; i < 8; i++)
		end[i] = (uint8_t)(bits >> (56 - 8 * i));
	kj_sha256_update(st, "\x80", 1);
	/* zeros up to byte 56 of a block */
	kj_sha256_update(st, zero, (size_t)((120 - st->len % 64) % 64));
	kj_sha256_update(st, end, sizeof(end));
	for (unsigned int i = 0; i < KJ_SHA256_SIZE; i++)
		ret[i] = (uint8_t)(st->h[i / 4] >> (24 - 8 * (i % 4)));
}

void kj_sha256(const void *buf, size_t len, uint8_t ret[KJ_SHA256_SIZE])
{
	struct kj_sha256 st;

	kj_sha256_init(&st);
	kj_sha256_update(&st, buf, len);
	kj_sha256_final(&st, ret);
}
