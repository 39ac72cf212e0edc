// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Snappy's elements: a byte whose two low bits say literal or copy, and how its length and offset follow. It must never
 * copy from before the start of the output.
 */
#include "core/snappy.h"

#include <string.h>

/* Little endian number of @bytes at src[*at]. */
static int number(const uint8_t *src, size_t n, size_t *at, unsigned int bytes, uint32_t *ret)
{
	unsigned int i;

	if (bytes > n - *at)
		return 0;
	for (*ret = 0, i = 0; i < bytes; i++)
		*ret |= (uint32_t)src[*at + i] << (8 * i);
	*at += bytes;
	return 1;
}

/* The length in front, seven bits a byte. */
static int head(const uint8_t *src, size_t n, size_t *at, size_t len)
{
	uint64_t v = 0;
	unsigned int i;

	for (i = 0; i < 5 && i < n; i++) {
		v |= (uint64_t)(src[i] & 127) << (7 * i);
		if (src[i] & 128)
			continue;
		*at = i + 1;
		return v == len;
	}
	return 0;
}

enum kj_err kj_snappy_unpack(const uint8_t *src, size_t n, uint8_t *dst, size_t len)
{
	size_t at = 0, out = 0;
	uint32_t size, off;
	uint8_t tag;

	if (!head(src, n, &at, len))
		return KJ_ECODEC;
	while (at < n) {
		tag = src[at++];
		size = tag >> 2;
		if (!(tag & 3)) {
			if (size >= 60 && !number(src, n, &at, size - 59, &size))
				return KJ_ECODEC;
			/* one less than the length */
			if (size >= n - at || size >= len - out)
				return KJ_ECODEC;
			memcpy(dst + out, src + at, size + 1u);
			at += size + 1u;
			out += size + 1u;
			continue;
		}
		if (!number(src, n, &at, (tag & 3) == 3 ? 4 : tag & 3, &off))
			return KJ_ECODEC;
		if ((tag & 3) == 1) {
			off |= (uint32_t)(tag >> 5) << 8;
			size = (size & 7) + 3;
		}
		if (!off || off > out || size >= len - out)
			return KJ_ECODEC;
		/* byte by byte: they may overlap, and mean it */
		for (size++; size--; out++)
			dst[out] = dst[out - off];
	}
	return out == len ? KJ_OK : KJ_ECODEC;
}
