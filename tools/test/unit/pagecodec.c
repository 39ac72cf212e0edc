// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Codecs of single pages: what is packed unpacks with the plain calls of each library, and damage
 * is seen or changes nothing but the page.
 */
#include <lzo/lzo1x.h>
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

#include "cmd/lib/pagecodec.h"
#include "core/kdump.h"
#include "core/packmix.h"
#include "tap.h"

static uint8_t page[4096], packed[KJ_PACK_ROOM], back[4096];
static void *unwork;

enum kind { ZERO, TEXT, HALF, SPARSE, NOISE, KINDS };

static void fill(enum kind kind, uint64_t seed)
{
	uint64_t x = 88172645463325252ULL + seed * 977;

	for (size_t i = 0; i < sizeof(page); i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		page[i] = (uint8_t)(kind == ZERO                        ? 0
				    : kind == NOISE                     ? x
				    : kind == HALF && (i >> 8) & 1      ? x
				    : kind == SPARSE                    ? i & 4 ? 0 : x & 15
				    : (x & 15) == 0                     ? x >> 8
									: (uint64_t)"kernel "[i % 7]);
	}
}

/* As crash, libkdumpfile and makedumpfile do it. */
static int plain(uint32_t codec, const uint8_t *src, uint32_t n)
{
	uLongf zn = 4096;
	lzo_uint ln = 4096;

	switch (codec) {
	case KJ_KDUMP_ZLIB:
		return uncompress(back, &zn, src, n) == Z_OK && zn == 4096;
	case KJ_KDUMP_LZO:
		return lzo1x_decompress_safe(src, n, back, &ln, NULL) == LZO_E_OK && ln == 4096;
	case KJ_KDUMP_ZSTD:
		return ZSTD_getFrameContentSize(src, n) == 4096 &&
		       ZSTD_decompress(back, 4096, src, n) == 4096;
	}
	memcpy(back, src, n);
	return n == 4096;
}

static void there_and_back(uint32_t want, int level)
{
	const size_t size = kj_pack_size(want, level);
	void *work = aligned_alloc(64, (size + 63) & ~(size_t)63);
	struct kj_packer *p;
	unsigned int round, kind, good = 0, same = 0, n = 0;

	memset(work, 0, size);
	p = kj_pack_init(want, level, work, size);
	ok(p, "%s %d: set up", kj_pack_name(want), level);
	/* one page after the other: nothing of the last may be in the next */
	for (round = 0; p && round < 20; round++) {
		for (kind = 0; kind < KINDS; kind++, n++) {
			uint32_t codec = 99, len;

			fill(kind, round);
			memset(packed, 0xaa, sizeof(packed));
			len = kj_pack_page(p, page, packed, &codec);
			good += (codec == want || !codec) && len && len <= 4096 &&
				(codec || len == 4096) && plain(codec, packed, len) &&
				!memcmp(back, page, 4096);
			memset(back, 1, sizeof(back));
			same += kj_unpack_page(codec, unwork, kj_unpack_size(), packed, len,
					       back) == KJ_OK &&
				!memcmp(back, page, 4096);
			if (kind == NOISE && codec)
				good = 0;
			if (kind == TEXT && want && !codec)
				good = 0;
		}
	}
	is(good, n, "the library's own call unpacks it");
	is(same, n, "ours does, too");
	free(work);
}

/* RFC 8878, 3.1.1.3.1.1: whether the literals of a frame with one block are as they are; its size is two bytes. */
static int raw_literals(void)
{
	return !(packed[10] & 3);
}

/* Of a page that is mostly zeros, zstd's own level 1 is not worth its time. */
static void sparse(int level, int want)
{
	const size_t size = kj_pack_size(KJ_KDUMP_ZSTD, level);
	void *work = aligned_alloc(64, (size + 63) & ~(size_t)63);
	struct kj_packer *p;
	uint32_t codec, len;

	memset(work, 0, size);
	p = kj_pack_init(KJ_KDUMP_ZSTD, level, work, size);
	fill(SPARSE, 1);
	len = kj_pack_page(p, page, packed, &codec);
	ok(codec == KJ_KDUMP_ZSTD && plain(codec, packed, len) && !memcmp(back, page, 4096),
	   "zstd %d: a sparse page", level);
	is(raw_literals(), want, want ? "its literals are as they are" : "its literals are packed");
	fill(TEXT, 1);
	(void)kj_pack_page(p, page, packed, &codec);
	ok(!raw_literals(), "zstd %d: those of another page are packed", level);
	free(work);
}

