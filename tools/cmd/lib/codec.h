/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The codecs of an image's chunks behind one interface, in memory that the caller gives; must never
 * allocate, and never trust a length that stands inside the compressed bytes.
 *
 * Here and not in core, because core calls no library.  Codecs are numbered as enum kj_codec of
 * image.h.  Levels: lz4 0 (default) and 1 are the same, -1..-64 trade size for speed
 * (acceleration); zstd -7..-1 and 1..9, 0 is the default, 1; lzo has only 0.
 */
#ifndef KJ_CMD_CODEC_H
#define KJ_CMD_CODEC_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

#define KJ_CODEC_MAX (1024u * 1024u) /* bytes that one call takes, before compression */
#define KJ_LZO_ROOM(n) ((n) + (n) / 16 + 64 + 3) /* LZO.FAQ: worst case */

/* Codec number of a name as kj_codec_name() writes it.  KJ_OK or KJ_ENOTFOUND. */
enum kj_err kj_codec_parse(const char *name, uint32_t *ret);

/* KJ_OK; KJ_EUNSUPP: no such codec; KJ_ERANGE: no such level. */
enum kj_err kj_codec_check(uint32_t codec, int level);
/* May a dump of @format (enum kj_dump_format) have it? 1 or 0. */
int kj_codec_fits(uint32_t codec, uint32_t format);

/* Bytes of workspace, aligned to 16, that kj_compress() or kj_decompress() needs; 0 for
 * KJ_CODEC_STORED and for what kj_codec_check() refuses.  The same for every input of at most
 * KJ_CODEC_MAX bytes. */
size_t kj_compress_work(uint32_t codec, int level);
size_t kj_decompress_work(uint32_t codec);

/*
 * Compress @n bytes, 0 < @n <= KJ_CODEC_MAX, into @dst of @cap bytes; *ret is the compressed
 * length. KJ_OK; KJ_ENOSPC: the result does not fit in @cap (give n - 1 and store the bytes then), or,
 * lzo, might not: it asks for KJ_LZO_ROOM(@n);
 * KJ_ECODEC: the library failed, or @worklen is too small; KJ_EUNSUPP, KJ_ERANGE as
 * kj_codec_check().  @dst is undefined on error.
 */
enum kj_err kj_compress(uint32_t codec, int level, void *work, size_t worklen, const void *src,
			size_t n, void *dst, size_t cap, size_t *ret);

/*
 * Unpack @n bytes into exactly @len bytes, @len <= KJ_CODEC_MAX.
 * KJ_OK; KJ_ECODEC: damaged, or of another length; KJ_EUNSUPP.  On error @dst is undefined.
 */
enum kj_err kj_decompress(uint32_t codec, void *work, size_t worklen, const void *src, size_t n,
			  void *dst, size_t len);

/* The CRC that the kernel's loader computes of a swsusp image: crc32_le(@crc, ...), which starts
 * with 0 and inverts nothing. @len is at most KJ_CODEC_MAX. */
uint32_t kj_crc_run(uint32_t crc, const void *buf, size_t len);
/* That of A and B one behind the other, from the CRC of each (both begun with 0). */
uint32_t kj_crc_join(uint32_t a, uint32_t b, uint64_t len_b);

#endif
