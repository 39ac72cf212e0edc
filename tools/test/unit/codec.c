// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Codecs: there and back at every size class, the refusals, and damaged input.
 */
#include <stdlib.h>

#include "cmd/lib/codec.h"
#include "core/image.h"
#include "tap.h"

static uint8_t src[KJ_CODEC_MAX], packed[2 * KJ_CODEC_MAX], back[KJ_CODEC_MAX];
static void *work;
static size_t worklen;

/* Half noise, half repeats. */
static void fill(int noisy)
{
	uint64_t x = 88172645463325252ULL;

	for (size_t i = 0; i < sizeof(src); i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		src[i] = noisy || (i >> 11) & 1 ? (uint8_t)x : (uint8_t)(i >> 8);
	}
}

static void there_and_back(uint32_t codec, int level, size_t n)
{
	size_t len = 0;
	enum kj_err e;

	e = kj_compress(codec, level, work, worklen, src, n, packed, sizeof(packed), &len);
	is(e, KJ_OK, "compress");
	memset(back, 0xaa, n);
	e = kj_decompress(codec, work, worklen, packed, len, back, n);
	ok(e == KJ_OK && !memcmp(src, back, n), "%s %d: %zu as %zu", kj_codec_name(codec), level, n,
	   len);
	if (n > 1)
		ok(kj_decompress(codec, work, worklen, packed, len, back, n - 1) == KJ_ECODEC,
		   "one byte less is refused");
	if (codec != KJ_CODEC_STORED && n > 4096)
		ok(kj_compress(codec, level, work, worklen, src, n, packed, len - 1, &len) ==
			   KJ_ENOSPC,
		   "a buffer that is one byte short");
}

static void damage(uint32_t codec)
{
	size_t len = 0, n = 64 * 1024, same = 0;

	fill(0);
	(void)kj_compress(codec, 0, work, worklen, src, n, packed, n, &len);
	for (size_t i = 0; i < len; i += 7) {
		/* exact heap copies, so that the sanitizer sees a read or write too far */
		uint8_t *in = malloc(len), *out = malloc(n);

		memcpy(in, packed, len);
		in[i] ^= (uint8_t)(1u << (i & 7));
		if (kj_decompress(codec, work, worklen, in, len, out, n) == KJ_OK)
			same++;
		free(in);
		free(out);
	}
	ok(same <= len / 7 + 1, "%s: damaged bytes never leave the buffers", kj_codec_name(codec));
	ok(kj_decompress(codec, work, worklen, packed, len / 2, back, n) == KJ_ECODEC, "truncated");
}

int main(void)
{
	static const size_t size[] = { 1, 100, 4096, 8192, 65536, 300 * 1024, KJ_CODEC_MAX };
	static const int zl[] = { -7, -1, 0, 1, 3, 6, 9 }, ll[] = { 0, 1, -1, -64 };
	uint32_t c = 99;
	size_t len, i;

	worklen = 4 << 20;
	work = malloc(worklen);
	fill(0);
	for (i = 0; i < 7; i++) {
		there_and_back(KJ_CODEC_STORED, 0, size[i]);
		there_and_back(KJ_CODEC_LZ4, 0, size[i]);
		there_and_back(KJ_CODEC_ZSTD, 0, size[i]);
		there_and_back(KJ_CODEC_ZSTD, zl[i], KJ_CODEC_MAX);
		if (i < 4)
			there_and_back(KJ_CODEC_LZ4, ll[i], KJ_CODEC_MAX);
		/* the bound of a worker's memory is made of these */
		ok(kj_compress_work(KJ_CODEC_ZSTD, zl[i]) <= 1600 * 1024, "zstd %d: %zu bytes",
		   zl[i], kj_compress_work(KJ_CODEC_ZSTD, zl[i]));
	}
	fill(1);
	for (c = KJ_CODEC_LZ4; c <= KJ_CODEC_ZSTD; c++)
		is(kj_compress(c, 0, work, worklen, src, 65536, packed, 65535, &len), KJ_ENOSPC,
		   "noise does not shrink");
	damage(KJ_CODEC_LZ4);
	damage(KJ_CODEC_ZSTD);
	is(kj_codec_check(3, 0), KJ_EUNSUPP, "no codec 3");
	is(kj_codec_check(KJ_CODEC_STORED, 1), KJ_ERANGE, "none has no level");
	is(kj_codec_check(KJ_CODEC_LZ4, 2), KJ_ERANGE, "lz4 has no level 2");
	is(kj_codec_check(KJ_CODEC_LZ4, -65), KJ_ERANGE, "lz4 has no level -65");
	is(kj_codec_check(KJ_CODEC_ZSTD, 10), KJ_ERANGE, "zstd 10 needs too much memory");
	is(kj_codec_check(KJ_CODEC_ZSTD, -8), KJ_ERANGE, "zstd has no level -8");
	is(kj_compress(KJ_CODEC_ZSTD, 10, work, worklen, src, 10, packed, 99, &len), KJ_ERANGE,
	   "compress with a bad level");
	is(kj_compress(7, 0, work, worklen, src, 10, packed, 99, &len), KJ_EUNSUPP,
	   "compress with no such codec");
	is(kj_decompress(7, work, worklen, src, 10, back, 10), KJ_EUNSUPP,
	   "decompress with no such codec");
	is(kj_compress(KJ_CODEC_LZ4, 0, work, 100, src, 10, packed, 99, &len), KJ_ECODEC,
	   "workspace too small");
	is(kj_compress(KJ_CODEC_LZ4, 0, work, worklen, src, 0, packed, 99, &len), KJ_ECODEC,
	   "nothing to compress");
	is(kj_compress_work(KJ_CODEC_ZSTD, 99), 0, "no workspace for a bad level");
	is(kj_codec_parse("zstd", &c), KJ_OK, "parse zstd");
	is(c, KJ_CODEC_ZSTD, "zstd");
	is(kj_codec_parse("none", &c), KJ_OK, "parse none");
	is(c, KJ_CODEC_STORED, "none");
	is(kj_codec_parse("lzo", &c), KJ_ENOTFOUND, "no lzo");
	is(kj_codec_parse("", &c), KJ_ENOTFOUND, "no empty name");
	is(kj_codec_parse("unknown", &c), KJ_ENOTFOUND, "unknown is no name");
	free(work);
	return tap_done();
}
