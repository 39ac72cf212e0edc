// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * core/elf: headers built here field by field, each way to lie in them, and lookups; must never need a file.
 */
#include <stdlib.h>

#include "core/elf.h"
#include "core/le.h"
#include "tap.h"

#define ROOM 80000u

static uint8_t eh[64], sh[64], ph[ROOM * 56];
static uint32_t nph;
static struct kj_elf_head head;
static struct kj_elf_load loads[ROOM];
static struct kj_elf e;

static void put(uint8_t *p, uint64_t v, int len)
{
	for (int i = 0; i < len; i++)
		p[i] = (uint8_t)(v >> (8 * i));
}

static void good_head(uint32_t n)
{
	memset(eh, 0, sizeof(eh));
	memcpy(eh, "\177ELF\2\1\1", 7);
	put(eh + 16, 4, 2);	/* ET_CORE */
	put(eh + 18, 62, 2);	/* EM_X86_64 */
	put(eh + 20, 1, 4);	/* version */
	put(eh + 32, 64, 8);	/* phoff */
	put(eh + 52, 64, 2);	/* ehsize */
	put(eh + 54, 56, 2);	/* phentsize */
	put(eh + 56, n, 2);	/* phnum */
}

/* One field of a good head set to @v. */
static enum kj_err with(int off, uint64_t v, int len)
{
	good_head(3);
	put(eh + off, v, len);
	return kj_elf_head(eh, sizeof(eh), &head);
}

static void test_head(void)
{
	good_head(3);
	is(kj_elf_head(eh, 64, &head), KJ_OK, "head");
	ok(head.phnum == 3 && head.phoff == 64 && !head.xnum && !head.incomplete, "its numbers");
	is(with(48, 1, 4), KJ_OK, "marked as incomplete");
	ok(head.incomplete, "is incomplete");
	good_head(3);
	is(kj_elf_head(eh, 64, &head), KJ_OK, "once more");
	is(kj_elf_phdrs_size(&head), 168, "bytes of program headers");
	is(kj_elf_head(eh, 63, &head), KJ_ETRUNC, "63 bytes");
	is(with(0, 0x7e, 1), KJ_EMAGIC, "magic");
	is(with(4, 1, 1), KJ_EMAGIC, "32 bit");
	is(with(5, 2, 1), KJ_EMAGIC, "big endian");
	is(with(16, 2, 2), KJ_EMAGIC, "an executable");
	is(with(18, 183, 2), KJ_EMAGIC, "arm64");
	is(with(6, 2, 1), KJ_EVERSION, "ident version");
	is(with(20, 2, 4), KJ_EVERSION, "version");
	is(with(52, 63, 2), KJ_EFORMAT, "small ehsize");
	is(with(54, 32, 2), KJ_EFORMAT, "phentsize of 32 bit");
	is(with(56, 0, 2), KJ_EFORMAT, "no program headers");
	is(with(32, 0, 8), KJ_EFORMAT, "program headers at 0");
	is(with(56, 0xfffe, 2), KJ_OK, "as many as the field can say");
	is(head.phnum, 0xfffe, "their number");
}

static void test_xnum(void)
{
	struct kj_elf_head h;

	is(with(56, 0xffff, 2), KJ_EFORMAT, "PN_XNUM without section headers");
	put(eh + 40, 64, 8);
	put(eh + 58, 64, 2);
	is(kj_elf_head(eh, 64, &head), KJ_OK, "PN_XNUM");
	ok(head.xnum && head.shoff == 64 && !head.phnum, "number stands elsewhere");
	is(kj_elf_parse(&head, ph, sizeof(ph), 0, loads, ROOM, &e), KJ_EFORMAT, "parse without it");
	put(sh + 44, KJ_ELF_PHDR_MAX + 1, 4);
	h = head;
	is(kj_elf_xnum(&h, sh, 63), KJ_ETRUNC, "section header cut");
	is(kj_elf_xnum(&h, sh, 64), KJ_ELIMIT, "one more than we take");
	put(sh + 44, KJ_ELF_PHDR_MAX, 4);
	is(kj_elf_xnum(&h, sh, 64), KJ_OK, "as many as we take");
	ok(h.phnum == KJ_ELF_PHDR_MAX && !h.xnum, "their number");
	h = head;
	put(sh + 44, 12, 4);
	is(kj_elf_xnum(&h, sh, 64), KJ_EFORMAT, "12 would have fitted into the head");
	put(sh + 44, 0xffff, 4);
	h.xnum = 0;
	is(kj_elf_xnum(&h, sh, 64), KJ_EFORMAT, "not asked for");
}

