// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Codecs: there and back at every size class, the refusals, and damaged input.
 */
#include <stdlib.h>

#include "cmd/lib/codec.h"
#include "core/image.h"
#include "core/job.h"
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
	(void)kj_compress(codec, 0, work, worklen, src, n, packed, sizeof(packed), &len);
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

/* Against the kernel's crc32_le() bit by bit, which begins with what it is given. */
static uint32_t crc32_le(uint32_t crc, const uint8_t *p, size_t len)
{
	while (len--) {
		crc ^= *p++;
		for (int i = 0; i < 8; i++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return crc;
}

static void test_crc(void)
{
	static const size_t at[] = { 0, 1, 100, 4096, 9999, 10000 };
	const uint32_t want = crc32_le(0, src, 10000);

	is(kj_crc_run(0, src, 10000), want, "crc32_le from 0");
	is(kj_crc_run(0x1234, src, 10000), crc32_le(0x1234, src, 10000), "and from anything");
	for (unsigned int i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		const uint32_t a = kj_crc_run(0, src, at[i]), b = kj_crc_run(0, src + at[i], 10000 - at[i]);

		is(kj_crc_join(a, b, 10000 - at[i]), want, "joined");
	}
}

static void test_fits(void)
{
	ok(kj_codec_fits(KJ_CODEC_LZO, KJ_DUMP_SWSUSP) && kj_codec_fits(KJ_CODEC_LZ4, KJ_DUMP_SWSUSP) &&
		   kj_codec_fits(KJ_CODEC_STORED, KJ_DUMP_SWSUSP),
	   "the kernel's loader knows none, lzo, lz4");
	ok(!kj_codec_fits(KJ_CODEC_ZSTD, KJ_DUMP_SWSUSP), "and not zstd");
	ok(!kj_codec_fits(KJ_CODEC_LZO, KJ_DUMP_IMAGE), "an image has no lzo");
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
		there_and_back(KJ_CODEC_LZO, 0, size[i]);
		there_and_back(KJ_CODEC_ZSTD, zl[i], KJ_CODEC_MAX);
		if (i < 4)
			there_and_back(KJ_CODEC_LZ4, ll[i], KJ_CODEC_MAX);
		/* the bound of a worker's memory is made of these */
		ok(kj_compress_work(KJ_CODEC_ZSTD, zl[i]) <= 1600 * 1024, "zstd %d: %zu bytes",
		   zl[i], kj_compress_work(KJ_CODEC_ZSTD, zl[i]));
	}
	test_crc();
	test_fits();
	fill(1);
	for (c = KJ_CODEC_LZ4; c <= KJ_CODEC_LZO; c++)
		is(kj_compress(c, 0, work, worklen, src, 65536, packed, 65535, &len), KJ_ENOSPC,
		   "noise does not shrink");
	damage(KJ_CODEC_LZ4);
	damage(KJ_CODEC_ZSTD);
	damage(KJ_CODEC_LZO);
	is(kj_codec_check(4, 0), KJ_EUNSUPP, "no codec 4");
	is(kj_codec_check(KJ_CODEC_LZO, 1), KJ_ERANGE, "lzo has no level");
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
	is(kj_codec_parse("lzo", &c), KJ_OK, "parse lzo");
	is(c, KJ_CODEC_LZO, "lzo");
	is(kj_codec_parse("zlib", &c), KJ_ENOTFOUND, "no zlib");
	is(kj_codec_parse("", &c), KJ_ENOTFOUND, "no empty name");
	is(kj_codec_parse("unknown", &c), KJ_ENOTFOUND, "unknown is no name");
	free(work);
	return tap_done();
}
