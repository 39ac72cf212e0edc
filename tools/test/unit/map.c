// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * core/map: control pages of both layouts, good lists against a slow model, and every list that must be refused; must
 * never need a kernel.
 */
#include <stdlib.h>

#include "core/map.h"
#include "tap.h"

#define P 4096ull
#define NPAGES 4096u	/* of the little memory: 16 MiB */
#define DST 1u
#define IND 2u
#define DONE 4u
#define SRC 8u

static uint8_t mem[NPAGES][P];
static const struct kj_ranges ram = { 2, { { 0x1000, 0x9f000 }, { 0x100000, NPAGES * P } } };
static struct kj_ranges window;
static struct kj_map_run run[NPAGES];
static struct kj_map m;
static size_t needed;
static int reads;

/* ---- a list under construction ---- */

static uint64_t ind_at, ind_slot, ind_next;

static void start_list(void)
{
	window = (struct kj_ranges){ 2, { { 0x1000, 0x5000 }, { 0x200000, 0x204000 } } };
	memset(mem, 0, sizeof(mem));
	ind_at = 0x800000;
	ind_next = ind_at + P;
	ind_slot = 0;
	reads = 0;
}

static void put(uint64_t entry)
{
	le64 v;

	if (ind_slot == 511) {
		v = kj_put_le64(ind_next | IND);
		memcpy(mem[ind_at / P] + 511 * 8, &v, 8);
		ind_at = ind_next;
		ind_next += P;
		ind_slot = 0;
	}
	v = kj_put_le64(entry);
	memcpy(mem[ind_at / P] + 8 * ind_slot++, &v, 8);
}

static int read_mem(void *ctx, uint64_t pa, void *buf, size_t len)
{
	reads++;
	if (ctx || pa > NPAGES * P || len > NPAGES * P - pa)
		return -1;
	memcpy(buf, (uint8_t *)mem + pa, len);
	return 0;
}

static enum kj_err build_at(uint64_t head, size_t cap)
{
	return kj_map_build(head, &window, &ram, read_mem, NULL, run, cap, &m, &needed);
}

static enum kj_err build(void)
{
	return build_at(0x800000 | IND, NPAGES);
}

/* The eight window pages: 1..2 from 0x300, 3..4 their own, 0x200..0x203 from 0x310 downwards. */
static void good_list(void)
{
	start_list();
	put(0x200000 | DST);
	for (unsigned int i = 0; i < 4; i++)
		put((0x310000 - i * P) | SRC);
	put(0x1000 | DST);
	put(0x300000 | SRC);
	put(0x301000 | SRC);
	put(0x3000 | SRC);
	put(0x4000 | SRC);
	put(DONE);
}

static void test_good(void)
{
	good_list();
	is(build(), KJ_OK, "a good list");
	is(m.n, 6, "runs");
	is(needed, 6, "needed");
	is(m.npages, 8, "pages");
	is(m.nfree, 2, "pages that were free");
	is(m.nind, 1, "list pages");
	ok(run[0].dst == 0x1000 && run[0].src == 0x300000 && run[0].n == 2, "sorted by destination, joined");
	ok(kj_map_by_dst(&m, 0x2fff) == &run[0], "by destination: last byte of a run");
	ok(kj_map_by_dst(&m, 0x3000) == &run[1] && run[1].src == run[1].dst, "by destination: a free page");
	ok(!kj_map_by_dst(&m, 0x5000) && !kj_map_by_dst(&m, 0xfff) && !kj_map_by_dst(&m, UINT64_MAX),
	   "by destination: none");
	ok(kj_map_by_src(&m, 0x310fff)->dst == 0x200000, "by source");
	ok(kj_map_by_src(&m, 0x4000)->dst == 0x3000, "by source: a free page");
	ok(!kj_map_by_src(&m, 0x302000) && !kj_map_by_src(&m, 0) && !kj_map_by_src(&m, UINT64_MAX), "by source: none");
	ok(kj_map_next_src(&m, 0)->src == 0x3000, "next source from 0");
	ok(kj_map_next_src(&m, 0x302000)->src == 0x30d000, "next source above a gap");
	ok(!kj_map_next_src(&m, 0x311000), "no next source");
	is(build_at(0x800000 | IND, 5), KJ_ENOSPC, "room for five runs only");
	is(needed, 6, "needed, then");
	needed = 0;
	is(kj_map_build(0x800000 | IND, &window, &ram, read_mem, NULL, NULL, 0, &m, &needed), KJ_ENOSPC, "count only");
	is(needed, 6, "counted");
	start_list();
	put(0x200000 | DST);
	for (unsigned int i = 0; i < 4; i++)
		put((0x320000 + i * P) | SRC);
	put(0x3000 | DST);
	put(0x302000 | SRC);
	put(0x303000 | SRC);
	put(0x1000 | DST);
	put(0x300000 | SRC);
	put(0x301000 | SRC);
	put(DONE);
	is(build(), KJ_OK, "segments in no order");
	is(m.n, 2, "are joined after sorting");
	ok(run[0].n == 4 && run[0].src == 0x300000, "into one run");
}

