// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The stream into /dev/snapshot: header fields at the kernel's offsets, the packing of page
 * numbers at every boundary.
 */
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
}

int main(void)
{
	static const uint64_t counts[] = { 1, 511, 512, 513, 1023, 1024, 1025, 5120 };
	size_t i;

	test_header();
	for (i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		test_pack(i * 1000, counts[i]);
	test_pack_errors();
	is(kj_swsusp_total_pages(512), 1 + 1 + 512, "512 pages need one page of numbers");
	is(kj_swsusp_total_pages(513), 1 + 2 + 513, "513 need two");
	return tap_done();
}
