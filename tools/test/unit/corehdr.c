// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Unit test of core/corehdr.c: the header is judged by core/elf.c, which reads those of the kernel.
 */
#include "core/corehdr.h"
#include "core/elf.h"
#include "tap.h"

static const char *show(const struct kj_ranges *r)
{
	static char s[1024];
	size_t n = 0;

	s[0] = 0;
	for (uint32_t i = 0; i < r->n; i++)
		n += (size_t)snprintf(s + n, sizeof(s) - n, "%s%llx-%llx", i ? " " : "",
				      (unsigned long long)r->r[i].start, (unsigned long long)r->r[i].end);
	return s;
}

static void test_minus(void)
{
	struct kj_ranges a = { 2, { { 0x10, 0x50 }, { 0x60, 0x90 } } }, b = { 0 }, r;

	is(kj_ranges_minus(&a, &b, &r), KJ_OK, "less nothing");
	is_str(show(&r), "10-50 60-90", "is all");
	b = (struct kj_ranges){ 3, { { 0x0, 0x18 }, { 0x20, 0x30 }, { 0x48, 0x70 } } };
	is(kj_ranges_minus(&a, &b, &r), KJ_OK, "less some");
	is_str(show(&r), "18-20 30-48 70-90", "leaves the rest");
	b = (struct kj_ranges){ 1, { { 0, 0x100 } } };
	is(kj_ranges_minus(&a, &b, &r), KJ_OK, "less all");
	is(r.n, 0, "is nothing");
	a.n = 1;
	a.r[0] = (struct kj_range){ 0, 0x1000000 };
	b.n = KJ_RAM_MAX;
	for (uint32_t i = 0; i < b.n; i++)
		b.r[i] = (struct kj_range){ 0x100 * i + 0x10, 0x100 * i + 0x20 };
	is(kj_ranges_minus(&a, &b, &r), KJ_ELIMIT, "129 pieces");
}

static void test_add(void)
{
	struct kj_ranges r = { 0 };

	is(kj_ranges_add(&r, 5, 5), KJ_ERANGE, "empty");
	kj_ranges_add(&r, 0x30, 0x40);
	kj_ranges_add(&r, 0x10, 0x20);
	kj_ranges_add(&r, 0x50, 0x60);
	is_str(show(&r), "10-20 30-40 50-60", "in order");
	kj_ranges_add(&r, 0x20, 0x28);
	is_str(show(&r), "10-28 30-40 50-60", "touching below");
	kj_ranges_add(&r, 0x2c, 0x30);
	is_str(show(&r), "10-28 2c-40 50-60", "touching above");
	kj_ranges_add(&r, 0x26, 0x52);
	is_str(show(&r), "10-60", "over several");
	kj_ranges_add(&r, 0x20, 0x30);
	is_str(show(&r), "10-60", "within one");
	r.n = 0;
	for (uint32_t i = 0; i < KJ_RAM_MAX; i++)
		kj_ranges_add(&r, 16 * i, 16 * i + 8);
	is(kj_ranges_add(&r, 1 << 20, 2 << 20), KJ_ELIMIT, "full");
	is(kj_ranges_add(&r, 4, 20), KJ_OK, "but two can become one");
	is(r.n, KJ_RAM_MAX - 1, "and make room");
}

static void test_emit(void)
{
	static struct kj_elf elf;
	static struct kj_elf_load loads[4];
	static uint8_t b[8192];
	const struct kj_core_note note[2] = { { 0x3bfff000, 0xf14 }, { 0x12345, 336 } };
	const struct kj_ranges load = { 2, { { 0x100000, 0x34000000 }, { 0x3c000000, 0x3ffdd000 } } };
	struct kj_elf_head h;
	size_t used = 0;

	is(kj_corehdr_emit(note, 2, &load, 0xffff888000000000, b, kj_corehdr_size(2, 2) - 1, &used), KJ_ENOSPC,
	   "one byte short");
	is(kj_corehdr_emit(note, KJ_COREHDR_NOTES + 1, &load, 0, b, sizeof(b), &used), KJ_ELIMIT, "too many notes");
	is(kj_corehdr_emit(note, 2, &load, 0xffff888000000000, b, sizeof(b), &used), KJ_OK, "emitted");
	is(used, 64 + 4 * 56, "its size");
	is(kj_elf_head(b, used, &h), KJ_OK, "an ELF core");
	is(kj_elf_parse(&h, b + h.phoff, used - h.phoff, 0, loads, 4, &elf), KJ_OK, "its program headers");
	is(elf.nnote, 2, "two notes");
	is(elf.note[0].off, 0x3bfff000, "offsets are physical addresses");
	is(elf.note[1].size, 336, "and sizes");
	is(elf.nload, 2, "two pieces of memory");
	is(elf.load[1].paddr, 0x3c000000, "address");
	is(elf.load[1].off, 0x3c000000, "offset");
	is(elf.load[1].filesz, 0x3fdd000, "size");
	is(elf.direct, 0xffff888000000000, "virtual addresses");
	kj_corehdr_emit(note, 1, &load, 0, b, sizeof(b), &used);
	kj_elf_head(b, used, &h);
	kj_elf_parse(&h, b + h.phoff, used - h.phoff, 0, loads, 4, &elf);
	is(elf.direct, 0, "no virtual address when the direct map is not known");
}

/* --gen FILE: a /proc/kcore of a PC with 1 GiB, as far as the loader reads it, for the cli tests. */
static int generate(const char *path)
{
	static const char text[] = "OSRELEASE=6.12.90-kj\nPAGESIZE=4096\n";
	static uint8_t b[8192];
	const struct kj_core_note note = { 4096, 80 };
	const struct kj_ranges load = { 2, { { 0x1000, 0x9f000 }, { 0x100000, 0x3ffdd000 } } };
	size_t used, notes = 0;
	FILE *f = fopen(path, "wb");
	int bad = kj_corehdr_emit(&note, 1, &load, 0xffff888000000000, b, 4096, &used) ||
		  kj_note_append(b + 4096, 4096, &notes, "VMCOREINFO", 0, text, sizeof(text) - 1, NULL);

	bad |= !f || fwrite(b, 1, sizeof(b), f) != sizeof(b);
	return (f && fclose(f)) || bad;
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "--gen"))
		return generate(argv[2]);
	test_minus();
	test_add();
	test_emit();
	return tap_done();
}
