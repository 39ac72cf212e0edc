// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * zlib, lzo and zstd for single pages. It must never use an allocating call of the libraries, or
 * pack in a way that their plain decompressors do not know.
 */
#include <lzo/lzo1x.h>
#define ZSTD_STATIC_LINKING_ONLY
#define ZSTD_DISABLE_DEPRECATE_WARNINGS
#include <zstd.h>
#include <zlib.h>
#include <string.h>

#include "cmd/lib/pagecodec.h"
#include "core/packmix.h"
#include "core/snappy.h"

/* Nothing in a page is farther away than 4096 bytes; with less memory than this, deflate() ends its
 * blocks early, which costs more time than clearing a smaller table saves. */
#define ZLIB_WINDOW 13
#define ZLIB_MEMORY 8
#define ZLIB_ARENA (224u << 10)
#define ZLIB_UNPACK (64u << 10)
/* A table of 4096 entries instead of 16384, for the same reason; the bytes are the same format. */
#define LZO_PACK lzo1x_1_12_compress
#define LZO_WORK LZO1X_1_12_MEM_COMPRESS
/* Of 512 words of a page, how many are zero in one with few literals: to build a Huffman code for those takes zstd a
 * third of its time, and saves some 2 % of a dump; part of that comes back by matches of four bytes instead of five,
 * which leave fewer literals. */
#define ZSTD_SPARSE 48u

struct arena {
	uint8_t *at;
	size_t left;
};

struct kj_packer {
	uint32_t codec;
	z_stream z;
	struct arena arena;
	ZSTD_CCtx *zstd;
	ZSTD_parameters zp, sparse; /* the other one stores literals as they are */
	uint8_t *lzo;
};

#define LZO_ROOM ((LZO_WORK + 63) & ~(size_t)63)
#define HEAD ((sizeof(struct kj_packer) + 63) & ~(size_t)63)

_Static_assert(KJ_PACK_ROOM >= KJ_PAGE_BYTES + KJ_PAGE_BYTES / 16 + 64 + 3, "LZO.FAQ: worst case");
_Static_assert(KJ_PACK_ROOM >= ZSTD_COMPRESSBOUND(KJ_PAGE_BYTES), "zstd: worst case");

static const struct {
	const char *name;
	uint32_t codec;
	int lo, hi;
} codecs[] = {
	{ "none", 0, 0, 0 },
	{ "zlib", KJ_KDUMP_ZLIB, 0, 9 },
	{ "lzo", KJ_KDUMP_LZO, 0, 0 },
	{ "zstd", KJ_KDUMP_ZSTD, -7, 9 },
	{ "auto", KJ_PACK_AUTO, 0, KJ_MIX_MAX },
};
#define NCODECS (sizeof(codecs) / sizeof(codecs[0]))

enum kj_err kj_pack_parse(const char *name, uint32_t *ret)
{
	size_t i;

	for (i = 0; i < NCODECS; i++) {
		if (!strcmp(codecs[i].name, name)) {
			*ret = codecs[i].codec;
			return KJ_OK;
		}
	}
	return KJ_ENOTFOUND;
}

const char *kj_pack_name(uint32_t codec)
{
	size_t i;

	for (i = 0; i < NCODECS; i++)
		if (codecs[i].codec == codec)
			return codecs[i].name;
	return "?";
}

unsigned int kj_pack_index(uint32_t codec)
{
	unsigned int i = 0;

	while (i < KJ_PACK_CODECS - 1 && codecs[i].codec != codec)
		i++;
	return i;
}

const char *kj_pack_index_name(unsigned int i)
{
	return i < KJ_PACK_CODECS ? codecs[i].name : NULL;
}

enum kj_err kj_pack_check(uint32_t codec, int level)
{
	size_t i;

	for (i = 0; i < NCODECS; i++)
		if (codecs[i].codec == codec)
			return level < codecs[i].lo || level > codecs[i].hi ? KJ_ERANGE : KJ_OK;
	return KJ_EUNSUPP;
}

