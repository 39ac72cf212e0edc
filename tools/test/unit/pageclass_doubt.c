// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * core/pageclass: struct pages that make no sense, compound pages, broken memory, and where the head of a section's
 * first page is; must never need a kernel.
 */
#include "pageclass_mem.h"
#include "tap.h"

/* What must be kept because the struct page does not make sense. */
static void doubts(void)
{
	init(E612->text, KJ_LEVEL_FREE);
	fresh();
	block(1024, E612->buddy, 11);
	ok(out(0, 0, 0) && counts.doubt == 1, "an order that is too large");
	fresh();
	block(1024, E612->buddy, UINT64_MAX);
	ok(out(0, 0, 0) && counts.doubt == 1, "an order that is no number");
	fresh();
	block(1024 + 4, E612->buddy, 3);
	ok(out(0, 0, 0) && counts.doubt == 1, "a block that is not aligned");
	fresh();
	block(1024, E612->buddy, 3);
	page[1024].refcount = 1;
	ok(out(0, 0, 0) && counts.doubt == 1, "a free page with a reference");
	fresh();
	block(1024, E612->buddy, 3);
	page[1024].flags = HEADBIT;
	ok(out(0, 0, 0) && counts.doubt == 1, "a free page that is a head");
	fresh();
	block(1024, E612->buddy, 3);
	page[1024].compound_head = 1;
	ok(out(0, 0, 0), "a free page that is a tail");
	fresh();
	block(1024, E612->buddy | 1, 3);
	ok(out(0, 0, 0), "a type with something in its low bits");
	fresh();
	block(1024, E612->buddy, 10);
	scan_at(0x10000 - 2048, 0x10000 - 64);
	ok(!counts.n[KJ_CLASS_FREE] && counts.doubt == 1, "a block over the section's end");
	scan_at(0x10000 - 2048, 0x10000);
	is(counts.n[KJ_CLASS_FREE], 1024, "and one that ends there");

	fresh();
	block(1024, E612->buddy, 3);
	page[1029].refcount = 1;
	ok(out(1024, 8, KJ_CLASS_FREE), "a reference within a block is not looked for in dumps");
	init(E612->text, KJ_LEVEL_IMAGE);
	ok(out(0, 0, 0) && counts.doubt == 1, "for an image it keeps the block");
	block(1026, E612->buddy, 1);
	ok(out(1026, 2, KJ_CLASS_FREE), "but not a smaller one within");
}

static void compounds(void)
{
	init(E612->text, KJ_LEVEL_USER);
	fresh();
	page[512].mapping = ANON;
	compound(E612, 512, 9, 0);
	page[513].flags = 19;
	ok(out(512, 1, KJ_CLASS_USER), "an order above 1 GiB counts as none");
	page[513].flags = 255;
	ok(out(512, 1, KJ_CLASS_USER), "nor does 255");
	fresh();
	page[576].mapping = ANON;
	compound(E612, 576, 6, 0);
	page[577].flags = 9;
	ok(out(576, 1, KJ_CLASS_USER), "a head that is not aligned takes nothing along");
	fresh();
	page[N - 1].flags = HEADBIT;
	page[N - 1].mapping = ANON;
	ok(out(N - 1, 1, KJ_CLASS_USER), "a head in the last place: page[1] is not there");
	fresh();
	for (unsigned int i = 1; i < N; i++) {
		page[i].compound_head = 0xffffea0000000001ull;
		page[i].mapping = ANON;
	}
	ok(out(0, 0, 0), "tails follow their head");
}

static void poison(void)
{
	init(E612->text, 0);
	fresh();
	page[7].flags = POISON;
	ok(out(7, 1, KJ_CLASS_HWPOISON), "poisoned");
	page[7].compound_head = 1;
	ok(out(7, 1, KJ_CLASS_HWPOISON), "a poisoned tail");
	fresh();
	compound(E612, 512, 9, 1);
	page[512].flags |= POISON;
	ok(out(512, 512, KJ_CLASS_HWPOISON), "poisoned hugetlb, all of it");
	fresh();
	compound(E612, 512, 9, 0);
	page[512].flags |= POISON;
	ok(out(512, 1, KJ_CLASS_HWPOISON), "another poisoned head, it alone");
	fresh();
	memset(&page[64], 0xff, 64 * 64);
	ok(out(0, 0, 0), "struct pages that were never set up");
	for (unsigned int i = 0; i < 64; i++)
		page[64 + i].compound_head = 0;
	ok(out(0, 0, 0), "even if they look like no tails");

	init(E612->text, KJ_LEVEL_IMAGE);
	fresh();
	page[7].flags = POISON;
	ok(out(0, 0, 0) && counts.doubt == 1, "image: the flag alone proves nothing");
	page[7].private = MAGIC;
	ok(out(7, 1, KJ_CLASS_HWPOISON), "image: taken off the buddy lists");
	page[7].refcount = 2;
	ok(out(0, 0, 0), "image: but somebody holds it");
	page[7].refcount = 1;
	page[7].mapping = FILEMAP;
	ok(out(0, 0, 0), "image: or a file has it");
	page[7].mapping = 0;
	page[7].mapcount = 0;
	ok(out(0, 0, 0), "image: or a process");
	page[7] = (struct page){
		.flags = POISON | SWAPBACKED, .mapcount = UINT32_MAX, .refcount = 1, .mapping = ANON
	};
	ok(out(7, 1, KJ_CLASS_HWPOISON), "image: anonymous and given up");
	page[7].flags |= LRU;
	ok(out(0, 0, 0), "image: still on a list");
	page[7].flags ^= LRU | SWAPCACHE;
	ok(out(0, 0, 0), "image: still in the swap cache");
	page[7].flags ^= SWAPCACHE;
	page[7].mapcount = 0;
	ok(out(0, 0, 0), "image: still mapped");
	page[7].mapcount = UINT32_MAX;
	page[7].compound_head = 1;
	ok(out(0, 0, 0) && counts.doubt == 1, "image: a tail");
	fresh();
	compound(E612, 512, 9, 1);
	page[512].flags |= POISON;
	ok(out(0, 0, 0) && counts.doubt == 1, "image: hugetlb");
	fresh();
	block(8, E612->buddy, 2);
	page[8].flags = POISON;
	ok(out(8, 4, KJ_CLASS_FREE), "image: free is free");
}