/* One entry of the good list replaced: index and value. */
static enum kj_err with(unsigned int i, uint64_t entry)
{
	le64 v = kj_put_le64(entry);

	good_list();
	memcpy(mem[0x800] + 8 * i, &v, 8);
	return build();
}

static void test_refused(void)
{
	is(build_at(0x800000, NPAGES), KJ_EFORMAT, "head without its tag");
	is(build_at(0x800000 | IND | SRC, NPAGES), KJ_EFORMAT, "head with two tags");
	is(build_at(DONE, NPAGES), KJ_EFORMAT, "head that ends the list");
	is(build_at(0x200000 | IND, NPAGES), KJ_ERANGE, "list page in the window");
	is(build_at(0xa0000 | IND, NPAGES), KJ_ERANGE, "list page that is not RAM");
	is(with(0, 0x300000 | SRC), KJ_EFORMAT, "a source before any destination");
	is(with(0, DONE), KJ_EFORMAT, "an empty list");
	is(with(1, 0), KJ_EFORMAT, "an empty entry");
	is(with(1, 0x300000 | 16), KJ_EFORMAT, "an unknown tag");
	is(with(10, 0x1000 | DONE), KJ_EFORMAT, "an address at the end");
	is(with(0, 0x400000 | DST), KJ_ERANGE, "destination outside the window");
	is(with(0, 0x201000 | DST), KJ_ERANGE, "destination that runs out of the window");
	is(with(1, 0xa0000 | SRC), KJ_ERANGE, "source that is not RAM");
	is(with(1, NPAGES * P | SRC), KJ_ERANGE, "source behind all RAM");
	is(with(1, 0x202000 | SRC), KJ_ERANGE, "source in the window, not its own destination");
	is(with(1, ~0xfffull | SRC), KJ_ERANGE, "source at the very end");
	is(with(1, 0x300000 | SRC), KJ_EOVERLAP, "a source twice");
	is(with(9, 0x3000 | DST), KJ_ENOTFOUND, "a page of the window without backup");
	is(with(2, 0x200000 | DST), KJ_EOVERLAP, "a destination twice");
	is(with(10, 0x302000 | SRC), KJ_ELIMIT, "more sources than the window has pages");
	good_list();
	is(kj_map_build(0x800000 | IND, &window, &ram, read_mem, mem, run, 99, &m, NULL), KJ_ETRUNC, "a read that fails");
	is(with(1, 0x800000 | IND), KJ_ELIMIT, "a list that leads to itself");
	ok(reads < 100, "given up after %d reads", reads);
	start_list();
	for (int i = 0; i < 512; i++) {
		le64 v = kj_put_le64(0x1000 | DST);

		memcpy(mem[0x800] + 8 * i, &v, 8);
	}
	is(build(), KJ_EFORMAT, "a list page without a way on");
	start_list();
	for (int i = 0; i < 2000; i++)
		put(0x1000 | DST);
	is(build(), KJ_ELIMIT, "thousands of destinations");
	good_list();
	window.r[1].end = UINT64_MAX & ~0xfffull;
	is(build(), KJ_ELIMIT, "a window of 2^64 bytes");
	window.n = 0;
	is(build(), KJ_ELIMIT, "no window");
}

/* ---- the same in a note ---- */

static uint8_t note[16 + 2 * 16 + 8 * 8];

/* That of good_list(). */
static void good_note(void)
{
	static const uint64_t w[] = { 0x1000, 0x4000, 0x200000, 0x4000, 0x300000, 0x301000, 0x3000, 0x4000, 0x310000,
				      0x30f000, 0x30e000, 0x30d000 };
	le32 n = kj_put_le32(2);

	start_list();
	memset(note, 0, 16);
	memcpy(note + 8, &n, 4);
	for (unsigned int i = 0; i < sizeof(w) / sizeof(w[0]); i++) {
		le64 v = kj_put_le64(w[i]);

		memcpy(note + 16 + 8 * i, &v, 8);
	}
}

static enum kj_err list_of(size_t len, size_t cap)
{
	return kj_map_list(note, len, &window, &ram, run, cap, &m, &needed);
}

