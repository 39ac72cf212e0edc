// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Unit test of core/e820.c: the digest, the editing, and the map that confines B.
 */
#include "core/e820.h"
#include "tap.h"

static struct kj_e820 m;

static void fill(struct kj_e820 *e)
{
	e->n = 0;
	kj_e820_append(e, 0, 0x9fc00, KJ_E820_RAM);
	kj_e820_append(e, 0x9fc00, 0xa0000, KJ_E820_RESERVED);
	kj_e820_append(e, 0xf0000, 0x100000, KJ_E820_RESERVED);
	kj_e820_append(e, 0x100000, 0x3ffdd000, KJ_E820_RAM);
	kj_e820_append(e, 0x3ffdd000, 0x40000000, KJ_E820_RESERVED);
	kj_e820_append(e, 0xfffc0000, 0x100000000, KJ_E820_RESERVED);
	kj_e820_append(e, 0xfd00000000, 0x10000000000, KJ_E820_RESERVED);
}

/* QEMU's PC with 1 GiB: the number stood in a swsusp image that linux 6.12 wrote there. */
static void test_digest(void)
{
	fill(&m);
	is(kj_e820_crc(&m), 0x0f75740f, "the digest that the kernel computes");
	m.n = 0;
	is(kj_e820_crc(&m), 0x2144df1c, "of no entries: of four zero bytes");
}

static void test_types(void)
{
	is(kj_e820_type("System RAM", 10), 1, "RAM");
	is(kj_e820_type("ACPI Non-volatile Storage", 25), 4, "NVS");
	is(kj_e820_type("Persistent Memory (legacy)", 26), 12, "PRAM");
	is(kj_e820_type("Persistent Memory", 17), 7, "PMEM");
	is(kj_e820_type("System RA", 9), 2, "unknown is reserved");
	is(kj_e820_type("System RAM!", 11), 2, "so is more");
	is(kj_e820_type("", 0), 2, "and nothing");
}

/* As text, for comparing. */
static const char *show(const struct kj_e820 *e)
{
	static char s[4096];
	size_t n = 0;

	s[0] = 0;
	for (uint32_t i = 0; i < e->n; i++)
		n += (size_t)snprintf(s + n, sizeof(s) - n, "%s%llx-%llx:%u", i ? " " : "",
				      (unsigned long long)e->e[i].start, (unsigned long long)e->e[i].end, e->e[i].type);
	return s;
}

static void test_set(void)
{
	m.n = 0;
	is(kj_e820_set(&m, 10, 10, 1), KJ_ERANGE, "empty");
	is(kj_e820_append(&m, 10, 10, 1), KJ_ERANGE, "empty to append");
	kj_e820_set(&m, 10, 20, 1);
	kj_e820_set(&m, 30, 40, 1);
	is_str(show(&m), "a-14:1 1e-28:1", "two");
	kj_e820_set(&m, 12, 14, 2);
	is_str(show(&m), "a-c:1 c-e:2 e-14:1 1e-28:1", "cut in three");
	kj_e820_set(&m, 13, 35, 3);
	is_str(show(&m), "a-c:1 c-d:2 d-23:3 23-28:1", "over several");
	kj_e820_set(&m, 0, 100, 4);
	is_str(show(&m), "0-64:4", "over all");
	kj_e820_set(&m, 100, 110, 4);
	kj_e820_merge(&m);
	is_str(show(&m), "0-6e:4", "joined");
	m.n = 0;
	for (unsigned int i = 0; i < KJ_E820_MAX; i++)
		kj_e820_append(&m, 4 * i, 4 * i + 2, 1 + i % 2);
	is(kj_e820_append(&m, 1 << 20, 2 << 20, 1), KJ_ELIMIT, "full to append");
	is(kj_e820_set(&m, 1 << 20, 2 << 20, 1), KJ_ELIMIT, "full to set");
}

static void test_confine(void)
{
	struct kj_ranges ram = { 2, { { 0x1000, 0x9f000 }, { 0x100000, 0x3ffdd000 } } };
	struct kj_ranges own = { 2, { { 0x1000, 0x9f000 }, { 0x34000000, 0x3c000000 } } };
	struct kj_range taken = { 0x3bffe000, 0x3c000000 };
	struct kj_e820 fw;

	fill(&fw);
	is(kj_e820_confine(&fw, &ram, &own, &taken, &m), KJ_OK, "confined");
	is_str(show(&m),
	       "0-1000:2 1000-9f000:1 9f000-a0000:2 f0000-ff000:2 100000-34000000:2 34000000-3bffe000:1 "
	       "3bffe000-40000000:2 fffc0000-100000000:2 fd00000000-10000000000:2",
	       "B has its window and low memory, and a gap below 1 MiB");
	own.r[1].end = 0x40000000;
	is(kj_e820_confine(&fw, &ram, &own, &taken, &m), KJ_EMISMATCH, "a window beyond RAM");
	own.r[1].end = 0x3c000000;
	fw.e[3].type = KJ_E820_NVS;
	is(kj_e820_confine(&fw, &ram, &own, &taken, &m), KJ_EMISMATCH, "a window that firmware does not call RAM");
	fill(&fw);
	ram.r[ram.n++] = (struct kj_range){ 0x100000000, 0x140000000 };
	is(kj_e820_confine(&fw, &ram, &own, &taken, &m), KJ_OK, "memory plugged in later");
	ok(strstr(show(&m), "fffc0000-140000000:2") != NULL, "is A's too");
	/* RAM up to 1 MiB: B's own page must stay B's */
	fw.n = 0;
	kj_e820_append(&fw, 0, 0x40000000, KJ_E820_RAM);
	ram = (struct kj_ranges){ 1, { { 0x1000, 0x40000000 } } };
	own = (struct kj_ranges){ 2, { { 0x1000, 0x100000 }, { 0x34000000, 0x3c000000 } } };
	is(kj_e820_confine(&fw, &ram, &own, &taken, &m), KJ_OK, "RAM up to 1 MiB");
	is_str(show(&m), "0-1000:2 1000-100000:1 100000-34000000:2 34000000-3bffe000:1 3bffe000-40000000:2",
	       "no gap in what is B's");
	fw.n = 0;
	for (unsigned int i = 0; i < 200; i++)
		kj_e820_append(&fw, 0x1000000000 + i * 0x2000, 0x1000000000 + i * 0x2000 + 0x1000, 3);
	own.n = 0;
	is(kj_e820_confine(&fw, &ram, &own, &taken, &m), KJ_ELIMIT, "more than boot_params holds");
}

int main(void)
{
	test_digest();
	test_types();
	test_set();
	test_confine();
	return tap_done();
}
