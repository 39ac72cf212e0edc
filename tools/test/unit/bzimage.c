// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Unit test of core/bzimage.c: every refusal, every truncation, every flipped bit.
 */
#include "core/bzimage.h"
#include "tap.h"
#include "unit/bz.h"

static uint8_t b[BZ_SIZE];

static enum kj_err parse(size_t len)
{
	struct kj_bzimage bz;

	return kj_bzimage_parse(b, len, &bz);
}

/* The good one with a field changed and sealed again. */
static enum kj_err with(unsigned int off, unsigned int bytes, uint64_t v)
{
	bz_make(b, "6.12.90");
	bz_put(b, off, bytes, v);
	bz_seal(b);
	return parse(BZ_SIZE);
}

static void test_good(void)
{
	struct kj_bzimage bz;

	bz_make(b, "6.12.90");
	is(kj_bzimage_parse(b, BZ_SIZE, &bz), KJ_OK, "a good image");
	is(bz.version, 0x20f, "version");
	is(bz.header_len, 0x26c - 0x1f1, "header length");
	is(bz.code_off, BZ_SETUP, "code follows the setup sectors");
	is(bz.code_len, BZ_SIZE - BZ_SETUP, "code length");
	is(bz.init_size, 20u << 20, "init_size");
	is(bz.align, 0x200000, "alignment");
	is(bz.pref_address, 0x1000000, "preferred address");
	is(bz.cmdline_max, 2047, "command line");
	is(bz.has_sum, 1, "has a checksum");
	is(bz.kernel_version, KJ_KVER(6, 12), "version of the kernel");
	is_str(bz.release, "6.12.90", "release");
	/* setup_sects 0 means 4 */
	is(with(0x1f1, 1, 0), KJ_OK, "setup_sects 0");
}

static void test_refused(void)
{
	is(with(0x1fe, 2, 0), KJ_EMAGIC, "no boot flag");
	is(with(0x202, 4, 0), KJ_EMAGIC, "no HdrS");
	is(with(0x206, 2, 0x20b), KJ_EVERSION, "protocol 2.11");
	is(with(0x236, 2, 0), KJ_EUNSUPP, "32-bit");
	is(with(0x234, 1, 0), KJ_EUNSUPP, "not relocatable");
	is(with(0x211, 1, 0), KJ_EUNSUPP, "zImage");
	is(with(0x201, 1, 0x10), KJ_EFORMAT, "header too short");
	is(with(0x201, 1, 0xff), KJ_EFORMAT, "header too long");
	is(with(0x1f1, 1, 255), KJ_ETRUNC, "more setup than file");
	is(with(0x1f4, 4, 0xffffffff), KJ_ETRUNC, "more code than file");
	is(with(0x1f4, 4, 16), KJ_EFORMAT, "no entry point in so little code");
	is(with(0x248, 4, 0xffffffff), KJ_EFORMAT, "payload offset");
	is(with(0x24c, 4, 0xffffffff), KJ_EFORMAT, "payload length");
	is(with(0x24c, 4, 0), KJ_EFORMAT, "no payload");
	is(with(0x260, 4, 4096), KJ_EFORMAT, "init_size below the code");
	is(with(0x260, 4, 0xffffffff), KJ_EFORMAT, "init_size of 4 GiB");
	is(with(0x230, 4, 0), KJ_EFORMAT, "no alignment");
	is(with(0x230, 4, 0x300000), KJ_EFORMAT, "alignment no power of two");
	is(with(0x230, 4, 0x80000000), KJ_EFORMAT, "alignment of 2 GiB");
	is(with(0x258, 8, 0x1000001), KJ_EFORMAT, "preferred address not aligned");
	is(with(0x258, 8, 1ull << 60), KJ_EFORMAT, "preferred address far away");
	is(with(0x238, 4, 0), KJ_EFORMAT, "no command line");
}

static void test_sum(void)
{
	struct kj_bzimage bz;
	unsigned int missed = 0;

	bz_make(b, "6.12.90");
	for (size_t i = BZ_SETUP; i < BZ_SIZE; i += 977) {
		b[i] ^= 0x10;
		missed += parse(BZ_SIZE) != KJ_ECRC;
		b[i] ^= 0x10;
	}
	is(missed, 0, "a flipped bit is noticed");
	bz_make(b, "6.15.0");
	b[BZ_SIZE - 1] ^= 1;
	is(kj_bzimage_parse(b, BZ_SIZE, &bz), KJ_OK, "6.15 has no checksum");
	is(bz.has_sum, 0, "and says so");
	bz_make(b, "7.0");
	b[BZ_SIZE - 1] ^= 1;
	is(parse(BZ_SIZE), KJ_OK, "nor has 7.0");
	bz_make(b, "what");
	b[BZ_SIZE - 1] ^= 1;
	is(parse(BZ_SIZE), KJ_ECRC, "an unknown release must have one");
}

/* A signer changes two fields and appends a certificate. */
static void test_signed(void)
{
	static uint8_t s[BZ_SIZE + 512];

	bz_make(b, "6.12.90");
	memcpy(b, "MZ", 2);
	bz_put(b, 0x3c, 4, 0x80);
	memcpy(b + 0x80, "PE\0\0", 4);
	bz_seal(b);
	is(parse(BZ_SIZE), KJ_OK, "with an EFI stub");
	memcpy(s, b, BZ_SIZE);
	bz_put(s, 0x80 + 24 + 64, 4, 0x12345678);
	bz_put(s, 0x80 + 24 + 112 + 32, 8, 0x20000012345ull);
	is(kj_bzimage_parse(s, sizeof(s), &(struct kj_bzimage){ 0 }), KJ_OK, "signed");
	s[0x80 + 24 + 68] ^= 1;
	is(kj_bzimage_parse(s, sizeof(s), &(struct kj_bzimage){ 0 }), KJ_ECRC, "signed and changed");
}

static void test_truncated(void)
{
	unsigned int wrong = 0;

	bz_make(b, "6.12.90");
	for (size_t n = 0; n < 0x300; n++)
		wrong += parse(n) != KJ_ETRUNC;
	for (size_t n = 0x300; n < BZ_SIZE; n += 101)
		wrong += parse(n) != KJ_ETRUNC;
	is(wrong, 0, "every truncation is one");
	is(parse(BZ_SIZE - 1), KJ_ETRUNC, "one byte short");
}

/* --gen FILE: a good image, for the cli tests. */
static int generate(const char *path)
{
	FILE *f = fopen(path, "wb");
	int bad;

	bz_make(b, "6.12.90-kj");
	bad = !f || fwrite(b, 1, BZ_SIZE, f) != BZ_SIZE;
	return (f && fclose(f)) || bad;
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "--gen"))
		return generate(argv[2]);
	test_good();
	test_refused();
	test_sum();
	test_signed();
	test_truncated();
	return tap_done();
}
