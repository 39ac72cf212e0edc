// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Proof that Debian's static lz4 and zstd archives work under klibc: compress, decompress,
 * compare, at every size class that takes another path through the codecs; that libargon2 and
 * libsodium do, against vectors that others made; and that our memcpy() and its sisters
 * (sys/klibc_mem.c) do what they should. TAP on stdout.
 */
#include <lz4.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "cmd/lib/crypt.h"
#include "core/xxh.h"
#include "test/sealvec.h"

#define CAP (1 << 20)

static char src[CAP], back[CAP], packed[CAP + CAP / 8];
static int tests;

static void ok(int good, const char *codec, int len, int size)
{
	printf("%sok %d - %s: %d bytes as %d\n", good ? "" : "not ", ++tests, codec, len, size);
}

/* Half noise, half repeats: what a page of memory looks like. */
static void fill(void)
{
	unsigned long long x = 88172645463325252ULL;

	for (int i = 0; i < CAP; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		src[i] = (i >> 11) & 1 ? (char)x : (char)(i >> 8);
	}
}

static void try_lz4(int len)
{
	int n = LZ4_compress_default(src, packed, len, (int)sizeof(packed));

	memset(back, 0, sizeof(back));
	int m = n > 0 ? LZ4_decompress_safe(packed, back, n, CAP) : -1;

	ok(m == len && kj_xxh64(src, (size_t)len, 1) == kj_xxh64(back, (size_t)len, 1), "lz4", len,
	   n);
}

static void try_zstd(int len, int level)
{
	size_t n = ZSTD_compress(packed, sizeof(packed), src, (size_t)len, level);

	memset(back, 0, sizeof(back));
	size_t m = ZSTD_isError(n) ? n : ZSTD_decompress(back, CAP, packed, n);

	ok(m == (size_t)len && !memcmp(src, back, (size_t)len), "zstd", len,
	   ZSTD_isError(n) ? -1 : (int)n);
}

#define AREA 2600 /* more than the length at which they take another path, with room around */

/* As the functions under test are said to work, a byte at a time. */
static int right(const unsigned char *was, const unsigned char *is, int to, int from, int len, int c)
{
	for (int i = 0; i < AREA; i++) {
		const int inside = i >= to && i < to + len;

		if (is[i] != (!inside ? was[i] : from < 0 ? (unsigned char)c : was[from + i - to]))
			return 0;
	}
	return 1;
}

/* Calls through pointers that the compiler cannot see through. */
static void *(*volatile copy)(void *, const void *, size_t) = memcpy;
static void *(*volatile move)(void *, const void *, size_t) = memmove;
static void *(*volatile set)(void *, int, size_t) = memset;
static int (*volatile compare)(const void *, const void *, size_t) = memcmp;

static void mem_one(int len, int bad[4])
{
	static unsigned char was[AREA], is[AREA];
	unsigned char *p = is;

	for (int i = 0; i < AREA; i++)
		was[i] = is[i] = (unsigned char)(src[i] + i);
	bad[0] += copy(p + 1240, p + 3, (size_t)len) != p + 1240 || !right(was, is, 1240, 3, len, 0);
	/* all overlaps that differ */
	for (int by = -40; by <= 40; by++) {
		for (int i = 0; i < AREA; i++)
			is[i] = was[i];
		bad[1] += move(p + 100 + by, p + 100, (size_t)len) != p + 100 + by ||
			  !right(was, is, 100 + by, 100, len, 0);
	}
	for (int i = 0; i < AREA; i++)
		is[i] = was[i];
	bad[2] += set(p + 5, 0x1a5, (size_t)len) != p + 5 || !right(was, is, 5, -1, len, 0xa5);
	for (int i = 0; i < AREA; i++)
		is[i] = was[i];
	is[9 + len] ^= 0xff;
	bad[3] += compare(p + 9, was + 9, (size_t)len) != 0;
	is[9 + len] ^= 0xff;
	for (int i = 9; i < 9 + len; i += 1 + len / 40) {
		was[i] = 0x7f;
		is[i] = 0x80;
		bad[3] += compare(p + 9, was + 9, (size_t)len) <= 0 ||
			  compare(was + 9, p + 9, (size_t)len) >= 0;
		was[i] = is[i];
	}
}

static void try_mem(void)
{
	static const char *const names[] = { "memcpy", "memmove", "memset", "memcmp" };
	int bad[4] = { 0, 0, 0, 0 };

	for (int len = 0; len <= 140; len++)
		mem_one(len, bad);
	for (int len = 1000; len <= 1200; len += 7)
		mem_one(len, bad);
	for (int i = 0; i < 4; i++)
		printf("%sok %d - %s: all lengths\n", bad[i] ? "not " : "", ++tests, names[i]);
}

/* A passphrase opens a key, that an image's key, and that a piece; and there and back, at lengths that take another path
 * through the cipher. */
static void try_crypt(void)
{
	static const int sizes[] = { 1, 63, 64, 112, 1000, 4096, CAP };
	static struct kj_le_sealed h;
	uint8_t sk[KJ_CRYPT_KEY], piece[sizeof(vec_entry)], tag[KJ_TAG];
	struct kj_seal s;
	struct kj_le_key k;
	int good;

	memcpy(&k, vec_key, sizeof(k));
	memcpy(&h, vec_head, sizeof(vec_head));
	memcpy(piece, vec_entry, sizeof(piece));
	good = !kj_key_open(&k, VEC_PASSPHRASE, strlen(VEC_PASSPHRASE), sk) && !kj_seal_again(&h, sk, &s) &&
	       !kj_seal_get(&s, KJ_SEAL_ENTRY, VEC_UNIT, s.digest, 32, piece, 112, piece + 112);
	for (int i = 0; i < 112; i++)
		good = good && piece[i] == (uint8_t)(i * 7 + 3);
	ok(good, "argon2, x25519, blake2b, chacha20-poly1305", (int)sizeof(piece), 112);
	ok(kj_key_open(&k, "kjump tesd", 10, sk) != 0, "argon2: another passphrase", 10, 0);
	for (unsigned int i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		memcpy(back, src, CAP);
		kj_seal_put(&s, KJ_SEAL_CHUNK, i, NULL, 0, back, (size_t)sizes[i], tag);
		good = memcmp(back, src, (size_t)sizes[i]) != 0 &&
		       !kj_seal_get(&s, KJ_SEAL_CHUNK, i, NULL, 0, back, (size_t)sizes[i], tag) && !memcmp(back, src, CAP);
		ok(good, "chacha20-poly1305", sizes[i], sizes[i]);
	}
}

int main(void)
{
	static const int sizes[] = { 1, 4096, 65536, 300000, CAP };

	fill();
	try_mem();
	for (unsigned int i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		try_lz4(sizes[i]);
		try_zstd(sizes[i], 1);
		try_zstd(sizes[i], 3);
	}
	try_zstd(65536, 19);
	try_crypt();
	printf("1..%d\n", tests);
	return 0;
}
