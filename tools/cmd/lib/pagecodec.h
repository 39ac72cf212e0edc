/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One page at a time, in the codecs of the kdump format, with all tables in memory that the caller
 * gives; must never allocate, and never write behind the output it was given.
 *
 * Codecs are numbered as descriptors of core/kdump.h: 0, KJ_KDUMP_ZLIB, KJ_KDUMP_LZO,
 * KJ_KDUMP_ZSTD; and KJ_PACK_AUTO, for which each page is given its own.  What is packed here unpacks with the plain calls of each library.
 */
#ifndef KJ_CMD_PAGECODEC_H
#define KJ_CMD_PAGECODEC_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/kdump.h"

#define KJ_PAGE_BYTES 4096u
/* 0, lzo or zstd, as kj_pack_gear() says; its levels are mixes, core/packmix.h. */
#define KJ_PACK_AUTO (KJ_KDUMP_LZO | KJ_KDUMP_ZSTD)
#define KJ_PACK_ROOM 4608u /* bytes that packing one page may touch, whatever comes of it */

/* Number of none, zlib, lzo, zstd or auto.  KJ_OK or KJ_ENOTFOUND. */
enum kj_err kj_pack_parse(const char *name, uint32_t *ret);
/* "?" for what is none. */
const char *kj_pack_name(uint32_t codec);
/* Codecs that a page can have, by number from 0 on, none first: that of a descriptor's flags, and its name; NULL behind the last. */
#define KJ_PACK_CODECS 4u
unsigned int kj_pack_index(uint32_t codec);
const char *kj_pack_index_name(unsigned int i);
/* KJ_OK; KJ_EUNSUPP: no such codec; KJ_ERANGE: no such level.  Level 0 is the default: 1 of zlib
 * (1..9) and zstd (-7..9); lzo has no other; of auto it
 * is the mix that follows the disk. */
enum kj_err kj_pack_check(uint32_t codec, int level);

/* Plain data in memory of kj_pack_size() bytes, aligned to 16; not for two threads at once, and not
 * to be copied. */
struct kj_packer;
size_t kj_pack_size(uint32_t codec, int level);
/* Prepare @work, zeroed memory of @len bytes.  NULL: too small, or what kj_pack_check() refuses. */
struct kj_packer *kj_pack_init(uint32_t codec, int level, void *work, size_t len);

/* KJ_PACK_AUTO: gear of the pages from now on, 0 to KJ_MIX_GEARS - 1. */
void kj_pack_gear(struct kj_packer *p, unsigned int gear);

/*
 * Pack the page at @page into @dst, of which KJ_PACK_ROOM bytes are the packer's to write in.
 * Returns the length, 1 to 4096, and the codec that it took in *codec: 0 and 4096 bytes as they are
 * when packing saves nothing.  Cannot fail.
 */
uint32_t kj_pack_page(struct kj_packer *p, const uint8_t *page, uint8_t *dst, uint32_t *codec);

/* Bytes of memory that kj_unpack_page() wants, aligned to 16. */
size_t kj_unpack_size(void);
/* The other way, @n bytes to the 4096 at @page; snappy (KJ_KDUMP_SNAPPY) can be unpacked, too.  KJ_OK; KJ_ECODEC: damaged, or not one page;
 * KJ_EUNSUPP. On error @page is undefined. */
enum kj_err kj_unpack_page(uint32_t codec, void *work, size_t len, const uint8_t *src, size_t n,
			   uint8_t *page);

#endif
