/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A bzImage that no machine could run, for tests of what reads one; must never be larger than BZ_SIZE.
 */
#ifndef KJ_TEST_BZ_H
#define KJ_TEST_BZ_H

#include <stdint.h>
#include <string.h>

#include "core/crc32.h"
#include "core/le.h"

#define BZ_SETUP (5u * 512)
#define BZ_SIZE (BZ_SETUP + 64u * 1024)

static inline void bz_put(uint8_t *b, unsigned int off, unsigned int bytes, uint64_t v)
{
	for (unsigned int i = 0; i < bytes; i++)
		b[off + i] = (uint8_t)(v >> (8 * i));
}

/* The last four bytes: what makes the kernel's CRC-32 of the whole come out as zero. */
static inline void bz_seal(uint8_t b[BZ_SIZE])
{
	bz_put(b, BZ_SIZE - 4, 4, ~kj_crc32(0, b, BZ_SIZE - 4));
}

static inline void bz_make(uint8_t b[BZ_SIZE], const char *release)
{
	memset(b, 0, BZ_SIZE);
	for (unsigned int i = BZ_SETUP; i < BZ_SIZE; i++)
		b[i] = (uint8_t)(i * 7 + (i >> 8));
	b[0x1f1] = 4;					/* setup_sects */
	bz_put(b, 0x1f4, 4, (BZ_SIZE - BZ_SETUP) / 16);	/* syssize */
	bz_put(b, 0x1fe, 2, 0xaa55);
	b[0x200] = 0xeb;
	b[0x201] = 0x6a;				/* header to 0x26c */
	memcpy(b + 0x202, "HdrS", 4);
	bz_put(b, 0x206, 2, 0x20f);
	bz_put(b, 0x20e, 2, 0x300);			/* kernel_version at 0x500 */
	b[0x211] = 1;					/* LOADED_HIGH */
	bz_put(b, 0x22c, 4, 0x7fffffff);
	bz_put(b, 0x230, 4, 0x200000);			/* kernel_alignment */
	b[0x234] = 1;					/* relocatable */
	bz_put(b, 0x236, 2, 0x3f);			/* xloadflags */
	bz_put(b, 0x238, 4, 2047);
	bz_put(b, 0x248, 4, 0x300);			/* payload */
	bz_put(b, 0x24c, 4, 0x8000);
	bz_put(b, 0x258, 8, 0x1000000);
	bz_put(b, 0x260, 4, 20u << 20);			/* init_size */
	strcpy((char *)b + 0x500, release);
	strcat((char *)b + 0x500, " (someone@somewhere) #1");
	bz_seal(b);
}

#endif
