// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * core/vmcoreinfo: each form of value that kernels print; must never take a prefix of a key for the key.
 */
#include <stdlib.h>

#include "core/vmcoreinfo.h"
#include "tap.h"

/* Values as a 6.12 kernel prints them. */
static const char text[] = "OSRELEASE=6.12.117+deb12-amd64\n"
			   "BUILD-ID=0123abcd\n"
			   "PAGESIZE=4096\n"
			   "SYMBOL(init_top_pgt)=ffffffff9a610000\n"
			   "SYMBOL(x)=0xFFff\n"
			   "OFFSET(page.flags)=0\n"
			   "SIZE(page)=64\n"
			   "LENGTH(zone.free_area)=11\n"
			   "NUMBER(phys_base)=-402653184\n"
			   "NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=-268435456\n"
			   "NUMBER(VMALLOC_START)=0xffa0000000000000\n"
			   "NUMBER(min)=-9223372036854775808\n"
			   "NUMBER(max)=18446744073709551615\n"
			   "NUMBER(below)=-9223372036854775809\n"
			   "NUMBER(above)=18446744073709551616\n"
			   "NUMBER(word)=12a\n"
			   "NUMBER(minus)=-\n"
			   "NUMBER(nothing)=\n"
			   "NUMBER(prefix)=0x\n"
			   "NUMBER(blank)= 1\n"
			   "SYMBOL(long)=10000000000000000\n"
			   "SYMBOL(word)=xyz\n"
			   "KERNELOFFSET=18200000\n"
			   "\n"
			   "=5\n"
			   "PAGESIZE=8192\n"
			   "CRASHTIME=1700000000";

static struct kj_vmcoreinfo vi;

static int64_t num(const char *key)
{
	int64_t v = 0;

	if (kj_vmcoreinfo_num(&vi, key, &v))
		abort();
	return v;
}

static uint64_t hex(const char *key)
{
	uint64_t v = 0;

	if (kj_vmcoreinfo_hex(&vi, key, &v))
		abort();
	return v;
}

int main(void)
{
	size_t len = sizeof(text) - 1;
	char *exact = malloc(len);
	const char *s = NULL;
	int64_t v = 42;
	uint64_t u = 42;

	if (!exact)
		abort();
	memcpy(exact, text, len);
	kj_vmcoreinfo_init(exact, len, &vi);
	is(kj_vmcoreinfo_str(&vi, "OSRELEASE", &s, &len), KJ_OK, "text");
	ok(len == 20 && !memcmp(s, "6.12.117+deb12-amd64", 20), "its value");
	is(num("PAGESIZE"), 4096, "decimal; the first of two counts");
	is(num("SIZE(page)"), 64, "SIZE");
	is(num("OFFSET(page.flags)"), 0, "OFFSET 0");
	is(num("LENGTH(zone.free_area)"), 11, "LENGTH");
	is(num("NUMBER(phys_base)"), -402653184LL, "negative");
	is(num("NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)"), -268435456LL, "negative page type");
	is(num("NUMBER(VMALLOC_START)"), 0xffa0000000000000ull, "0x form");
	is(num("NUMBER(min)"), INT64_MIN, "smallest");
	is(num("NUMBER(max)"), -1LL, "unsigned decimal comes as 64 bits");
	is(num("CRASHTIME"), 1700000000, "last line without newline");
	is(hex("SYMBOL(init_top_pgt)"), 0xffffffff9a610000ull, "SYMBOL");
	is(hex("KERNELOFFSET"), 0x18200000, "KERNELOFFSET");
	is(hex("SYMBOL(x)"), 0xffff, "hexadecimal with 0x and capitals");
	is(kj_vmcoreinfo_num(&vi, "NUMBER(below)", &v), KJ_ERANGE, "below the smallest");
	is(kj_vmcoreinfo_num(&vi, "NUMBER(above)", &v), KJ_ERANGE, "above the largest");
	is(kj_vmcoreinfo_num(&vi, "NUMBER(word)", &v), KJ_EFORMAT, "letters behind");
	is(kj_vmcoreinfo_num(&vi, "NUMBER(minus)", &v), KJ_EFORMAT, "a minus alone");
	is(kj_vmcoreinfo_num(&vi, "NUMBER(nothing)", &v), KJ_EFORMAT, "nothing");
	is(kj_vmcoreinfo_num(&vi, "NUMBER(prefix)", &v), KJ_EFORMAT, "0x alone");
	is(kj_vmcoreinfo_num(&vi, "NUMBER(blank)", &v), KJ_EFORMAT, "a blank");
	is(kj_vmcoreinfo_hex(&vi, "SYMBOL(long)", &u), KJ_ERANGE, "65 bits");
	is(kj_vmcoreinfo_hex(&vi, "SYMBOL(word)", &u), KJ_EFORMAT, "no digits");
	is(kj_vmcoreinfo_num(&vi, "NUMBER(phys)", &v), KJ_ENOTFOUND, "a key that is not there");
	is(kj_vmcoreinfo_hex(&vi, "KERNEL", &u), KJ_ENOTFOUND, "a prefix is not the key");
	is(kj_vmcoreinfo_num(&vi, "SIZE", &v), KJ_ENOTFOUND, "a suffix is not the key");
	is(v, 42, "untouched after errors");
	is(u, 42, "untouched after errors");
	kj_vmcoreinfo_init(exact, 40, &vi);
	is(kj_vmcoreinfo_num(&vi, "PAGESIZE", &v), KJ_ENOTFOUND, "behind the end");
	kj_vmcoreinfo_init("A=1\n\0B=2\n", 10, &vi);
	is(kj_vmcoreinfo_num(&vi, "B", &v), KJ_ENOTFOUND, "behind a zero byte");
	kj_vmcoreinfo_init(NULL, 0, &vi);
	is(kj_vmcoreinfo_num(&vi, "A", &v), KJ_ENOTFOUND, "no text at all");
	free(exact);
	static const char more[] = "SIZE(page)=128\nSIZE(other)=7\n";
	struct kj_vmcoreinfo other;

	kj_vmcoreinfo_init(text, sizeof(text) - 1, &vi);
	kj_vmcoreinfo_init(more, sizeof(more) - 1, &other);
	is(kj_vmcoreinfo_num(&vi, "SIZE(other)", &v), KJ_ENOTFOUND, "nobody else is asked");
	vi.next = &other;
	is(num("SIZE(other)"), 7, "the next text has it");
	is(num("SIZE(page)"), 64, "the first text has the say");
	is(kj_vmcoreinfo_num(&vi, "NUMBER(word)", &v), KJ_EFORMAT, "a lie in the first is not mended by the next");
	is(kj_vmcoreinfo_num(&vi, "SIZE(third)", &v), KJ_ENOTFOUND, "neither has it");
	return tap_done();
}
