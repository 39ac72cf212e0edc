// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Proof that Debian's static lz4 and zstd archives work under klibc: compress, decompress,
 * compare, at every size class that takes another path through the codecs. TAP on stdout.
 */
#include <lz4.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "core/xxh.h"

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

int main(void)
{
	static const int sizes[] = { 1, 4096, 65536, 300000, CAP };

	fill();
	for (unsigned int i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		try_lz4(sizes[i]);
		try_zstd(sizes[i], 1);
		try_zstd(sizes[i], 3);
	}
	try_zstd(65536, 19);
	printf("1..%d\n", tests);
	return 0;
}
