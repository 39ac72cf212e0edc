// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Unit numbering, and every error that header, state and entry checks can return.
 */
#include <stdlib.h>

#include "core/image.h"
#include "core/unit.h"
#include "core/xxh.h"
#include "tap.h"

#define MIB (1ULL << 20)

static const uint8_t id[16] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 };

/* 600 KiB of low memory, then 16 MiB from 1 MiB on, then a piece that shares its first MiB */
static const struct kj_ranges ram = {
	.n = 4,
	.r = { { 0x1000, 0x96000 },
	       { MIB, 17 * MIB - 0x3000 },
	       { 17 * MIB - 0x2000, 17 * MIB + 0x5000 },
	       { 64 * MIB, 66 * MIB } },
};

static void put_ranges(struct kj_le_range *r, const struct kj_ranges *from)
{
	for (uint32_t i = 0; i < from->n; i++) {
		r[i].start = kj_put_le64(from->r[i].start);
		r[i].end = kj_put_le64(from->r[i].end);
	}
}

/* A header that is right: window 4..8 MiB, all pages but 100 data, 10 zero, 20 left out. */
static void good(struct kj_le_image *h)
{
	static const struct kj_ranges win = { .n = 1, .r = { { 4 * MIB, 8 * MIB } } };
	uint64_t n = kj_unit_count(&ram), total = kj_ranges_pages(&ram);

	memset(h, 0, sizeof(*h));
	memcpy(h->id, id, 16);
	h->unit_pages = kj_put_le32(256);
	h->codec = kj_put_le32(KJ_CODEC_LZ4);
	h->nunits = kj_put_le64(n);
	h->index_off = kj_put_le64(KJ_INDEX_OFF);
	h->data_off = kj_put_le64(kj_image_data_off(n));
	h->end_off = kj_put_le64(kj_image_data_off(n) + 5 * MIB);
	h->ram_pages = kj_put_le64(total);
	h->zero_pages = kj_put_le64(10);
	h->free_pages = kj_put_le64(20);
	h->data_pages = kj_put_le64(total - 1024 - 30);
	h->nram = kj_put_le32(ram.n);
	h->nwindow = kj_put_le32(win.n);
	put_ranges(h->ram, &ram);
	put_ranges(h->window, &win);
	h->jump.re = kj_put_le64(2 * MIB + 0x123);
	h->jump.table = kj_put_le64(3 * MIB);
	h->jump.swap = kj_put_le64(3 * MIB + 0x1000);
	h->jump.map = kj_put_le64((9 * MIB) | 2);
	kj_image_seal(h);
}

static void test_units(void)
{
	struct kj_ranges none = { .n = 0 };
	uint64_t n = kj_unit_count(&ram);

	/* MiB 0, 1..16, 17 (shared with 16), 64, 65 */
	is(n, 1 + 16 + 1 + 2, "units of four ranges");
	is(kj_unit_count(&none), 0, "no RAM, no units");
	is(kj_unit_pfn(&ram, 0), 0, "unit 0 starts below its RAM");
	is(kj_unit_pfn(&ram, 16), 16 * 256, "unit 16");
	is(kj_unit_pfn(&ram, 17), 17 * 256, "unit 17, of a range that shares unit 16");
	is(kj_unit_pfn(&ram, 18), 64 * 256, "first unit behind a hole");
	is(kj_unit_pfn(&ram, n), UINT64_MAX, "no such unit");
	is(kj_unit_pfn(&ram, UINT64_MAX), UINT64_MAX, "no such unit at all");
	is(kj_unit_of(&ram, 30 * 256), UINT64_MAX, "no RAM there");
	is(kj_unit_of(&ram, UINT64_MAX), UINT64_MAX, "no RAM at the end");
	uint64_t bad = 0;

	for (uint64_t u = 0; u < n; u++)
		bad += kj_unit_of(&ram, kj_unit_pfn(&ram, u) + u) != u;
	is(bad, 0, "unit of its pfn, for every unit");
}