/* One of its words replaced. */
static enum kj_err note_with(unsigned int i, uint64_t word)
{
	le64 v = kj_put_le64(word);

	good_note();
	memcpy(note + 16 + 8 * i, &v, 8);
	return list_of(sizeof(note), NPAGES);
}

static void test_note(void)
{
	le32 n = kj_put_le32(~0u);
	size_t len;

	good_note();
	is(list_of(sizeof(note), NPAGES), KJ_OK, "a good note");
	ok(m.n == 6 && m.npages == 8 && m.nfree == 2 && !m.nind, "its map");
	ok(kj_map_by_dst(&m, 0x201000)->src == 0x30f000, "by destination");
	is(list_of(sizeof(note), 5), KJ_ENOSPC, "room for five runs only");
	is(needed, 6, "needed");
	for (len = 0; len < sizeof(note) && list_of(len, NPAGES) == KJ_ETRUNC; len++)
		;
	is(len, sizeof(note), "truncated anywhere");
	memcpy(note + 8, &n, 4);
	is(list_of(sizeof(note), NPAGES), KJ_ETRUNC, "2^32 segments");
	is(note_with(1, 1ull << 63), KJ_ETRUNC, "a segment of 2^63 bytes");
	is(note_with(0, 0x1001), KJ_EFORMAT, "a segment that is not aligned");
	is(note_with(1, 0x4001), KJ_EFORMAT, "one of no whole pages");
	is(note_with(4, 0x300001), KJ_EFORMAT, "a source that is not aligned");
	is(note_with(4, 0xa0000), KJ_ERANGE, "a source that is not RAM");
	is(note_with(4, 0x202000), KJ_ERANGE, "a source in the window");
	is(note_with(0, 0x400000), KJ_ERANGE, "a segment outside the window");
	is(note_with(2, 0x1000), KJ_EOVERLAP, "a segment twice");
	is(note_with(5, 0x300000), KJ_EOVERLAP, "a source twice");
	is(note_with(3, 0x3000), KJ_ENOTFOUND, "a page of the window without backup");
	good_note();
	n = kj_put_le32(0);
	memcpy(note + 8, &n, 4);
	is(list_of(sizeof(note), NPAGES), KJ_EFORMAT, "no segment");
	window.r[1].end = UINT64_MAX & ~0xfffull;
	is(list_of(sizeof(note), NPAGES), KJ_ELIMIT, "a window of 2^64 bytes");
	good_note();
	window.r[1].end -= 4096;
	is(list_of(sizeof(note), NPAGES), KJ_ELIMIT, "more pages than the window has");
}

/* ---- random lists against a table ---- */

static uint32_t seed = 1;

static uint32_t rnd(uint32_t n)
{
	seed = seed * 1103515245u + 12345u;
	return (seed >> 8) % n;
}

static int random_list(void)
{
	static uint32_t s_of[NPAGES], d_of[NPAGES], free_list[NPAGES];
	uint32_t nfree = 0, last_s = 0;
	int good = 1;

	start_list();
	window = (struct kj_ranges){ 2, { { 0x1000, 0x9f000 }, { 0x200000, 0x400000 } } };
	memset(s_of, 0, sizeof(s_of));
	memset(d_of, 0, sizeof(d_of));
	for (uint32_t p = 0x400; p < 0x800; p++)
		free_list[nfree++] = p;
	for (uint32_t seg = 2; seg--;) {
		put(window.r[seg].start | DST);
		for (uint32_t p = (uint32_t)(window.r[seg].start / P); p < window.r[seg].end / P; p++) {
			uint32_t i = last_s && rnd(4) ? last_s : rnd(nfree), s;

			i = i < nfree ? i : nfree - 1;
			s = rnd(8) ? free_list[i] : p;
			if (s != p) {
				memmove(free_list + i, free_list + i + 1, (--nfree - i) * sizeof(*free_list));
				last_s = i;
			}
			s_of[p] = s;
			d_of[s] = p;
			put(s * P | SRC);
		}
	}
	put(DONE);
	if (build())
		return 0;
	for (uint32_t p = 0; p < NPAGES; p++) {
		const struct kj_map_run *d = kj_map_by_dst(&m, p * P), *s = kj_map_by_src(&m, p * P + 7), *next;
		uint32_t q = p;

		good &= d ? (p * P - d->dst + d->src) / P == s_of[p] : !s_of[p];
		good &= s ? (p * P - s->src + s->dst) / P == d_of[p] : !d_of[p];
		while (q < NPAGES && !d_of[q])
			q++;
		next = kj_map_next_src(&m, p * P);
		good &= q == NPAGES ? !next : next && (q == p ? next == s : next->src == q * P);
	}
	return good;
}

