// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Extent lists: made, written, read back, and every reason to refuse one; headers of swap areas marked and given back.
 */
#include <stdlib.h>

#include "core/extents.h"
#include "core/job.h"
#include "tap.h"

#define P 4096ull
#define DEV (1ull << 30)

static struct kj_extent e[1000], scratch[1000], back[1000];
static struct kj_le_extents block[8];
static struct kj_extents x, y;

static void begin(void)
{
	memset(&x, 0, sizeof(x));
	x.kind = KJ_EXTENTS_FILE;
	memset(x.uuid, 0x42, sizeof(x.uuid));
	x.dev_size = DEV;
	x.e = e;
	x.max = sizeof(e) / sizeof(e[0]);
}

/* @n extents of two blocks, every fourth block taken, from the end of the device down. */
static void make(uint32_t n)
{
	begin();
	for (uint32_t i = 0; i < n; i++)
		if (kj_extents_add(&x, DEV - (i + 1) * 4 * P, 2 * P))
			exit(1);
}

static void test_make(void)
{
	uint64_t off;

	begin();
	is(kj_extents_add(&x, 8 * P, P), KJ_OK, "add");
	is(kj_extents_add(&x, 9 * P, 2 * P), KJ_OK, "what follows it");
	is(x.n, 1, "is the same extent");
	is(x.e[0].len, 3 * P, "longer");
	is(kj_extents_add(&x, 4 * P, P), KJ_OK, "one before it");
	is(x.n, 2, "is another");
	is(kj_extents_add(&x, 5 * P, 0), KJ_ERANGE, "empty");
	is(kj_extents_add(&x, 5 * P + 512, P), KJ_ERANGE, "offset within a block");
	is(kj_extents_add(&x, 5 * P, P + 512), KJ_ERANGE, "part of a block");
	is(kj_extents_add(&x, 1ull << 63, P), KJ_ERANGE, "no offset");
	is(kj_extents_add(&x, P, (1ull << 63) - P), KJ_ERANGE, "no length");
	x.max = 2;
	is(kj_extents_add(&x, 100 * P, P), KJ_ENOSPC, "no room");
	is(kj_extents_add(&x, 5 * P, P), KJ_OK, "room where it goes on");
	is(x.n, 2, "none of these was added");
	for (unsigned int i = 0; i < 3; i++) {
		is(kj_extents_take(&x, &off), KJ_OK, "take");
		is(off, (8 + i) * P, "the first block");
	}
	is(kj_extents_take(&x, &off), KJ_OK, "of the next extent");
	is(off, 4 * P, "its first");
	is(kj_extents_take(&x, &off), KJ_OK, "and its last");
	is(kj_extents_take(&x, &off), KJ_ENOTFOUND, "nothing left");
	begin();
	for (unsigned int i = 0; i < 500; i++)
		if (kj_extents_add(&x, (1 + i * 137 % 500) * P, P) || (i % 2 && kj_extents_add(&x, (600 + 2 * i) * P, P)))
			return;
	kj_extents_sort(&x);
	is(x.n, 251, "what touches becomes one extent");
	ok(x.e[0].off == P && x.e[0].len == 500 * P && x.e[1].off == 602 * P && x.e[250].off == 1598 * P, "in order");
	ok(kj_extents_has(&x, P, 500 * P) && kj_extents_has(&x, 1598 * P, P), "the first and the last are there");
	ok(!kj_extents_has(&x, 0, P) && !kj_extents_has(&x, 1599 * P, P), "what is before and behind them is not");
	ok(!kj_extents_has(&x, 500 * P, 2 * P) && !kj_extents_has(&x, 603 * P, P), "nor over an end, nor between");
	ok(kj_extents_has(&x, 602 * P, P) && !kj_extents_has(&x, 602 * P, UINT64_MAX), "one block, but not all there is");
	x.n = 0;
	ok(!kj_extents_has(&x, P, P), "nothing has nothing");
	is(kj_extents_blocks(0), 0, "blocks of nothing");
	is(kj_extents_blocks(KJ_EXTENTS_BLOCK), 1, "of what one holds");
	is(kj_extents_blocks(KJ_EXTENTS_BLOCK + 1), 2, "of one more");
}

static enum kj_err check(void)
{
	return kj_extents_check(&x, scratch);
}

static void test_check(void)
{
	make(1000);
	is(check(), KJ_OK, "1000 extents, descending");
	is(x.size, 2000 * P, "their size");
	for (uint32_t i = 0; i < 500; i++) {
		const uint32_t k = (i * 617) % 1000;
		struct kj_extent t = e[i];

		e[i] = e[k];
		e[k] = t;
	}
	is(check(), KJ_OK, "in no order");
	for (uint32_t i = 0; i < 1000; i++)
		if (i != 567 && e[i].off == e[567].off + 4 * P)
			e[567].len = 4 * P + P;
	is(check(), KJ_EOVERLAP, "one of them over another");
	make(3);
	e[1].off = DEV - P;
	is(check(), KJ_ERANGE, "over the end of the device");
	make(3);
	e[1].len = 0;
	is(check(), KJ_ERANGE, "an empty one");
	make(3);
	x.kind = KJ_EXTENTS_SWAP;
	x.swap = DEV - 3 * P;
	is(check(), KJ_EOVERLAP, "over the header of the swap area");
	x.swap = DEV - 2 * P;
	is(check(), KJ_OK, "beside it");
	x.dev_size = 1ull << 63;
	is(check(), KJ_ERANGE, "no size of a device");
	x.n = 0;
	is(check(), KJ_ENOTFOUND, "none");
}