static void test_mask(void)
{
	static const struct kj_ranges win = {
		.n = 2, .r = { { 0x10000, 0x12000 }, { 17 * MIB, 80 * MIB } }
	};
	uint8_t m[KJ_UNIT_MASK];

	kj_unit_mask(&ram, &win, 0, m);
	is(kj_unit_weight(m), 0x95 - 2, "mask of unit 0");
	ok(!kj_unit_bit(m, 0) && kj_unit_bit(m, 1), "first page is no RAM");
	ok(kj_unit_bit(m, 15) && !kj_unit_bit(m, 16) && !kj_unit_bit(m, 17) && kj_unit_bit(m, 18),
	   "window is cut out");
	ok(kj_unit_bit(m, 0x95) && !kj_unit_bit(m, 0x96), "end of RAM");
	kj_unit_mask(&ram, &win, 16 * 256, m);
	is(kj_unit_weight(m), 255, "two ranges in one unit, one page between them");
	ok(!kj_unit_bit(m, 253), "the page between");
	kj_unit_mask(&ram, &win, 17 * 256, m);
	is(kj_unit_weight(m), 0, "all of it window");
	is(kj_ranges_common(&ram, &win), 2 + 5 + 512, "pages of RAM in the window");
}

/* Every range of a unit's pages, as RAM and as window: those bits and no others. */
static void test_every_mask(void)
{
	static struct kj_ranges part = { .n = 1 };
	static const struct kj_ranges all = { .n = 1, .r = { { 0, MIB } } }, none;
	uint8_t in[KJ_UNIT_MASK], out[KJ_UNIT_MASK], want[KJ_UNIT_MASK];
	unsigned int from, to, i, bad = 0, weight = 0;

	for (from = 0; from < 256; from++) {
		memset(want, 0, sizeof(want));
		for (to = from + 1; to <= 256; to++) {
			kj_unit_set(want, to - 1);
			part.r[0] = (struct kj_range){ from * 4096ull, to * 4096ull };
			kj_unit_mask(&part, &none, 0, in);
			kj_unit_mask(&all, &part, 0, out);
			bad += memcmp(in, want, sizeof(want)) != 0;
			for (i = 0; i < sizeof(out); i++)
				out[i] = (uint8_t)~out[i];
			bad += memcmp(out, want, sizeof(want)) != 0;
			weight += kj_unit_weight(in) != to - from;
		}
	}
	is(bad, 0, "each range of a unit");
	is(weight, 0, "and how many pages that is");
}

static void poke(size_t off, uint8_t xor, enum kj_err want, const char *what)
{
	struct kj_le_image h;

	good(&h);
	((uint8_t *)&h)[off] ^= xor;
	if (want != KJ_ECRC)
		h.sum = kj_put_le64(kj_xxh64(&h, 4088, 0));
	is(kj_image_check(&h, 1ULL << 40), want, what);
}

static void set64(size_t off, uint64_t v, enum kj_err want, const char *what)
{
	struct kj_le_image h;
	le64 le = kj_put_le64(v);

	good(&h);
	memcpy((uint8_t *)&h + off, &le, 8);
	kj_image_seal(&h);
	is(kj_image_check(&h, 1ULL << 40), want, what);
}

#define AT(f) offsetof(struct kj_le_image, f)

