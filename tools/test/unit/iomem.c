// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Unit test of core/iomem.c.
 */
#include "core/iomem.h"
#include "tap.h"

static struct kj_iomem io;

static enum kj_err parse(const char *s)
{
	return kj_iomem_parse(s, strlen(s), &io);
}

static const char pc[] =
	"00000000-00000fff : Reserved\n"
	"00001000-0009fbff : System RAM\n"
	"0009fc00-0009ffff : Reserved\n"
	"000a0000-000bffff : PCI Bus 0000:00\n"
	"000f0000-000fffff : Reserved\n"
	"  000f0000-000fffff : System ROM\n"
	"00100000-3ffdcfff : System RAM\n"
	"  21600000-21dfffff : Kernel code\n"
	"  21e00000-22000a3f : Kernel rodata\n"
	"  22000a40-221fffff : Kernel data\n"
	"  22400000-226fffff : Kernel bss\n"
	"  33000000-3effffff : Crash kernel\n"
	"3ffdd000-3fffffff : Reserved\n"
	"40000000-4000ffff : ACPI Tables\n"
	"c0000000-febfffff : PCI Bus 0000:00\n"
	"  fe000000-fe003fff : 0000:00:03.0\n"
	"100000000-13fffffff : System RAM (kmem)\n";

static void test_pc(void)
{
	is(parse(pc), KJ_OK, "a PC");
	is(io.ram.n, 3, "three ranges of RAM");
	is(io.ram.r[0].start, 0x1000, "low RAM");
	is(io.ram.r[0].end, 0x9f000, "only whole pages of it");
	is(io.ram.r[1].end, 0x3ffdd000, "the end is the byte behind");
	is(io.ram.r[2].start, 0x100000000, "memory plugged in later");
	is(io.crash.n, 1, "one reservation");
	is(io.crash.r[0].start, 0x33000000, "its start");
	is(io.crash.r[0].end, 0x3f000000, "its end");
	is(io.kernel.n, 2, "the kernel's parts are joined");
	is(io.kernel.r[0].start, 0x21600000, "from its code");
	is(io.kernel.r[0].end, 0x22200000, "to its data");
	is(io.map.n, 8, "the map has no devices");
	is(io.map.e[1].end, 0x9fc00, "and is not rounded");
	is(io.map.e[6].type, KJ_E820_ACPI, "types are known");
	is(io.map.e[7].type, KJ_E820_RAM, "RAM is RAM");
}

/* As a machine with UEFI shows it: setup_data cuts RAM at any byte, and all of it is RAM. */
static void test_setup_data(void)
{
	is(parse("00100000-09f03017 : System RAM\n"
		 "  01000000-01ffffff : Kernel code\n"
		 "09f03018-09f2b857 : System RAM\n"
		 "09f2b858-09ffffff : System RAM\n"
		 "0a000000-0a0007ff : Reserved\n"
		 "0a000800-0b000fff : System RAM\n"
		 "0b001001-0b003fff : System RAM\n"),
	   KJ_OK, "RAM cut within pages");
	is(io.ram.n, 3, "is one range");
	is(io.ram.r[0].start, 0x100000, "from its start");
	is(io.ram.r[0].end, 0xa000000, "to its end: no page on a cut is lost");
	is(io.ram.r[1].start, 0xa001000, "a page that is RAM in part only is none");
	is(io.ram.r[1].end, 0xb001000, "nor are ranges with a byte between them one");
	is(io.ram.r[2].start, 0xb002000, "but two");
	is(parse("00100000-001007ff : System RAM\n00100400-00103fff : System RAM\n00102000-00103fff : System RAM\n"),
	   KJ_EOVERLAP, "ranges that overlap are still refused");
}

static void test_bad(void)
{
	static char many[200 * 40];
	size_t n = 0;

	is(parse(""), KJ_EUNSUPP, "nothing");
	is(parse("00000000-00000000 : Reserved\n00000000-00000000 : System RAM\n"), KJ_EUNSUPP, "hidden");
	is(parse("00001000-00001fff : Reserved\n"), KJ_ENOTFOUND, "no RAM");
	is(parse("rubbish\n"), KJ_EFORMAT, "no range");
	is(parse("00001000-00001fff System RAM\n"), KJ_EFORMAT, "no colon");
	is(parse("00001000 : System RAM\n"), KJ_EFORMAT, "no end");
	is(parse("00002000-00001000 : System RAM\n"), KJ_EFORMAT, "backwards");
	is(parse("0x1000-0x2000 : System RAM\n"), KJ_EFORMAT, "0x");
	is(parse("11112222333344445-11112222333344446 : System RAM\n"), KJ_EFORMAT, "too many digits");
	is(parse("00200000-002fffff : System RAM\n00100000-001fffff : System RAM\n"), KJ_EOVERLAP, "not ascending");
	is(parse("00100000-001fffff : System RAM\n00200000-002fffff : System RAM"), KJ_OK, "no newline at the end");
	is(io.ram.n, 1, "ranges that touch are one");
	is(parse("00000fff-00001000 : System RAM\n00100000-00100fff : System RAM\n"), KJ_OK, "less than a page");
	is(io.ram.n, 1, "is none");
	is(parse("ffffffffffff0000-ffffffffffffffff : System RAM\n"), KJ_OK, "the very end");
	is(io.ram.r[0].end, 0xfffffffffffff000, "does not wrap");
	for (int i = 0; i < 129; i++)
		n += (size_t)snprintf(many + n, sizeof(many) - n, "%x-%xfff : System RAM\n", 0x100000 + i * 0x10000,
				      0x100 + i * 0x10);
	is(kj_iomem_parse(many, n, &io), KJ_ELIMIT, "129 ranges");
}

/* Every prefix either parses or is refused; nothing is read behind it. */
static void test_truncated(void)
{
	unsigned int good = 0;

	for (size_t n = 0; n < sizeof(pc) - 1; n++) {
		static char exact[sizeof(pc)];

		memcpy(exact + sizeof(exact) - n, pc, n);
		good += kj_iomem_parse(exact + sizeof(exact) - n, n, &io) == KJ_OK;
	}
	ok(good > 10, "prefixes: %u are texts themselves", good);
}

int main(void)
{
	test_pc();
	test_setup_data();
	test_bad();
	test_truncated();
	return tap_done();
}