static void damage(uint32_t want)
{
	const size_t size = kj_pack_size(want, 0);
	void *work = aligned_alloc(64, (size + 63) & ~(size_t)63);
	uint32_t codec, len, i;
	struct kj_packer *p;

	memset(work, 0, size);
	p = kj_pack_init(want, 0, work, size);
	fill(TEXT, 3);
	len = kj_pack_page(p, page, packed, &codec);
	for (i = 0; i < len; i += 3) {
		/* exact heap copies, so that the sanitizer sees a read or write too far */
		uint8_t *in = malloc(len), *out = malloc(4096);

		memcpy(in, packed, len);
		in[i] ^= (uint8_t)(1u << (i & 7));
		(void)kj_unpack_page(codec, unwork, kj_unpack_size(), in, len, out);
		(void)kj_unpack_page(codec, unwork, kj_unpack_size(), in + i, len - i, out);
		free(in);
		free(out);
	}
	is(kj_unpack_page(codec, unwork, kj_unpack_size(), packed, len - 1, back), KJ_ECODEC,
	   "a byte short");
	is(kj_unpack_page(codec, unwork, kj_unpack_size(), packed, 0, back), KJ_ECODEC, "nothing");
	free(work);
}

static void refusals(void)
{
	static uint8_t small[64];
	uint32_t c = 7;

	is(kj_pack_parse("lz4", &c), KJ_ENOTFOUND, "no lz4 in this format");
	is(c, 7, "untouched");
	is(kj_pack_parse("zstd", &c), KJ_OK, "zstd");
	is(c, KJ_KDUMP_ZSTD, "its number");
	is_str(kj_pack_name(4), "?", "snappy is none of ours");
	is(kj_pack_check(4, 0), KJ_EUNSUPP, "nor can be asked for");
	is(kj_pack_check(KJ_KDUMP_LZO, 1), KJ_ERANGE, "lzo has no levels");
	is(kj_pack_check(KJ_KDUMP_ZLIB, -1), KJ_ERANGE, "zlib -1");
	is(kj_pack_check(KJ_KDUMP_ZLIB, 10), KJ_ERANGE, "zlib 10");
	is(kj_pack_check(KJ_KDUMP_ZSTD, -8), KJ_ERANGE, "zstd -8");
	is(kj_pack_size(4, 0), 0, "no memory for what there is not");
	ok(!kj_pack_init(KJ_KDUMP_LZO, 0, small, sizeof(small)), "too little memory");
	is(kj_unpack_page(KJ_KDUMP_SNAPPY, unwork, kj_unpack_size(), packed, 10, back), KJ_ECODEC,
	   "damaged snappy");
	is(kj_unpack_page(8, unwork, kj_unpack_size(), packed, 10, back), KJ_EUNSUPP, "unknown");
	is(kj_unpack_page(0, unwork, 10, packed, 4096, back), KJ_ECODEC, "too little memory");
	is(kj_unpack_page(0, unwork, kj_unpack_size(), packed, 4095, back), KJ_ECODEC,
	   "stored, but short");
}

/* Each page in the gear that was asked for. */
static void gears(void)
{
	static const uint32_t want[KJ_MIX_GEARS] = { 0, KJ_KDUMP_LZO, KJ_KDUMP_ZSTD };
	const size_t size = kj_pack_size(KJ_PACK_AUTO, 0);
	void *work = aligned_alloc(64, (size + 63) & ~(size_t)63);
	struct kj_packer *p;
	unsigned int i, good = 0;

	memset(work, 0, size);
	p = kj_pack_init(KJ_PACK_AUTO, 0, work, size);
	for (i = 0; p && i < 60; i++) {
		const unsigned int gear = i * 7 % KJ_MIX_GEARS;
		uint32_t codec = 99, len;

		fill(TEXT, i);
		kj_pack_gear(p, gear);
		len = kj_pack_page(p, page, packed, &codec);
		good += codec == want[gear] && plain(codec, packed, len) && !memcmp(back, page, 4096);
	}
	is(good, 60, "auto: each page in its gear");
	for (i = 0; i < KJ_PACK_CODECS; i++) {
		uint32_t codec;

		ok(!kj_pack_parse(kj_pack_index_name(i), &codec) && kj_pack_index(codec) == i, "codec %u: %s", i,
		   kj_pack_index_name(i));
	}
	ok(!kj_pack_index_name(i), "and no more");
	is(kj_pack_check(KJ_PACK_AUTO, KJ_MIX_MAX + 1), KJ_ERANGE, "auto has no mix beyond the last");
	is(kj_pack_check(KJ_PACK_AUTO, -1), KJ_ERANGE, "nor below the first");
	free(work);
}

int main(void)
{
	static const int zstd[] = { 0, 1, -1, -7, 3, 9 }, zlib[] = { 0, 1, 6, 9 };

	unwork = aligned_alloc(64, (kj_unpack_size() + 63) & ~(size_t)63);
	there_and_back(0, 0);
	there_and_back(KJ_KDUMP_LZO, 0);
	for (size_t i = 0; i < sizeof(zstd) / sizeof(zstd[0]); i++)
		there_and_back(KJ_KDUMP_ZSTD, zstd[i]);
	for (size_t i = 0; i < sizeof(zlib) / sizeof(zlib[0]); i++)
		there_and_back(KJ_KDUMP_ZLIB, zlib[i]);
	damage(KJ_KDUMP_ZLIB);
	damage(KJ_KDUMP_LZO);
	damage(KJ_KDUMP_ZSTD);
	sparse(0, 1);
	sparse(1, 1);
	sparse(3, 0);
	refusals();
	gears();
	free(unwork);
	return tap_done();
}
