// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The stream into /dev/snapshot: header fields at the kernel's offsets, the packing of page
 * numbers at every boundary.
 */
#include "core/image.h"
#include "core/swsusp.h"
#include "tap.h"

static uint64_t get64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v)); /* the tests run on x86-64 as well */
	return v;
}

static void test_header(void)
{
	struct kj_swsusp s = { .jump = 0x7654000, .cr3 = 0x1234000, .physpages = 262011,
			       .pages = 180189, .e820_crc = 0xfeedbeef, .cpus = 2 };
	uint8_t page[4096], zero[4096] = { 0 };

	is(kj_swsusp_header(&s, page), KJ_OK, "header");
	is(get64(page), 0x7654000, "jump_address");
	is(get64(page + 8), 0x7654000, "jump_address_phys");
	is(get64(page + 16), 0x1234000, "cr3");
	is(get64(page + 24), 0x23456789abcdef02, "magic");
	is(get64(page + 32), 0xfeedbeef, "e820_checksum");
	is(get64(page + 400), 262011, "num_physpages");
	is(page[408], 2, "cpus");
	is(get64(page + 416), 180189, "image_pages");
	is(get64(page + 424), 1 + 352 + 180189, "pages");
	is(get64(page + 432), (1 + 352 + 180189) * 4096ULL, "size");
	ok(!memcmp(page + 440, zero, 4096 - 440), "the rest is zero");
	s.zeros = 1000;
	is(kj_swsusp_header(&s, page), KJ_OK, "header, zero pages by flag");
	is(get64(page + 416), 180189, "image_pages counts data");
	is(get64(page + 424), 1 + 354 + 180189, "pages counts their numbers");
	s.zeros = UINT32_MAX;
	is(kj_swsusp_header(&s, page), KJ_ERANGE, "more of them than the kernel counts");
	s.zeros = 0;
	s.pages = 0;
	is(kj_swsusp_header(&s, page), KJ_ERANGE, "no pages");
	s.pages = 1ULL << 32;
	is(kj_swsusp_header(&s, page), KJ_ERANGE, "more pages than the kernel counts");
	s.pages = UINT32_MAX;
	is(kj_swsusp_header(&s, page), KJ_ERANGE, "their sum is more than it counts");
	s.pages = UINT32_MAX - 8372270;
	is(kj_swsusp_header(&s, page), KJ_OK, "nearly as many");
	s.cr3 |= 1;
	is(kj_swsusp_header(&s, page), KJ_ERANGE, "unaligned cr3");
	s.cr3 &= ~1ULL;
	s.jump |= 8;
	is(kj_swsusp_header(&s, page), KJ_ERANGE, "unaligned jump address");
}

/* Pack @n numbers from @first, and read them as unpack_orig_pfns() does. */
static void test_pack(uint64_t first, uint64_t n)
{
	struct kj_swsusp_pack p = { 0 };
	uint64_t pages = 0, seen = 0, i, bad = 0;
	uint8_t page[4096];
	int full, last = 0;

	for (i = 0; i <= n; i++) {
		unsigned int j;

		memset(&full, 0, sizeof(full));
		if (i < n)
			bad += kj_swsusp_pack(&p, first + 3 * i, page, &full) != KJ_OK;
		else
			last = full = kj_swsusp_pack_end(&p, page);
		if (!full)
			continue;
		pages++;
		for (j = 0; j < 512 && get64(page + 8 * j) != UINT64_MAX; j++, seen++)
			bad += get64(page + 8 * j) != first + 3 * seen;
		if (i == n)
			for (; j < 512; j++)
				bad += get64(page + 8 * j) != UINT64_MAX;
		else
			bad += j != 512;
	}
	ok(!bad && seen == n, "%llu numbers come out as they went in", (unsigned long long)n);
	is(pages, kj_swsusp_meta_pages(n), "in as many pages as announced");
	is(last, n % 512 != 0, "the last page is sent when it is not full, and only then");
}

static void test_pack_errors(void)
{
	struct kj_swsusp_pack p = { 0 };
	uint8_t page[4096];
	int full = 7;

	is(kj_swsusp_pack(&p, 0, page, &full), KJ_OK, "page 0");
	is(full, 0, "not full");
	is(kj_swsusp_pack(&p, 0, page, &full), KJ_ERANGE, "the same page twice");
	is(kj_swsusp_pack(&p, 9, page, &full), KJ_OK, "page 9");
	is(kj_swsusp_pack(&p, 8, page, &full), KJ_ERANGE, "backwards");
	is(kj_swsusp_pack(&p, 1ULL << 40, page, &full), KJ_ERANGE, "no frame number");
	is(kj_swsusp_pack(&p, 1ULL << 63 | 10, page, &full), KJ_ERANGE, "a flag is no number");
	is(kj_swsusp_pack_zero(&p, 9, page, &full), KJ_ERANGE, "page 9 once more, as zero page");
	is(kj_swsusp_pack_zero(&p, 10, page, &full), KJ_OK, "page 10, zero");
	is(get64(page + 16), 1ULL << 63 | 10, "has the flag");
}