static uint32_t put(uint32_t n)
{
	const uint32_t blocks = kj_extents_blocks(n);

	make(n);
	if (check())
		exit(1);
	for (uint32_t i = 0; i < blocks; i++)
		kj_extents_put(&x, i, i + 1 < blocks ? (i + 2) * P : 0, &block[i]);
	return blocks;
}

static void start(void)
{
	memset(&y, 0, sizeof(y));
	y.e = back;
	y.max = sizeof(back) / sizeof(back[0]);
}

static void test_read(void)
{
	const uint32_t blocks = put(600);
	uint64_t next = 0;
	int good = 1;

	start();
	for (uint32_t i = 0; i < blocks; i++) {
		good &= !kj_extents_get(&y, &block[i], &next);
		good &= next == (i + 1 < blocks ? (i + 2) * P : 0);
	}
	ok(good, "three blocks are read");
	ok(y.n == 600 && !memcmp(e, back, 600 * sizeof(e[0])), "the same extents");
	is(y.size, x.size, "size");
	is(y.dev_size, DEV, "device");
	ok(!memcmp(y.uuid, x.uuid, 16), "uuid");
	is(kj_extents_sum(&y), kj_extents_sum(&x), "the same sum");
	back[599].len += P;
	ok(kj_extents_sum(&y) != kj_extents_sum(&x), "another one if anything differs");
}

static void test_flips(void)
{
	static struct kj_le_extents b;
	uint64_t next;
	int good = 1;

	put(1);
	for (size_t bit = 0; bit < sizeof(b) * 8; bit += 3) {
		memcpy(&b, &block[0], sizeof(b));
		((uint8_t *)&b)[bit / 8] ^= (uint8_t)(1u << (bit % 8));
		start();
		good &= kj_extents_get(&y, &b, &next) == (bit < 64 ? KJ_EMAGIC : bit < 96 ? KJ_EVERSION : KJ_ECRC);
		good &= !y.n;
	}
	ok(good, "a flipped bit: magic, version or checksum");
}

/* The first block of two, or the second one, changed, sealed again, and read. */
static enum kj_err again(uint32_t which, void (*change)(struct kj_le_extents *b))
{
	uint64_t next;
	enum kj_err err = KJ_OK;

	put(300);
	change(&block[which]);
	kj_block_seal(&block[which], KJ_EXTENTS_MAGIC);
	start();
	for (uint32_t i = 0; i <= which && !err; i++)
		err = kj_extents_get(&y, &block[i], &next);
	return err;
}

static void kind0(struct kj_le_extents *b) { b->kind = kj_put_le32(0); }
static void kind3(struct kj_le_extents *b) { b->kind = kj_put_le32(3); }
static void kind2(struct kj_le_extents *b) { b->kind = kj_put_le32(KJ_EXTENTS_SWAP); }
static void first1(struct kj_le_extents *b) { b->first = kj_put_le32(1); }
static void total0(struct kj_le_extents *b) { b->total = kj_put_le32(0); }
static void total1(struct kj_le_extents *b) { b->total = kj_put_le32(KJ_EXTENTS_MAX + 1); }
static void total2(struct kj_le_extents *b) { b->total = kj_put_le32(KJ_EXTENTS_MAX); }
static void total3(struct kj_le_extents *b) { b->total = kj_put_le32(200); }
static void dev1(struct kj_le_extents *b) { b->dev_size = kj_put_le64(1ull << 63); }
static void dev2(struct kj_le_extents *b) { b->dev_size = kj_put_le64(DEV - 3 * P); }
static void swap1(struct kj_le_extents *b) { b->swap = kj_put_le64(P); }
static void swap2(struct kj_le_extents *b) { kind2(b); b->swap = kj_put_le64(DEV); }
static void swap3(struct kj_le_extents *b) { kind2(b); b->swap = kj_put_le64(DEV - P); }
static void next0(struct kj_le_extents *b) { b->next = kj_put_le64(0); }
static void next1(struct kj_le_extents *b) { b->next = kj_put_le64(DEV); }
static void next2(struct kj_le_extents *b) { b->next = kj_put_le64(P + 1); }
static void next3(struct kj_le_extents *b) { b->next = kj_put_le64(P); }
static void size1(struct kj_le_extents *b) { b->size = kj_put_le64(7); }
static void uuid1(struct kj_le_extents *b) { b->uuid[15]++; }
static void res1(struct kj_le_extents *b) { b->reserved[55] = 1; }
static void res2(struct kj_le_extents *b) { b->reserved1[7] = 1; }
static void rest1(struct kj_le_extents *b) { b->extent[60].len = kj_put_le64(P); }
static void off1(struct kj_le_extents *b) { b->extent[3].off = kj_put_le64(1); }
static void off2(struct kj_le_extents *b) { b->extent[3].off = kj_put_le64(DEV - P); }
static void len0(struct kj_le_extents *b) { b->extent[246].len = kj_put_le64(0); }
static void none(struct kj_le_extents *b) { (void)b; }