static void add(uint32_t type, uint64_t off, uint64_t vaddr, uint64_t paddr, uint64_t filesz, uint64_t memsz)
{
	uint8_t *p = ph + nph++ * 56;

	memset(p, 0, 56);
	put(p, type, 4);
	put(p + 8, off, 8);
	put(p + 16, vaddr, 8);
	put(p + 24, paddr, 8);
	put(p + 32, filesz, 8);
	put(p + 40, memsz, 8);
}

/* A RAM load as kexec makes it. */
static void ram(uint64_t off, uint64_t paddr, uint64_t size)
{
	add(1, off, 0xffff888000000000ull + paddr, paddr, size, size);
}

static enum kj_err parse(uint64_t size)
{
	uint8_t *exact = malloc(nph * 56 + 1);
	enum kj_err err;

	if (!exact)
		abort();
	memcpy(exact, ph, nph * 56);
	head = (struct kj_elf_head){ .phoff = 64, .phnum = nph };
	err = kj_elf_parse(&head, exact, nph * 56, size, loads, ROOM, &e);
	free(exact);
	nph = 0;
	return err;
}

static void test_parse(void)
{
	uint64_t off = 0, run = 0;

	add(4, 0x1000, 0, 0, 0x800, 0x800);
	add(1, 0x2000, 0xffffffff9a000000ull, 0x5000, 0x1000, 0x1000);
	ram(0x10000, 0x100000, 0x3000);
	ram(0x3000, 0x1000, 0x4c00);
	add(1, 0x9000, 0xffffc90000000000ull, ~0ull, 0x1000, 0x1000);
	add(6, 0, 0, 0, 0, 0);
	add(1, 0, 0, 0x700000, 0, 0x1000);
	add(4, 0x1800, 0, 0, 0, 0);
	ram(0x13000, 0x103000, 0x1000);
	is(parse(0x14000), KJ_OK, "a core");
	is(e.nload, 3, "RAM loads");
	is(e.nnote, 1, "notes");
	is(e.ntext, 1, "text loads");
	is(e.text.paddr, 0x5000, "text stands apart");
	is(e.nskipped, 4, "vmalloc, other type, empty load, empty note");
	ok(e.load[0].paddr == 0x1000 && e.load[1].paddr == 0x100000, "ascending");
	is(kj_elf_find(&e, 0x5000, &off, &run), KJ_OK, "an address that text claims too");
	is(off, 0x7000, "comes from RAM");
	is(run, 0xc00, "to the end of that load");
	is(kj_elf_find(&e, 0x5c00, &off, &run), KJ_ENOTFOUND, "first byte behind");
	is(run, 0x100000 - 0x5c00, "and so on to the next load");
	is(kj_elf_find(&e, 0xfff, &off, &run), KJ_ENOTFOUND, "last byte before");
	is(run, 1, "alone");
	is(kj_elf_find(&e, 0x102fff, &off, &run), KJ_OK, "last byte of a load");
	is(off, 0x12fff, "its place");
	is(run, 1, "touching loads are not joined");
	is(kj_elf_find(&e, UINT64_MAX, &off, &run), KJ_ENOTFOUND, "the last address of all");
	is(run, 1, "alone");
	is(kj_elf_find(&e, 1ull << 60, &off, &run), KJ_ENOTFOUND, "behind all loads");
	is(run, UINT64_MAX - (1ull << 60), "to the end");
	add(1, 0x1000, 0, 0x1000, 0x1000, 0x3000);
	is(parse(0x2000), KJ_OK, "memsz beyond filesz");
	is(kj_elf_find(&e, 0x2000, &off, &run), KJ_ENOTFOUND, "what is not in the file");
}