static void test_header(void)
{
	struct kj_le_image h;
	uint64_t end;

	good(&h);
	end = kj_get_le64(h.end_off);
	is(kj_image_check(&h, end), KJ_OK, "good header, target just long enough");
	is(kj_image_check(&h, end - 1), KJ_ERANGE, "target one byte short");
	poke(0, 1, KJ_EMAGIC, "magic");
	poke(8, 2, KJ_EVERSION, "version");
	poke(AT(ram) + 3, 1, KJ_ECRC, "checksum");
	poke(AT(incompat) + 7, 0x80, KJ_EUNSUPP, "incompat");
	poke(AT(incompat), 2, KJ_EFORMAT, "fingerprints, and there are none");
	poke(AT(prints.n), 1, KJ_EFORMAT, "fingerprints that nobody announced");
	good(&h);
	h.incompat = kj_put_le64(KJ_IMAGE_PRINTS);
	h.prints.n = kj_put_le32(1);
	h.prints.fs[0].kind = kj_put_le32(KJ_PRINT_EXT);
	h.prints.fs[0].sum = kj_put_le64(1);
	kj_image_seal(&h);
	is(kj_image_check(&h, end), KJ_OK, "a fingerprint");
	h.prints.fs[0].kind = kj_put_le32(9);
	kj_image_seal(&h);
	is(kj_image_check(&h, end), KJ_ERANGE, "one of no file system");
	poke(AT(compat), 1, KJ_OK, "compat is ignored");
	poke(AT(reserved) + 5, 1, KJ_EFORMAT, "reserved");
	poke(AT(fill), 1, KJ_EFORMAT, "fill");
	poke(AT(incompat), 4, KJ_EUNSUPP, "another feature");
	poke(AT(incompat), 1, KJ_OK, "free pages are zeros");
	good(&h);
	h.incompat = kj_put_le64(KJ_IMAGE_FILL);
	h.fill = kj_put_le64(KJ_FILL_POISON);
	kj_image_seal(&h);
	is(kj_image_check(&h, end), KJ_OK, "free pages are poison");
	h.fill = kj_put_le64(0xaa);
	kj_image_seal(&h);
	is(kj_image_check(&h, end), KJ_EFORMAT, "nor anything else");
	poke(AT(jump.reserved) + 23, 1, KJ_EFORMAT, "jump.reserved");
	poke(AT(header_size), 1, KJ_EFORMAT, "header size");
	poke(AT(unit_pages) + 1, 3, KJ_EFORMAT, "unit size");
	poke(AT(codec), 3, KJ_OK, "codec zstd");
	poke(AT(codec), 2, KJ_ERANGE, "codec 3");
	poke(AT(nram), 4, KJ_EFORMAT, "no RAM");
	poke(AT(nram) + 1, 1, KJ_ELIMIT, "too many RAM ranges");
	poke(AT(nwindow), 0x10, KJ_ELIMIT, "too many window ranges");
	poke(AT(nwindow), 3, KJ_EFORMAT, "more window ranges than there are");
	poke(AT(nwindow), 1, KJ_EFORMAT, "window range that is not counted");
	poke(AT(ram[1].start) + 1, 0x08, KJ_EFORMAT, "RAM unaligned");
	set64(AT(ram[2].end), 17 * MIB - 0x2000, KJ_EFORMAT, "RAM range empty");
	set64(AT(ram[2].start), 16 * MIB, KJ_EFORMAT, "RAM ranges overlap");
	set64(AT(ram[3].end), 1ULL << 53, KJ_ERANGE, "RAM beyond 2^52");
	set64(AT(ram[3].end), 67 * MIB, KJ_EFORMAT, "unit count does not fit the RAM");
	set64(AT(ram[3].end), 66 * MIB - 4096, KJ_EFORMAT, "page count does not fit the RAM");
	set64(AT(index_off), 4096, KJ_EFORMAT, "index offset");
	set64(AT(data_off), 0, KJ_EFORMAT, "data offset");
	set64(AT(end_off), 0, KJ_ERANGE, "end before data");
	set64(AT(end_off), end + 1, KJ_ERANGE, "end unaligned");
	set64(AT(end_off), UINT64_MAX & ~4095ULL, KJ_ERANGE, "end beyond the target");
	set64(AT(data_pages), UINT64_MAX, KJ_ERANGE, "data pages");
	set64(AT(zero_pages), 11, KJ_EFORMAT, "page counts do not add up");
	set64(AT(free_pages), 1ULL << 60, KJ_ERANGE, "free pages");
	set64(AT(jump.re), 0, KJ_ERANGE, "entry outside RAM");
	set64(AT(jump.re), 5 * MIB, KJ_ERANGE, "entry in the window");
	set64(AT(jump.table), 3 * MIB + 8, KJ_ERANGE, "table unaligned");
	set64(AT(jump.swap), 40 * MIB, KJ_ERANGE, "swap page outside RAM");
	set64(AT(jump.map), 9 * MIB, KJ_ERANGE, "map head without its flag");
	set64(AT(jump.map), (4 * MIB) | 2, KJ_ERANGE, "map in the window");
	set64(AT(jump.job_pa), 4 * MIB, KJ_ERANGE, "job page in the window");
	set64(AT(jump.mbox_pa), 2 * MIB + 1, KJ_ERANGE, "mailbox unaligned");
	set64(AT(jump.mbox_pa), 2 * MIB, KJ_OK, "mailbox");
}

