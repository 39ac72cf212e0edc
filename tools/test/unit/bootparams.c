// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Unit test of core/bootparams.c, against the offsets of zero-page.rst.
 */
#include "core/bootparams.h"
#include "tap.h"
#include "unit/bz.h"

static uint8_t image[BZ_SIZE], bp[4096], theirs[4096];

static uint64_t get(const uint8_t *p, unsigned int off, unsigned int bytes)
{
	uint64_t v = 0;

	while (bytes--)
		v = v << 8 | p[off + bytes];
	return v;
}

static void test_emit(void)
{
	struct kj_bzimage bz;
	struct kj_e820 map = { 2, { { 0x1000, 0x9f000, 1 }, { 0x9f000, 0xa0000, 2 } } };
	struct kj_bootparams in = { .image = image, .bz = &bz, .theirs = theirs, .map = &map, .kernel = 0x34000000,
				    .cmdline = 0x1234567890, .cmdline_len = 100, .initrd = 0x2345678900,
				    .initrd_len = 0x1200000034, .seed = 0x5678, .rsdp = 0xf5a00 };

	bz_make(image, "6.12.90");
	memset(theirs, 0xee, sizeof(theirs));
	memset(bp, 0x55, sizeof(bp));
	is(kj_bzimage_parse(image, sizeof(image), &bz), KJ_OK, "image");
	is(kj_bootparams_emit(&in, bp), KJ_OK, "emitted");
	is(get(bp, 0, 8), 0xeeeeeeeeeeeeeeee, "screen_info is A's");
	is(get(bp, 0x40, 8), 0, "what follows is not");
	is(get(bp, 0x140, 1), 0xee, "edid_info is A's");
	is(get(bp, 0x1c0, 8), 0, "efi_info is not");
	is(get(bp, 0x070, 8), 0xeeeeeeeeeeeeeeee, "A's RSDP goes before ours");
	is(get(bp, 0x1ef, 1), 0, "sentinel");
	is(get(bp, 0x1f1, 1), 4, "setup header");
	is(get(bp, 0x202, 4), 0x53726448, "HdrS");
	is(get(bp, 0x260, 4), 20u << 20, "up to its end");
	is(get(bp, 0x26c, 8), 0, "and not further");
	is(get(bp, 0x210, 1), 0xff, "loader");
	is(get(bp, 0x214, 4), 0x34000000, "code32_start");
	is(get(bp, 0x228, 4), 0x34567890, "command line");
	is(get(bp, 0x0c8, 4), 0x12, "its upper half");
	is(get(bp, 0x218, 4), 0x45678900, "initrd");
	is(get(bp, 0x0c0, 4), 0x23, "its upper half");
	is(get(bp, 0x21c, 4), 0x34, "size");
	is(get(bp, 0x0c4, 4), 0x12, "its upper half");
	is(get(bp, 0x250, 8), 0x5678, "setup_data");
	is(get(bp, 0x1e8, 1), 2, "entries of the map");
	is(get(bp, 0x2d0, 8), 0x1000, "start");
	is(get(bp, 0x2d8, 8), 0x9e000, "size");
	is(get(bp, 0x2e0, 4), 1, "type");
	is(get(bp, 0x2d0 + 20 + 16, 4), 2, "of the second");
	is(get(bp, 0x2d0 + 40, 8), 0, "no third");
	in.theirs = NULL;
	kj_bootparams_emit(&in, bp);
	is(get(bp, 0x070, 8), 0xf5a00, "our RSDP when A's is not known");
	in.cmdline_len = 2048;
	is(kj_bootparams_emit(&in, bp), KJ_ELIMIT, "command line too long");
	in.cmdline_len = 2047;
	map.n = 129;
	is(kj_bootparams_emit(&in, bp), KJ_ELIMIT, "too many entries");
}

static void test_seed(void)
{
	uint8_t seed[KJ_SEED_SIZE], node[KJ_SEED_NODE];

	memset(seed, 0x5e, sizeof(seed));
	kj_bootparams_seed(seed, node);
	is(get(node, 0, 8), 0, "the only node");
	is(get(node, 8, 4), 9, "SETUP_RNG_SEED");
	is(get(node, 12, 4), 32, "length");
	is(node[KJ_SEED_NODE - 1], 0x5e, "seed");
}

int main(void)
{
	test_emit();
	test_seed();
	return tap_done();
}