static void test_lies(void)
{
	ram(0x1000, 0x1000, 0x1000);
	is(parse(0x1fff), KJ_ETRUNC, "a load behind the end of the file");
	ram(0x3000, 0x1000, 0x1000);
	is(parse(0x2000), KJ_ETRUNC, "a load wholly behind it");
	add(4, 0x1f00, 0, 0, 0x200, 0x200);
	is(parse(0x2000), KJ_ETRUNC, "a note behind it");
	ram(0x1000, 0x1000, 0x1000);
	is(parse(100), KJ_ETRUNC, "the headers themselves behind it");
	ram(0x1000, 0x1000, 0x1000);
	head = (struct kj_elf_head){ .phoff = 64, .phnum = 2 };
	is(kj_elf_parse(&head, ph, 111, 0, loads, ROOM, &e), KJ_ETRUNC, "fewer bytes of headers than there are headers");
	nph = 0;
	ram(1ull << 63, 0x1000, 0x1000);
	is(parse(0), KJ_ERANGE, "offset 2^63");
	ram((1ull << 63) - 1, 0x1000, 0x1000);
	is(parse(0), KJ_ERANGE, "offset plus size overflows");
	add(4, 0x1000, 0, 0, ~0ull, 0);
	is(parse(0), KJ_ERANGE, "a note of 2^64 - 1 bytes");
	ram(0, 1ull << 52, 0x1000);
	is(parse(0), KJ_ERANGE, "address 2^52");
	ram(0, (1ull << 52) - 0x1000, 0x1001);
	is(parse(0), KJ_ERANGE, "address plus size beyond 2^52");
	ram(0, (1ull << 52) - 0x1000, 0x1000);
	is(parse(0), KJ_OK, "the last page of all");
	add(1, 0x1000, 0, 0x1000, 0x2000, 0x1000);
	is(parse(0), KJ_EFORMAT, "filesz beyond memsz");
	ram(0x1000, 0x1000, 0x1001);
	ram(0x3000, 0x2000, 0x1000);
	is(parse(0), KJ_EOVERLAP, "one byte twice");
	ram(0x3000, 0x2000, 0x1000);
	ram(0x1000, 0x2000, 0x1000);
	is(parse(0), KJ_EOVERLAP, "the same pages twice");
	add(6, 0, 0, 0, 0, 0);
	is(parse(0), KJ_ENOTFOUND, "nothing in it");
	for (uint32_t i = 0; i <= KJ_ELF_NOTE_MAX; i++)
		add(4, 0x1000, 0, 0, 4, 4);
	is(parse(0), KJ_ELIMIT, "too many notes");
}

/* What a large machine's filtered core has, in pieces of a few headers. */
static void test_many(void)
{
	enum kj_err err;
	uint32_t i, n, wrong = 0;
	uint64_t off, run;

	for (i = 0; i < ROOM; i++)
		ram(0x500000 + (uint64_t)i * 0x1000, (uint64_t)(i * 7919ull % ROOM) * 0x10000, 0x1000);
	head = (struct kj_elf_head){ .phoff = 64, .phnum = nph };
	err = kj_elf_begin(&head, 0, loads, ROOM, &e);
	is(err, KJ_OK, "begun");
	for (i = 0; !err && i < nph; i += n) {
		n = nph - i < 61 ? nph - i : 61;
		err = kj_elf_add(&e, ph + (size_t)i * 56, n);
	}
	is(err, KJ_OK, "80000 loads, out of order, in pieces");
	is(kj_elf_end(&e), KJ_OK, "ended");
	is(e.nload, ROOM, "all of them");
	for (i = 0; i < ROOM; i++)
		wrong += kj_elf_find(&e, (uint64_t)(i * 7919ull % ROOM) * 0x10000 + 0xffe, &off, &run) ||
			 off != 0x500000 + (uint64_t)i * 0x1000 + 0xffe || run != 2;
	is(wrong, 0, "each is found");
	is(kj_elf_find(&e, 0x31000, &off, &run), KJ_ENOTFOUND, "nothing between two");
	is(kj_elf_parse(&head, ph, sizeof(ph), 0, loads, ROOM - 1, &e), KJ_ELIMIT, "room for one less");
	is(kj_elf_begin(&head, 0, loads, ROOM, &e), KJ_OK, "begun again");
	is(kj_elf_add(&e, ph, 3), KJ_OK, "three");
	is(kj_elf_add(&e, ph, 1), KJ_OK, "one of them once more");
	is(kj_elf_end(&e), KJ_EOVERLAP, "which is seen at the end");
	nph = 0;
	is(kj_elf_begin(&head, 64 + ROOM * 56 - 1, loads, ROOM, &e), KJ_ETRUNC, "headers that the file does not hold");
	head.phoff = INT64_MAX;
	is(kj_elf_begin(&head, 0, loads, ROOM, &e), KJ_ERANGE, "headers at 2^63");
}

