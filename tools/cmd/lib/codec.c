// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * lz4, zstd and lzo with static workspaces, and zlib's CRC. It must never use the libraries' allocating calls, or
 * parameters whose memory depends on the input.
 */
#define LZ4_STATIC_LINKING_ONLY
#include <lz4.h>
#include <lzo/lzo1x.h>
#include <zlib.h>
#define ZSTD_STATIC_LINKING_ONLY
#define ZSTD_DISABLE_DEPRECATE_WARNINGS
#include <zstd.h>
#include <zstd_errors.h>
#include <string.h>

#include "cmd/lib/codec.h"
#include "core/image.h"
#include "core/job.h"

#define LZ4_FASTEST (-64)
#define ZSTD_FASTEST (-7)
#define ZSTD_SLOWEST 9
#define ZSTD_DEFAULT 1

/* Caps that keep a worker's memory below 4 MiB whatever the level asks for. */
#define ZSTD_WINDOW_LOG 18
#define ZSTD_TABLE_LOG 17

enum kj_err kj_codec_parse(const char *name, uint32_t *ret)
{
	uint32_t c;

	for (c = KJ_CODEC_STORED; c <= KJ_CODEC_LZO; c++) {
		if (!strcmp(name, kj_codec_name(c))) {
			*ret = c;
			return KJ_OK;
		}
	}
	return KJ_ENOTFOUND;
}

enum kj_err kj_codec_check(uint32_t codec, int level)
{
	switch (codec) {
	case KJ_CODEC_STORED:
	case KJ_CODEC_LZO:
		return level ? KJ_ERANGE : KJ_OK;
	case KJ_CODEC_LZ4:
		return level > 1 || level < LZ4_FASTEST ? KJ_ERANGE : KJ_OK;
	case KJ_CODEC_ZSTD:
		return level > ZSTD_SLOWEST || level < ZSTD_FASTEST ? KJ_ERANGE : KJ_OK;
	}
	return KJ_EUNSUPP;
}

int kj_codec_fits(uint32_t codec, uint32_t format)
{
	if (format == KJ_DUMP_KDUMP)
		return codec <= KJ_CODEC_AUTO && codec != KJ_CODEC_LZ4;
	if (format == KJ_DUMP_SWSUSP)
		return codec == KJ_CODEC_STORED || codec == KJ_CODEC_LZO || codec == KJ_CODEC_LZ4;
	return codec <= KJ_CODEC_ZSTD;
}

static ZSTD_compressionParameters zstd_params(int level)
{
	ZSTD_compressionParameters p;

	p = ZSTD_getCParams(level ? level : ZSTD_DEFAULT, KJ_CODEC_MAX, 0);
	if (p.windowLog > ZSTD_WINDOW_LOG)
		p.windowLog = ZSTD_WINDOW_LOG;
	if (p.hashLog > ZSTD_TABLE_LOG)
		p.hashLog = ZSTD_TABLE_LOG;
	if (p.chainLog > ZSTD_TABLE_LOG)
		p.chainLog = ZSTD_TABLE_LOG;
	return p;
}

size_t kj_compress_work(uint32_t codec, int level)
{
	if (kj_codec_check(codec, level))
		return 0;
	if (codec == KJ_CODEC_LZ4)
		return (size_t)LZ4_sizeofState();
	if (codec == KJ_CODEC_ZSTD)
		return ZSTD_estimateCCtxSize_usingCParams(zstd_params(level));
	if (codec == KJ_CODEC_LZO)
		return LZO1X_1_MEM_COMPRESS;
	return 0;
}

size_t kj_decompress_work(uint32_t codec)
{
	return codec == KJ_CODEC_ZSTD ? ZSTD_estimateDCtxSize() : 0;
}

static enum kj_err pack_lz4(int level, void *work, const void *src, size_t n, void *dst, size_t cap,
			    size_t *ret)
{
	int r;

	r = LZ4_compress_fast_extState(work, src, dst, (int)n, (int)cap, level < 0 ? 1 - level : 1);
	if (r <= 0)
		return KJ_ENOSPC;
	*ret = (size_t)r;
	return KJ_OK;
}

