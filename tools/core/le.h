/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Little-endian numbers as bytes, for every layout that leaves this machine's memory.
 * The types have alignment 1 and cannot be used as numbers by accident; never cast a
 * buffer to anything wider than these.
 */
#ifndef KJ_CORE_LE_H
#define KJ_CORE_LE_H

#include <stdint.h>

typedef struct { uint8_t b[2]; } le16;
typedef struct { uint8_t b[4]; } le32;
typedef struct { uint8_t b[8]; } le64;

_Static_assert(sizeof(le16) == 2 && _Alignof(le16) == 1, "le16 is two bytes");
_Static_assert(sizeof(le32) == 4 && _Alignof(le32) == 1, "le32 is four bytes");
_Static_assert(sizeof(le64) == 8 && _Alignof(le64) == 1, "le64 is eight bytes");

/* Explicit ORs: gcc and clang turn each of these into one load, a loop they do not. */
static inline uint16_t kj_get_le16(le16 v)
{
	return (uint16_t)(v.b[0] | (unsigned int)v.b[1] << 8);
}

static inline uint32_t kj_get_le32(le32 v)
{
	return (uint32_t)v.b[0] | (uint32_t)v.b[1] << 8 | (uint32_t)v.b[2] << 16 |
	       (uint32_t)v.b[3] << 24;
}

static inline uint64_t kj_get_le64(le64 v)
{
	return (uint64_t)v.b[0] | (uint64_t)v.b[1] << 8 | (uint64_t)v.b[2] << 16 |
	       (uint64_t)v.b[3] << 24 | (uint64_t)v.b[4] << 32 | (uint64_t)v.b[5] << 40 |
	       (uint64_t)v.b[6] << 48 | (uint64_t)v.b[7] << 56;
}

static inline le16 kj_put_le16(uint16_t n)
{
	return (le16){ { (uint8_t)n, (uint8_t)(n >> 8) } };
}

static inline le32 kj_put_le32(uint32_t n)
{
	return (le32){ { (uint8_t)n, (uint8_t)(n >> 8), (uint8_t)(n >> 16), (uint8_t)(n >> 24) } };
}

static inline le64 kj_put_le64(uint64_t n)
{
	return (le64){ { (uint8_t)n, (uint8_t)(n >> 8), (uint8_t)(n >> 16), (uint8_t)(n >> 24),
			 (uint8_t)(n >> 32), (uint8_t)(n >> 40), (uint8_t)(n >> 48),
			 (uint8_t)(n >> 56) } };
}

#endif