static ZSTD_parameters zstd_params(int level)
{
	ZSTD_parameters p;

	memset(&p, 0, sizeof(p));
	p.cParams = ZSTD_getCParams(level ? level : 1, KJ_PAGE_BYTES, 0);
	p.fParams.contentSizeFlag = 1; /* readers ask the frame for it */
	p.fParams.noDictIDFlag = 1;
	return p;
}

static size_t work_size(uint32_t codec, int level)
{
	switch (codec) {
	case KJ_KDUMP_ZLIB:
		return ZLIB_ARENA;
	case KJ_KDUMP_LZO:
		return LZO_WORK;
	case KJ_KDUMP_ZSTD:
		return ZSTD_estimateCCtxSize_usingCParams(zstd_params(level).cParams);
	case KJ_PACK_AUTO:
		return LZO_ROOM + ZSTD_estimateCCtxSize_usingCParams(zstd_params(0).cParams);
	}
	return 0;
}

size_t kj_pack_size(uint32_t codec, int level)
{
	return kj_pack_check(codec, level) ? 0 : HEAD + work_size(codec, level);
}

static void *arena_alloc(void *ctx, unsigned int n, unsigned int size)
{
	struct arena *a = ctx;
	const size_t len = ((size_t)n * size + 63) & ~(size_t)63;
	void *p = a->at;

	if (len > a->left)
		return NULL;
	a->at += len;
	a->left -= len;
	return p;
}

static void arena_free(void *ctx, void *p)
{
	(void)ctx;
	(void)p;
}

struct kj_packer *kj_pack_init(uint32_t codec, int level, void *work, size_t len)
{
	struct kj_packer *p = work;
	const size_t need = kj_pack_size(codec, level), room = codec == KJ_PACK_AUTO ? LZO_ROOM : 0;
	uint8_t *mem = (uint8_t *)work + HEAD;

	if (!need || len < need)
		return NULL;
	p->codec = codec;
	p->lzo = mem;
	if (codec & KJ_KDUMP_ZSTD) {
		p->zp = p->sparse = zstd_params(codec == KJ_PACK_AUTO ? 0 : level);
		if (p->zp.cParams.strategy == ZSTD_fast && !p->zp.cParams.targetLength) {
			p->sparse.cParams.targetLength = 1;
			p->sparse.cParams.minMatch = 4;
		}
		p->zstd = ZSTD_initStaticCCtx(mem + room, need - HEAD - room);
		if (!p->zstd)
			return NULL;
	}
	if (codec == KJ_KDUMP_ZLIB) {
		p->arena.at = mem;
		p->arena.left = need - HEAD;
		p->z.zalloc = arena_alloc;
		p->z.zfree = arena_free;
		p->z.opaque = &p->arena;
		if (deflateInit2(&p->z, level ? level : 1, Z_DEFLATED, ZLIB_WINDOW, ZLIB_MEMORY,
				 Z_DEFAULT_STRATEGY) != Z_OK)
			return NULL;
	}
	return p;
}

void kj_pack_gear(struct kj_packer *p, unsigned int gear)
{
	static const uint32_t codec[KJ_MIX_GEARS] = { 0, KJ_KDUMP_LZO, KJ_KDUMP_ZSTD };

	p->codec = codec[gear];
}

/* Each returns the packed length, or 0: it does not get smaller, or the library failed. */
static size_t pack_zlib(struct kj_packer *p, const uint8_t *page, uint8_t *dst)
{
	if (deflateReset(&p->z) != Z_OK)
		return 0;
	p->z.next_in = (uint8_t *)(uintptr_t)page; /* zlib only reads it */
	p->z.avail_in = KJ_PAGE_BYTES;
	p->z.next_out = dst;
	p->z.avail_out = KJ_PAGE_BYTES - 1;
	if (deflate(&p->z, Z_FINISH) != Z_STREAM_END)
		return 0;
	return KJ_PAGE_BYTES - 1 - p->z.avail_out;
}

static size_t pack_lzo(struct kj_packer *p, const uint8_t *page, uint8_t *dst)
{
	lzo_uint n = 0;

	return LZO_PACK(page, KJ_PAGE_BYTES, dst, &n, p->lzo) == LZO_E_OK ? n : 0;
}