static enum kj_err pack_zstd(int level, void *work, size_t worklen, const void *src, size_t n,
			     void *dst, size_t cap, size_t *ret)
{
	ZSTD_CCtx *ctx = ZSTD_initStaticCCtx(work, worklen);
	ZSTD_parameters p;
	size_t r;

	if (!ctx)
		return KJ_ECODEC;
	p.cParams = zstd_params(level);
	p.fParams.contentSizeFlag = 1;
	p.fParams.checksumFlag = 0; /* the container has its own */
	p.fParams.noDictIDFlag = 1;
	r = ZSTD_compress_advanced(ctx, dst, cap, src, n, NULL, 0, p);
	if (ZSTD_isError(r))
		return ZSTD_getErrorCode(r) == ZSTD_error_dstSize_tooSmall ? KJ_ENOSPC : KJ_ECODEC;
	*ret = r;
	return KJ_OK;
}

static enum kj_err pack_lzo(void *work, const void *src, size_t n, void *dst, size_t cap,
			    size_t *ret)
{
	lzo_uint len = 0;

	/* it is not told how much room there is */
	if (cap < KJ_LZO_ROOM(n))
		return KJ_ENOSPC;
	if (lzo1x_1_compress(src, n, dst, &len, work) != LZO_E_OK)
		return KJ_ECODEC;
	*ret = len;
	return KJ_OK;
}

static enum kj_err unpack_lzo(const void *src, size_t n, void *dst, size_t len)
{
	lzo_uint got = len;

	return lzo1x_decompress_safe(src, n, dst, &got, NULL) == LZO_E_OK && got == len ? KJ_OK
											: KJ_ECODEC;
}

enum kj_err kj_compress(uint32_t codec, int level, void *work, size_t worklen, const void *src,
			size_t n, void *dst, size_t cap, size_t *ret)
{
	enum kj_err e = kj_codec_check(codec, level);

	if (e)
		return e;
	if (!n || n > KJ_CODEC_MAX || worklen < kj_compress_work(codec, level))
		return KJ_ECODEC;
	/* neither library counts beyond an int, and no result is that long */
	if (cap > 2 * KJ_CODEC_MAX)
		cap = 2 * KJ_CODEC_MAX;
	if (codec == KJ_CODEC_LZ4)
		return pack_lz4(level, work, src, n, dst, cap, ret);
	if (codec == KJ_CODEC_ZSTD)
		return pack_zstd(level, work, worklen, src, n, dst, cap, ret);
	if (codec == KJ_CODEC_LZO)
		return pack_lzo(work, src, n, dst, cap, ret);
	if (n > cap)
		return KJ_ENOSPC;
	memcpy(dst, src, n);
	*ret = n;
	return KJ_OK;
}

enum kj_err kj_decompress(uint32_t codec, void *work, size_t worklen, const void *src, size_t n,
			  void *dst, size_t len)
{
	ZSTD_DCtx *ctx;

	if (codec > KJ_CODEC_LZO)
		return KJ_EUNSUPP;
	if (n > 2 * KJ_CODEC_MAX || len > KJ_CODEC_MAX || worklen < kj_decompress_work(codec))
		return KJ_ECODEC;
	if (codec == KJ_CODEC_LZ4)
		return LZ4_decompress_safe(src, dst, (int)n, (int)len) == (int)len ? KJ_OK
										   : KJ_ECODEC;
	if (codec == KJ_CODEC_LZO)
		return unpack_lzo(src, n, dst, len);
	if (codec == KJ_CODEC_ZSTD) {
		ctx = ZSTD_initStaticDCtx(work, worklen);
		if (!ctx)
			return KJ_ECODEC;
		return ZSTD_decompressDCtx(ctx, dst, len, src, n) == len ? KJ_OK : KJ_ECODEC;
	}
	if (n != len)
		return KJ_ECODEC;
	memcpy(dst, src, n);
	return KJ_OK;
}

uint32_t kj_crc_run(uint32_t crc, const void *buf, size_t len)
{
	/* zlib inverts before and behind */
	return ~(uint32_t)crc32(~crc & 0xffffffffu, buf, (uInt)len);
}

uint32_t kj_crc_join(uint32_t a, uint32_t b, uint64_t len_b)
{
	/* the inversions of crc32_combine()'s own operands cancel out, so plain ones will do */
	return (uint32_t)crc32_combine(a, b, (z_off_t)len_b);
}