static void text(uint64_t off, uint64_t paddr, uint64_t filesz, uint64_t memsz)
{
	add(1, off, KJ_ELF_TEXT_BASE + 0x1000000 + paddr, paddr, filesz, memsz);
}

/* Where memory is mapped is said once for all loads. */
static void test_mapped(void)
{
	const uint64_t base = 0xffff888000000000ull;

	ram(0x1000, 0x1000, 0x1000);
	ram(0x2000, 0x5000, 0x1000);
	is(parse(0), KJ_OK, "mapped alike");
	is(e.direct, base, "there");
	ram(0x1000, 0x1000, 0x1000);
	add(1, 0x2000, 0, 0x5000, 0x1000, 0x1000);
	is(parse(0), KJ_OK, "one is not mapped");
	is(e.direct, base, "the other one counts");
	ram(0x1000, 0x1000, 0x1000);
	add(1, 0x2000, base + 0x6000, 0x5000, 0x1000, 0x1000);
	ram(0x3000, 0x7000, 0x1000);
	is(parse(0), KJ_OK, "mapped in two ways");
	is(e.direct, 0, "is not known");
	text(0x1000, 0x200000, 0x1000, 0x100000);
	text(0x2000, 0x300000, 0x3000, 0x4000);
	text(0x9000, 0x100000, 0x1000, 0x1000);
	add(1, 0xa000, KJ_ELF_TEXT_BASE, 0x900000, 0x1000, 0x1000);
	ram(0x1000, 0x200000, 0x1000);
	is(parse(0), KJ_OK, "text in pieces");
	is(e.ntext, 4, "their number");
	ok(e.text.paddr == 0x200000 && e.text.filesz == 0x1000 && e.text.off == 0x1000, "the first one counts");
	is(e.text.memsz, 0x104000, "up to the end of the last that is mapped alike");
}

/* Of a core and of what a kernel has made of it, offsets in the file differ. */
static void test_same(void)
{
	static struct kj_elf_load copy[2];
	struct kj_elf a;

	ram(0x1000, 0x1000, 0x1000);
	ram(0x2000, 0x5000, 0x1000);
	is(parse(0), KJ_OK, "two ranges");
	a = e;
	memcpy(copy, e.load, sizeof(copy));
	a.load = copy;
	ok(kj_elf_same(&a, &e), "the same");
	copy[1].off += 0x100000;
	ok(kj_elf_same(&a, &e), "elsewhere in the file");
	copy[1].filesz += 0x1000;
	ok(!kj_elf_same(&a, &e), "one is longer");
	copy[1].filesz -= 0x1000;
	copy[1].paddr += 0x1000;
	ok(!kj_elf_same(&a, &e), "one is elsewhere");
	a.nload = 1;
	ok(!kj_elf_same(&a, &e), "one is not there");
}

int main(void)
{
	test_same();
	test_head();
	test_xnum();
	test_parse();
	test_lies();
	test_many();
	test_mapped();
	return tap_done();
}