static void test_state(void)
{
	struct kj_le_state s;
	uint8_t other[16] = { 9 };

	kj_state_seal(&s, id, KJ_ST_LOADING, 2, 12345);
	is(kj_state_check(&s, id), KJ_OK, "state");
	is(kj_get_le32(s.loads), 2, "loads");
	is(kj_state_check(&s, other), KJ_EMISMATCH, "state of another image");
	s.state = kj_put_le32(KJ_ST_CONSUMED);
	is(kj_state_check(&s, id), KJ_ECRC, "state changed without its sum");
	kj_state_seal(&s, id, (enum kj_image_state)5, 0, 0);
	is(kj_state_check(&s, id), KJ_ERANGE, "no such state");
	s.version = kj_put_le32(2);
	is(kj_state_check(&s, id), KJ_EVERSION, "state version");
	memset(&s, 0, sizeof(s));
	is(kj_state_check(&s, id), KJ_EMAGIC, "erased state");
	is_str(kj_state_name(KJ_ST_STALE), "stale", "name of a state");
	is_str(kj_state_name(77), "unknown", "name of no state");
	is_str(kj_codec_name(KJ_CODEC_ZSTD), "zstd", "name of a codec");
	is_str(kj_codec_name(KJ_CODEC_AUTO), "auto", "name of the last codec");
	is_str(kj_codec_name(KJ_CODEC_AUTO + 1), "unknown", "name of no codec");
	is_str(kj_codec_name(1000), "unknown", "nor of this one");
}

/* Entry of unit @unit with @n data pages from page @first on. */
static void fill_entry(struct kj_le_entry *e, const struct kj_le_image *h, uint64_t unit,
		       unsigned int first, unsigned int n)
{
	memset(e, 0, sizeof(*e));
	e->unit = kj_put_le64(unit);
	e->pfn = kj_put_le64(kj_unit_pfn(&ram, unit));
	for (unsigned int i = first; i < first + n; i++)
		kj_unit_set(e->data, i);
	if (n) {
		e->codec = kj_put_le16(KJ_CODEC_STORED);
		e->clen = kj_put_le32(n * 4096);
		e->dlen = kj_put_le32((n + 1) * 4096);
		e->off = kj_put_le64(kj_get_le64(h->data_off) + 4096);
		e->psum = kj_put_le64(7);
	}
	kj_entry_seal(e, id);
}

#define ENTRY_BAD(change, want, what)                                                              \
	do {                                                                                       \
		fill_entry(&e, &h, 2, 0, 9);                                                       \
		change;                                                                            \
		kj_entry_seal(&e, id);                                                             \
		is(kj_entry_check(&e, &h, 2), want, what);                                         \
	} while (0)