static void heads(void)
{
	const uint64_t va = 0xffffea0000200000ull;
	struct kj_class_carry c;

	init(E612->text, KJ_LEVEL_USER);
	fresh();
	is(kj_pageclass_head_va(&pc, (uint8_t *)page, va), 0, "a section that begins with itself");
	page[0].compound_head = va - 0x200000 + 1;
	is(kj_pageclass_head_va(&pc, (uint8_t *)page, va), va - 0x200000, "with a tail");
	page[0].compound_head = va + 64 + 1;
	is(kj_pageclass_head_va(&pc, (uint8_t *)page, va), 0, "with a tail of what comes later");
	page[0].compound_head = va - 17 * 64 + 9;
	is(kj_pageclass_head_va(&pc, (uint8_t *)page, va), 0, "with a tail of half a page");
	page[0].compound_head = va - (64ull << 18) + 1;
	is(kj_pageclass_head_va(&pc, (uint8_t *)page, va), 0, "with a tail of what is too far");
	page[0].compound_head = 0;
	compound(E612, 0, 9, 1);
	page[1].compound_head = va + 1;
	is(kj_pageclass_head_va(&pc, (uint8_t *)page, va), 0, "with a head");
	page[1].compound_head = va - 0x400000 + 1;
	is(kj_pageclass_head_va(&pc, (uint8_t *)page, va), va - 0x400000, "with a copy of a head");

	page[1].flags = 18;
	kj_pageclass_head(&pc, (uint8_t *)page, 0x40000, 0x48000, &c);
	ok(c.left == 0x38000 && c.cls == KJ_CLASS_USER, "1 GiB goes on");
	kj_pageclass_head(&pc, (uint8_t *)page, 0x40000, 0x7ffff, &c);
	is(c.left, 1, "to its last page");
	kj_pageclass_head(&pc, (uint8_t *)page, 0x40000, 0x80000, &c);
	is(c.left, 0, "and no further");
	kj_pageclass_head(&pc, (uint8_t *)page, 0x48000, 0x50000, &c);
	is(c.left, 0, "1 GiB that is not aligned");
	kj_pageclass_head(&pc, (uint8_t *)page, 0x48000, 0x40000, &c);
	is(c.left, 0, "a head that comes later");
	page[0].mapcount = UINT32_MAX;
	kj_pageclass_head(&pc, (uint8_t *)page, 0x40000, 0x48000, &c);
	is(c.left, 0, "not hugetlb");
}

/* A tail of a compound page of this order, in the words of 7.1. */
#define MASK(order) (0 - (64ull << (order)) + 1)

static void masks(void)
{
	const uint64_t va = 0xffffea0000200000ull;

	init(E71->text, KJ_LEVEL_USER);
	fresh();
	is(kj_pageclass_head_va(&pc, (uint8_t *)page, va), 0, "7.1: a section that begins with itself");
	page[0].compound_head = MASK(18);
	is(kj_pageclass_head_va(&pc, (uint8_t *)page, va), va - 0x200000, "7.1: with a tail of 1 GiB");
	is(kj_pageclass_head_va(&pc, (uint8_t *)page, va + 0xc00000), va - 0x200000, "7.1: whichever it is");
	page[0].compound_head = MASK(16);
	is(kj_pageclass_head_va(&pc, (uint8_t *)page, va), va - 0x200000, "7.1: of 256 MiB");
	page[0].compound_head = MASK(15);
	is(kj_pageclass_head_va(&pc, (uint8_t *)page, va), 0, "7.1: of a section, and so its first page");
	page[0].compound_head = MASK(19);
	is(kj_pageclass_head_va(&pc, (uint8_t *)page, va), 0, "7.1: of more than there can be");
	page[0].compound_head = MASK(18) - (64ull << 12);
	is(kj_pageclass_head_va(&pc, (uint8_t *)page, va), 0, "7.1: no mask, and no address");
	page[0].compound_head = va - 0x200000 + 1;
	is(kj_pageclass_head_va(&pc, (uint8_t *)page, va), va - 0x200000, "7.1: an address, as before");
	page[0].compound_head = 0;
	compound(E71, 0, 9, 1);
	page[1].compound_head = MASK(9);
	is(kj_pageclass_head_va(&pc, (uint8_t *)page, va), 0, "7.1: with a head");
	init(E612->text, KJ_LEVEL_USER);
	page[0].flags = 0;
	page[0].compound_head = MASK(18);
	is(kj_pageclass_head_va(&pc, (uint8_t *)page, va), 0, "6.12 has no masks");
}

int main(void)
{
	doubts();
	compounds();
	poison();
	heads();
	masks();
	return tap_done();
}
