// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The stream into /dev/snapshot: header fields at the kernel's offsets, the packing of page
 * numbers at every boundary, the e820 checksum against a table and CRC made by other means.
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

/* As the test program of the proof of concept computed it: bit by bit over the packed bytes. */
static uint32_t slow_crc(const uint8_t *p, size_t n)
{
	uint32_t c = ~0u;

	while (n--) {
		c ^= *p++;
		for (int k = 0; k < 8; k++)
			c = c & 1 ? (c >> 1) ^ 0xedb88320 : c >> 1;
	}
	return ~c;
}

static void test_e820(void)
{
	static const struct kj_e820 map[] = {
		{ 0, 0x9fc00, 1 }, { 0x9fc00, 0x400, 2 }, { 0xf0000, 0x10000, 2 },
		{ 0x100000, 0x3fedd000, 1 }, { 0x3ffdd000, 0x23000, 2 },
		{ 0xfd00000000, 0x300000000, 0xefffffff },
	};
	uint8_t b[4 + 20 * 6] = { 6 };
	uint32_t i, t;

	for (i = 0; i < 6; i++) {
		memcpy(b + 4 + 20 * i, &map[i].addr, 8);
		memcpy(b + 12 + 20 * i, &map[i].size, 8);
		memcpy(b + 20 + 20 * i, &map[i].type, 4);
	}
	is(kj_e820_crc(map, 6), slow_crc(b, sizeof(b)), "checksum of the packed table");
	memset(b, 0, 4);
	is(kj_e820_crc(map, 0), slow_crc(b, 4), "of an empty one");
	is(kj_e820_type("System RAM", &t), KJ_OK, "System RAM");
	is(t, 1, "is type 1");
	is(kj_e820_type("ACPI Non-volatile Storage", &t), KJ_OK, "NVS");
	is(t, 4, "is type 4");
	is(kj_e820_type("Persistent Memory (legacy)", &t), KJ_OK, "legacy persistent memory");
	is(t, 12, "is type 12");
	is(kj_e820_type("Persistent Memory", &t), KJ_OK, "persistent memory");
	is(t, 7, "is type 7");
	is(kj_e820_type("System RAM\n", &t), KJ_ENOTFOUND, "with newline");
	is(kj_e820_type("Unknown E820 type", &t), KJ_ENOTFOUND, "an unknown type");
	is(kj_e820_type("", &t), KJ_ENOTFOUND, "no text");
	is(t, 7, "and then the result stays as it was");
}

int main(void)
{
	static const uint64_t counts[] = { 1, 511, 512, 513, 1023, 1024, 1025, 5120 };
	size_t i;

	test_header();
	for (i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		test_pack(i * 1000, counts[i]);
	test_pack_errors();
	test_e820();
	is(kj_swsusp_total_pages(512), 1 + 1 + 512, "512 pages need one page of numbers");
	is(kj_swsusp_total_pages(513), 1 + 2 + 513, "513 need two");
	return tap_done();
}