static void test_entry(void)
{
	struct kj_le_image h;
	struct kj_le_entry e;
	uint64_t bad = 0;

	good(&h);
	fill_entry(&e, &h, 2, 0, 256);
	is(kj_entry_check(&e, &h, 2), KJ_OK, "full unit");
	fill_entry(&e, &h, 0, 1, 0x95);
	is(kj_entry_check(&e, &h, 0), KJ_OK, "unit that is not all RAM");
	fill_entry(&e, &h, 0, 0, 1);
	is(kj_entry_check(&e, &h, 0), KJ_EFORMAT, "page that is not RAM");
	fill_entry(&e, &h, 4, 0, 1);
	is(kj_entry_check(&e, &h, 4), KJ_EFORMAT, "page in the window");
	fill_entry(&e, &h, 3, 0, 0);
	is(kj_entry_check(&e, &h, 3), KJ_OK, "unit without data");
	is(kj_entry_check(&e, &h, 4), KJ_EMISMATCH, "entry of another unit");
	is(kj_entry_check(&e, &h, 99), KJ_ERANGE, "no such unit");
	h.id[0] ^= 1;
	is(kj_entry_check(&e, &h, 3), KJ_ECRC, "entry of an older image");
	h.id[0] ^= 1;
	ENTRY_BAD(e.pfn = kj_put_le64(0), KJ_EMISMATCH, "other pfn");
	ENTRY_BAD(e.flags = kj_put_le16(1), KJ_EFORMAT, "flags");
	h.incompat = kj_put_le64(KJ_IMAGE_FILL);
	ENTRY_BAD(e.flags = kj_put_le16(1), KJ_OK, "free pages to be filled");
	ENTRY_BAD(e.flags = kj_put_le16(2), KJ_EFORMAT, "another flag");
	h.incompat = kj_put_le64(0);
	ENTRY_BAD(e.reserved = kj_put_le64(1), KJ_EFORMAT, "reserved");
	ENTRY_BAD(e.codec = kj_put_le16(3), KJ_ERANGE, "codec");
	ENTRY_BAD(e.zero[0] = 1, KJ_EFORMAT, "page is both data and zero");
	ENTRY_BAD(e.zero[31] = 0x80, KJ_OK, "zero page beside data");
	ENTRY_BAD(e.clen = kj_put_le32(8 * 4096), KJ_EFORMAT, "stored length");
	ENTRY_BAD(e.clen = kj_put_le32(~0u), KJ_ERANGE, "absurd length");
	ENTRY_BAD(e.dlen = kj_put_le32(9 * 4096), KJ_EFORMAT, "chunk length");
	ENTRY_BAD(e.off = kj_put_le64(0), KJ_ERANGE, "offset before the data");
	ENTRY_BAD(e.off = kj_put_le64(kj_get_le64(h.data_off) + 8), KJ_ERANGE, "offset unaligned");
	ENTRY_BAD(e.off = kj_put_le64(kj_get_le64(h.end_off)), KJ_ERANGE, "offset at the end");
	ENTRY_BAD(e.off = kj_put_le64(~4095ULL), KJ_ERANGE, "offset far behind");
	ENTRY_BAD(
		(e.codec = kj_put_le16(2), e.dlen = kj_put_le32(8192), e.clen = kj_put_le32(4097)),
		KJ_OK, "zstd");
	ENTRY_BAD(e.codec = kj_put_le16(2), KJ_EFORMAT, "zstd that did not shrink");
	ENTRY_BAD((e.codec = kj_put_le16(1), e.dlen = kj_put_le32(4096), e.clen = kj_put_le32(0)),
		  KJ_EFORMAT, "lz4 of no bytes");
	fill_entry(&e, &h, 3, 0, 0);
	e.psum = kj_put_le64(1);
	kj_entry_seal(&e, id);
	is(kj_entry_check(&e, &h, 3), KJ_EFORMAT, "no data but a checksum");
	fill_entry(&e, &h, 2, 3, 9);
	for (unsigned int i = 0; i < sizeof(e) * 8; i++) {
		((uint8_t *)&e)[i / 8] ^= (uint8_t)(1u << (i % 8));
		bad += kj_entry_check(&e, &h, 2) == KJ_OK;
		((uint8_t *)&e)[i / 8] ^= (uint8_t)(1u << (i % 8));
	}
	is(bad, 0, "every single-bit flip of an entry is found");
}

static void test_flips(void)
{
	struct kj_le_image h;
	uint64_t bad = 0;

	good(&h);
	for (unsigned int i = 0; i < sizeof(h) * 8; i++) {
		((uint8_t *)&h)[i / 8] ^= (uint8_t)(1u << (i % 8));
		bad += kj_image_check(&h, UINT64_MAX) == KJ_OK;
		((uint8_t *)&h)[i / 8] ^= (uint8_t)(1u << (i % 8));
	}
	is(bad, 0, "every single-bit flip of a header is found");
}

int main(void)
{
	test_units();
	test_mask();
	test_every_mask();
	test_header();
	test_state();
	test_entry();
	test_flips();
	return tap_done();
}
