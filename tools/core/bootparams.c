// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fills struct boot_params; must never leave a byte of it undefined.
 */
#include <string.h>

#include "core/bootparams.h"

/* Offsets in struct boot_params (zero-page.rst). */
enum {
	SCREEN_INFO = 0x000,
	SCREEN_INFO_LEN = 0x40,
	ACPI_RSDP = 0x070,
	EXT_RAMDISK_IMAGE = 0x0c0,
	EXT_RAMDISK_SIZE = 0x0c4,
	EXT_CMD_LINE_PTR = 0x0c8,
	EDID_INFO = 0x140,
	EDID_INFO_LEN = 0x80,
	E820_ENTRIES = 0x1e8,
	VID_MODE = 0x1fa,
	TYPE_OF_LOADER = 0x210,
	LOADFLAGS = 0x211,
	CODE32_START = 0x214,
	RAMDISK_IMAGE = 0x218,
	RAMDISK_SIZE = 0x21c,
	CMD_LINE_PTR = 0x228,
	SETUP_DATA = 0x250,
	E820_TABLE = 0x2d0,
};
_Static_assert(E820_TABLE + KJ_E820_ZEROPAGE * sizeof(struct kj_le_e820) <= KJ_BOOTPARAMS_SIZE, "zero-page.rst");
_Static_assert(KJ_BZ_HEADER_MAX <= E820_TABLE, "zero-page.rst");

#define LOADER_UNKNOWN 0xffu
#define VID_NORMAL 0xffffu
#define LOADED_HIGH 1u
#define SETUP_RNG_SEED 9u

static void put32(uint8_t *bp, size_t off, uint64_t v)
{
	le32 le = kj_put_le32((uint32_t)v);

	memcpy(bp + off, &le, sizeof(le));
}

static void put64(uint8_t *bp, size_t off, uint64_t v)
{
	le64 le = kj_put_le64(v);

	memcpy(bp + off, &le, sizeof(le));
}

uint64_t kj_bootparams_rsdp(const uint8_t theirs[KJ_BOOTPARAMS_SIZE])
{
	le64 le;

	memcpy(&le, theirs + ACPI_RSDP, sizeof(le));
	return kj_get_le64(le);
}

void kj_bootparams_seed(const uint8_t seed[KJ_SEED_SIZE], uint8_t ret[KJ_SEED_NODE])
{
	put64(ret, 0, 0);	/* no next node */
	put32(ret, 8, SETUP_RNG_SEED);
	put32(ret, 12, KJ_SEED_SIZE);
	memcpy(ret + 16, seed, KJ_SEED_SIZE);
}

static void emit_e820(const struct kj_e820 *map, uint8_t *bp)
{
	bp[E820_ENTRIES] = (uint8_t)map->n;
	for (uint32_t i = 0; i < map->n; i++) {
		struct kj_le_e820 e = {
			.addr = kj_put_le64(map->e[i].start),
			.size = kj_put_le64(map->e[i].end - map->e[i].start),
			.type = kj_put_le32(map->e[i].type),
		};

		memcpy(bp + E820_TABLE + i * sizeof(e), &e, sizeof(e));
	}
}

enum kj_err kj_bootparams_emit(const struct kj_bootparams *in, uint8_t ret[KJ_BOOTPARAMS_SIZE])
{
	uint64_t rsdp = in->rsdp;

	if (in->map->n > KJ_E820_ZEROPAGE || in->cmdline_len > in->bz->cmdline_max)
		return KJ_ELIMIT;
	memset(ret, 0, KJ_BOOTPARAMS_SIZE);
	if (in->theirs) {
		memcpy(ret + SCREEN_INFO, in->theirs + SCREEN_INFO, SCREEN_INFO_LEN);
		memcpy(ret + EDID_INFO, in->theirs + EDID_INFO, EDID_INFO_LEN);
		if (kj_bootparams_rsdp(in->theirs))
			rsdp = kj_bootparams_rsdp(in->theirs);
	}
	memcpy(ret + KJ_BZ_HEADER, in->image + KJ_BZ_HEADER, in->bz->header_len);
	put64(ret, ACPI_RSDP, rsdp);
	ret[VID_MODE] = VID_NORMAL & 0xff;
	ret[VID_MODE + 1] = VID_NORMAL >> 8;
	ret[TYPE_OF_LOADER] = LOADER_UNKNOWN;
	ret[LOADFLAGS] = LOADED_HIGH;
	put32(ret, CODE32_START, in->kernel);
	put32(ret, RAMDISK_IMAGE, in->initrd);
	put32(ret, EXT_RAMDISK_IMAGE, in->initrd >> 32);
	put32(ret, RAMDISK_SIZE, in->initrd_len);
	put32(ret, EXT_RAMDISK_SIZE, in->initrd_len >> 32);
	put32(ret, CMD_LINE_PTR, in->cmdline);
	put32(ret, EXT_CMD_LINE_PTR, in->cmdline >> 32);
	put64(ret, SETUP_DATA, in->seed);
	emit_e820(in->map, ret);
	return KJ_OK;
}