/* What the kernel sees stands where its struct has it; everything else is under the sum. */
static void test_head(void)
{
	static const uint8_t id[16] = "0123456789abcdef";
	struct kj_le_swsusp_head h = { 0 }, good;
	uint8_t *p = (uint8_t *)&h;
	unsigned int bit, bad = 0;
	enum kj_err e;

	memcpy(h.id, id, 16);
	h.codec = kj_put_le32(KJ_CODEC_LZ4);
	h.flags = kj_put_le32(KJ_SF_CRC32 | KJ_SF_LZ4);
	h.end_off = kj_put_le64(100 * 4096);
	h.image = kj_put_le64(99);
	h.crc32 = kj_put_le32(0x12345678);
	kj_swsusp_seal(&h);
	is(kj_swsusp_check(&h, 100 * 4096), KJ_OK, "a sealed head");
	is(kj_swsusp_state(&h), KJ_SWS_READY, "is ready");
	ok(!memcmp(p + 4086, "S1SUSPEND\0", 10), "signature");
	is(get64(p + 4064), 99, "first page of the map");
	is(p[4072], 20, "flags");
	is(p[4060], 0x78, "crc32");
	is(kj_swsusp_check(&h, 99 * 4096), KJ_ERANGE, "on a smaller device");
	ok(kj_swsusp_waits(&h, 100 * 4096, id), "its image waits");
	ok(!kj_swsusp_waits(&h, 100 * 4096, (const uint8_t *)"0123456789abcdeF"), "no other does");
	good = h;
	for (bit = 0; bit < 4076 * 8; bit++) {
		p[bit / 8] ^= (uint8_t)(1u << bit % 8);
		e = kj_swsusp_check(&h, 100 * 4096);
		bad += e != (bit < 64 ? KJ_EMAGIC : bit < 96 ? KJ_EVERSION : KJ_ECRC);
		p[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	is(bad, 0, "each flipped bit is seen");
	h.sig[3] ^= 1;
	is(kj_swsusp_check(&h, 100 * 4096), KJ_EFORMAT, "a signature of nobody");
	memcpy(h.sig, h.orig_sig, sizeof(h.sig));
	is(kj_swsusp_check(&h, 100 * 4096), KJ_OK, "what the kernel makes of it is valid");
	is_str(kj_swsusp_state_name(kj_swsusp_state(&h)), "consumed", "and taken");
	ok(!kj_swsusp_waits(&h, 100 * 4096, id), "and waits no more");
	memcpy(h.sig, KJ_SWSUSP_STALE, sizeof(h.sig));
	is_str(kj_swsusp_state_name(kj_swsusp_state(&h)), "stale", "stale");
	is_str(kj_swsusp_state_name(0), "unknown", "no state");
	h = good;
	h.flags = kj_put_le32(KJ_SF_CRC32);
	kj_swsusp_seal(&h);
	is(kj_swsusp_check(&h, 100 * 4096), KJ_EFORMAT, "lz4 that the kernel would take for lzo");
	h.codec = kj_put_le32(KJ_CODEC_LZO);
	kj_swsusp_seal(&h);
	is(kj_swsusp_check(&h, 100 * 4096), KJ_OK, "lzo");
	h.codec = kj_put_le32(KJ_CODEC_ZSTD);
	kj_swsusp_seal(&h);
	is(kj_swsusp_check(&h, 100 * 4096), KJ_EFORMAT, "no kernel loads zstd");
	h = good;
	h.image = kj_put_le64(100);
	kj_swsusp_seal(&h);
	is(kj_swsusp_check(&h, UINT64_MAX), KJ_ERANGE, "a map behind the end");
	h.image = kj_put_le64(1);
	kj_swsusp_seal(&h);
	is(kj_swsusp_check(&h, UINT64_MAX), KJ_ERANGE, "a map on the info page");
}

int main(void)
{
	static const uint64_t counts[] = { 1, 511, 512, 513, 1023, 1024, 1025, 5120 };
	size_t i;

	test_header();
	for (i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		test_pack(i * 1000, counts[i]);
	test_pack_errors();
	test_head();
	is(kj_swsusp_total_pages(512), 1 + 1 + 512, "512 pages need one page of numbers");
	is(kj_swsusp_total_pages(513), 1 + 2 + 513, "513 need two");
	return tap_done();
}