/* Zero words among half of the page's. */
static unsigned int count_zeros(const uint8_t *page)
{
	typedef uint32_t words __attribute__((vector_size(16), aligned(1), may_alias));
	const words *w = (const words *)page;
	words sum = { 0 };
	unsigned int i;

	for (i = 0; i < KJ_PAGE_BYTES / sizeof(*w); i += 2)
		sum -= (words)(w[i] == 0);
	return sum[0] + sum[1] + sum[2] + sum[3];
}

static size_t pack_zstd(struct kj_packer *p, const uint8_t *page, uint8_t *dst)
{
	const ZSTD_parameters *zp = count_zeros(page) >= ZSTD_SPARSE ? &p->sparse : &p->zp;
	/* room for the worst case: with less, it looks for the end at each step */
	const size_t n = ZSTD_compress_advanced(p->zstd, dst, KJ_PACK_ROOM, page, KJ_PAGE_BYTES, NULL, 0, *zp);

	return ZSTD_isError(n) ? 0 : n;
}

uint32_t kj_pack_page(struct kj_packer *p, const uint8_t *page, uint8_t *dst, uint32_t *codec)
{
	size_t n = 0;

	if (p->codec == KJ_KDUMP_ZLIB)
		n = pack_zlib(p, page, dst);
	else if (p->codec == KJ_KDUMP_LZO)
		n = pack_lzo(p, page, dst);
	else if (p->codec == KJ_KDUMP_ZSTD)
		n = pack_zstd(p, page, dst);
	if (n && n < KJ_PAGE_BYTES) {
		*codec = p->codec;
		return (uint32_t)n;
	}
	memcpy(dst, page, KJ_PAGE_BYTES);
	*codec = 0;
	return KJ_PAGE_BYTES;
}

size_t kj_unpack_size(void)
{
	const size_t zstd = ZSTD_estimateDCtxSize();

	return zstd > ZLIB_UNPACK ? zstd : ZLIB_UNPACK;
}

static enum kj_err unpack_zlib(void *work, const uint8_t *src, size_t n, uint8_t *page)
{
	struct arena a = { work, ZLIB_UNPACK };
	z_stream z;
	int r;

	memset(&z, 0, sizeof(z));
	z.zalloc = arena_alloc;
	z.zfree = arena_free;
	z.opaque = &a;
	if (inflateInit(&z) != Z_OK)
		return KJ_ECODEC;
	z.next_in = (uint8_t *)(uintptr_t)src;
	z.avail_in = (unsigned int)n;
	z.next_out = page;
	z.avail_out = KJ_PAGE_BYTES;
	r = inflate(&z, Z_FINISH);
	return r == Z_STREAM_END && !z.avail_out && !z.avail_in ? KJ_OK : KJ_ECODEC;
}

enum kj_err kj_unpack_page(uint32_t codec, void *work, size_t len, const uint8_t *src, size_t n,
			   uint8_t *page)
{
	lzo_uint out = KJ_PAGE_BYTES;
	ZSTD_DCtx *ctx;

	if (len < kj_unpack_size() || !n || n > KJ_PAGE_BYTES)
		return KJ_ECODEC;
	switch (codec) {
	case 0:
		if (n != KJ_PAGE_BYTES)
			return KJ_ECODEC;
		memcpy(page, src, KJ_PAGE_BYTES);
		return KJ_OK;
	case KJ_KDUMP_ZLIB:
		return unpack_zlib(work, src, n, page);
	case KJ_KDUMP_LZO:
		return lzo1x_decompress_safe(src, n, page, &out, NULL) == LZO_E_OK &&
				       out == KJ_PAGE_BYTES
			       ? KJ_OK
			       : KJ_ECODEC;
	case KJ_KDUMP_SNAPPY:
		return kj_snappy_unpack(src, n, page, KJ_PAGE_BYTES);
	case KJ_KDUMP_ZSTD:
		ctx = ZSTD_initStaticDCtx(work, len);
		return ctx && ZSTD_decompressDCtx(ctx, page, KJ_PAGE_BYTES, src, n) ==
					  KJ_PAGE_BYTES
			       ? KJ_OK
			       : KJ_ECODEC;
	}
	return KJ_EUNSUPP;
}
