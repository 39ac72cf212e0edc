// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The same CRC-32 for megabytes, eight bytes at a time. It must never carry its tables in the program: making them
 * takes less time than reading a page does.
 */
#include "core/crc32.h"
#include "core/le.h"

/* @t[k][i]: what byte i does to the register, k bytes later. */
static void make_tables(uint32_t t[8][256])
{
	for (uint32_t i = 0; i < 256; i++) {
		const uint8_t byte = (uint8_t)i;

		/* without the inversions, which cancel out but for these */
		t[0][i] = ~kj_crc32(~0u, &byte, 1);
	}
	for (unsigned int k = 1; k < 8; k++)
		for (uint32_t i = 0; i < 256; i++)
			t[k][i] = t[k - 1][i] >> 8 ^ t[0][t[k - 1][i] & 0xff];
}

uint32_t kj_crc32_bulk(uint32_t crc, const void *buf, size_t len)
{
	const uint8_t *p = buf;
	uint32_t t[8][256];

	make_tables(t);
	crc = ~crc;
	for (; len >= 8; len -= 8, p += 8) {
		const uint32_t a = kj_get_le32(*(const le32 *)p) ^ crc, b = kj_get_le32(*(const le32 *)(p + 4));

		crc = t[7][a & 0xff] ^ t[6][a >> 8 & 0xff] ^ t[5][a >> 16 & 0xff] ^ t[4][a >> 24] ^
		      t[3][b & 0xff] ^ t[2][b >> 8 & 0xff] ^ t[1][b >> 16 & 0xff] ^ t[0][b >> 24];
	}
	return kj_crc32(~crc, p, len);
}