static void test_refusals(void)
{
	uint64_t next;

	is(again(1, none), KJ_OK, "unchanged");
	is(again(0, kind0), KJ_EFORMAT, "kind 0");
	is(again(0, kind3), KJ_EFORMAT, "kind 3");
	is(again(0, kind2), KJ_OK, "a swap area with its header at 0");
	is(again(0, first1), KJ_ERANGE, "does not begin with the first");
	is(again(0, total0), KJ_ERANGE, "no extents");
	is(again(0, total1), KJ_ERANGE, "too many extents");
	is(again(0, total2), KJ_ENOSPC, "more than there is room for");
	is(again(0, total3), KJ_EFORMAT, "more extents than it says");
	is(again(0, dev1), KJ_ERANGE, "no size of a device");
	is(again(0, dev2), KJ_ERANGE, "a smaller device");
	is(again(0, swap1), KJ_ERANGE, "a file with a header");
	is(again(0, swap2), KJ_ERANGE, "a header behind the device");
	is(again(0, swap3), KJ_OK, "a header in its last block");
	is(again(0, next0), KJ_EFORMAT, "ends too early");
	is(again(0, next1), KJ_ERANGE, "next block behind the device");
	is(again(0, next2), KJ_ERANGE, "next block unaligned");
	is(again(1, next3), KJ_EFORMAT, "goes on behind the last");
	is(again(0, off1), KJ_ERANGE, "extent unaligned");
	is(again(0, off2), KJ_ERANGE, "extent over the end");
	is(again(0, len0), KJ_ERANGE, "extent without blocks");
	is(again(0, res1), KJ_EFORMAT, "reserved byte");
	is(again(0, res2), KJ_EFORMAT, "reserved byte at the end");
	is(again(1, rest1), KJ_EFORMAT, "unused extent");
	is(again(1, kind2), KJ_EMISMATCH, "second block: of another kind");
	is(again(1, first1), KJ_EMISMATCH, "second block: out of turn");
	is(again(1, total2), KJ_EMISMATCH, "second block: another total");
	is(again(1, dev2), KJ_EMISMATCH, "second block: another device");
	is(again(1, swap1), KJ_EMISMATCH, "second block: another header");
	is(again(1, size1), KJ_EMISMATCH, "second block: another size");
	is(again(1, uuid1), KJ_EMISMATCH, "second block: another list's");
	put(300);
	start();
	y.max = 299;
	is(kj_extents_get(&y, &block[0], &next), KJ_ENOSPC, "one extent too many");
}

static void test_swap(void)
{
	static uint8_t page[4096], before[4096];
	uint64_t at = 1;

	is(kj_swap_check(page), KJ_EMAGIC, "zeros are no swap area");
	for (unsigned int i = 0; i < 1536; i++)
		page[i] = (uint8_t)(i * 3);
	memset(page + 1024, 0, 512);
	page[1024] = 1;
	page[1030] = 7;	/* last_page */
	memcpy(page + 4086, "SWAPSPACE2", 10);
	memcpy(before, page, sizeof(page));
	is(kj_swap_check(page), KJ_OK, "a swap area");
	is(kj_swap_marked(page, &at), KJ_EMAGIC, "is not marked");
	kj_swap_mark(page, 77 * P);
	is(kj_swap_marked(page, &at), KJ_OK, "marked");
	is(at, 77 * P, "and says where the list is");
	ok(!memcmp(page + 4086, "ULSUSPEND", 10), "swapon sees another signature");
	ok(!memcmp(page, before, 4068), "nothing else is changed");
	is(kj_swap_check(page), KJ_EMAGIC, "so it is no swap area now");
	kj_swap_unmark(page);
	ok(!memcmp(page, before, sizeof(page)), "given back byte for byte");
	kj_swap_mark(page, 0);
	is(kj_swap_marked(page, &at), KJ_ERANGE, "a list in the header itself");
	kj_swap_unmark(page);
	kj_swap_mark(page, P + 512);
	is(kj_swap_marked(page, &at), KJ_ERANGE, "a list within a block");
	memcpy(page + 4076, "SWAP-SPACE", 10);
	is(kj_swap_marked(page, &at), KJ_EMAGIC, "somebody else's mark");
	memcpy(page, before, sizeof(page));
	page[1024] = 2;
	is(kj_swap_check(page), KJ_EVERSION, "version 2");
	memcpy(page, before, sizeof(page));
	page[1032] = 1;
	is(kj_swap_check(page), KJ_EUNSUPP, "bad pages");
	memcpy(page, before, sizeof(page));
	page[4068] = 1;
	is(kj_swap_check(page), KJ_EFORMAT, "where the mark goes there is something");
}

int main(void)
{
	test_make();
	test_check();
	test_read();
	test_flips();
	test_refusals();
	test_swap();
	return tap_done();
}