/* ---- control pages ---- */

#define CP 0x500000ull

static uint8_t page[P];

static void put_page(unsigned int off, uint64_t v)
{
	le64 le = kj_put_le64(v);

	memcpy(page + off, &le, 8);
}

static void code_page(void)
{
	for (unsigned int i = 0; i < P; i++)
		page[i] = (uint8_t)rnd(256);
}

static void old_page(void)
{
	code_page();
	put_page(0x800, 0xffffc90000013d80ull);
	put_page(0x808, 0x80050033);
	put_page(0x810, 0x100a000);
	put_page(0x818, 0x750ef0);
	put_page(0x820, 0x600000);
	put_page(0x828, 0x601000);
	put_page(0x830, 0x602000 | IND);
}

static void new_page(unsigned int off)
{
	code_page();
	put_page(off, 0xffffc90000013d80ull);
	put_page(off + 8, 0x80050033);
	put_page(off + 16, 0x100a000);
	put_page(off + 24, 0x753ef0);
	put_page(off + 32, 0xffff888000000000ull + (5ull << 30) + CP);
	put_page(off + 40, 0x600000);
	put_page(off + 48, 0x601000);
	put_page(off + 56, 0x602000 | IND);
}

static enum kj_err first(struct kj_map_page *p)
{
	uint32_t pos = 0;

	return kj_map_page_next(page, CP, &ram, &window, &pos, p);
}

static enum kj_err with_page(unsigned int off, uint64_t v)
{
	struct kj_map_page p;

	old_page();
	put_page(off, v);
	return first(&p);
}

static void test_page(void)
{
	struct kj_map_page p = { 0 };
	uint32_t pos = 0;

	start_list();
	old_page();
	is(kj_map_page_next(page, CP, &ram, &window, &pos, &p), KJ_OK, "layout up to 6.13");
	ok(p.cp == CP && p.table == 0x600000 && p.swap == 0x601000 && p.head == 0x602002 && p.offset == 0x820,
	   "its fields");
	is(p.cr4, 0x750ef0, "CR4");
	is(kj_map_page_next(page, CP, &ram, &window, &pos, &p), KJ_ENOTFOUND, "no second candidate");
	is(kj_map_page_next(page, CP, &ram, &window, &pos, &p), KJ_ENOTFOUND, "and none later");
	new_page(0x3a8);
	is(first(&p), KJ_OK, "layout from 6.14 on");
	ok(p.table == 0x600000 && p.offset == 0x3d0, "its fields");
	is(p.cr4 & KJ_CR4_LA57, KJ_CR4_LA57, "CR4 stands before the page's own address");
	put_page(0x3a8 + 32, 0xff11000000000000ull + (7ull << 30) + CP);
	is(first(&p), KJ_OK, "with 5-level paging the direct map begins lower");
	ok(p.cr4 == 0x753ef0 && p.offset == 0x3d0, "its fields");
	new_page(P - 64);
	is(first(&p), KJ_OK, "at the end of the page");
	new_page(0);
	is(first(&p), KJ_OK, "at the start of the page");
	is(with_page(0x820, 0x600001), KJ_ENOTFOUND, "table unaligned");
	is(with_page(0x820, 0x201000), KJ_ENOTFOUND, "table in the window");
	is(with_page(0x820, 0xa0000), KJ_ENOTFOUND, "table not RAM");
	is(with_page(0x820, CP), KJ_ENOTFOUND, "table is the control page");
	is(with_page(0x828, 0x600000), KJ_ENOTFOUND, "swap is the table");
	is(with_page(0x828, 0x602000), KJ_ENOTFOUND, "swap is a list page");
	is(with_page(0x830, 0x602000), KJ_ENOTFOUND, "head without its tag");
	is(with_page(0x830, IND), KJ_ENOTFOUND, "head at 0");
	is(with_page(0x818, 0x751ed0), KJ_ENOTFOUND, "CR4 without PAE");
	is(with_page(0x818, 0x100000020ull), KJ_OK, "CR4 with FRED");
	is(with_page(0x818, 0x200000020ull), KJ_ENOTFOUND, "CR4 of 34 bits");
	is(with_page(0x818, 0x8000000000000020ull), KJ_ENOTFOUND, "CR4 of 64 bits");
	memset(page, 0, sizeof(page));
	is(first(&p), KJ_ENOTFOUND, "an empty page");
}

int main(void)
{
	int good = 1;

	test_good();
	test_refused();
	test_note();
	for (int i = 0; i < 40; i++)
		good &= random_list();
	ok(good, "40 random lists: by destination, by source, next source");
	test_page();
	return tap_done();
}
