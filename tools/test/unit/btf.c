// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * core/btf and core/btfkeys: names, depths, what lies, and the BTF of the kernel that runs the
 * test, if it has one; must never need a dump.
 */
#include <stdlib.h>

#include "core/btfkeys.h"
#include "core/vmcoreinfo.h"
#include "mkbtf.h"
#include "tap.h"

static struct mb mb;
static struct kj_btf btf;
static uint8_t file[3 * MB_MAX];
static uint32_t size, broken; /* broken: reads from here on fail */

static int read_file(void *ctx, uint32_t off, void *buf, size_t len)
{
	(void)ctx;
	if (off > size || len > size - off || off + len > broken)
		return -1;
	memcpy(buf, file + off, len);
	return 0;
}

static enum kj_err init(void)
{
	broken = UINT32_MAX;
	return kj_btf_init(read_file, NULL, size, &btf);
}

static void fresh(int memdesc)
{
	mb_init(&mb);
	mb_kernel(&mb, memdesc);
	size = mb_write(&mb, file);
}

static void rebuilt(void)
{
	size = mb_write(&mb, file);
	is(init(), KJ_OK, "header");
}

static struct kj_btf_want one(enum kj_btf_ask ask, const char *type, const char *name,
			      enum kj_err e)
{
	struct kj_btf_want w = { .ask = ask, .type = type, .name = name };

	is(kj_btf_resolve(&btf, &w, 1), e, "resolve");
	return w;
}

static void set32(uint32_t at, uint32_t v)
{
	for (unsigned int i = 0; i < 4; i++)
		file[at + i] = (uint8_t)(v >> 8 * i);
}

static void headers(void)
{
	fresh(0);
	is(init(), KJ_OK, "good header");
	for (uint32_t n = 0; n < 24; n++) {
		enum kj_err e = kj_btf_init(read_file, NULL, n, &btf);
		if (e != KJ_ETRUNC)
			ok(0, "%u bytes: %d", n, e);
	}
	is(kj_btf_init(read_file, NULL, size - 1, &btf), KJ_ETRUNC, "one byte less");
	is(kj_btf_init(read_file, NULL, KJ_BTF_MAX + 1ull, &btf), KJ_ELIMIT, "too large");
	broken = 23;
	is(kj_btf_init(read_file, NULL, size, &btf), KJ_ETRUNC, "header cannot be read");
	broken = size - 1;
	is(kj_btf_init(read_file, NULL, size, &btf), KJ_ETRUNC, "last byte cannot be read");
	broken = UINT32_MAX;
	file[0] ^= 1;
	is(init(), KJ_EMAGIC, "magic");
	file[0] ^= 1;
	file[2] = 2;
	is(init(), KJ_EVERSION, "version");
	file[2] = 1;
	set32(4, 23);
	is(init(), KJ_EFORMAT, "short header");
	set32(4, size + 1);
	is(init(), KJ_ETRUNC, "long header");
	set32(4, 24);
	set32(8, 2);
	is(init(), KJ_EFORMAT, "types at no multiple of four");
	set32(8, 0);
	set32(12, 0xfffffff0u);
	is(init(), KJ_ETRUNC, "types behind the end");
	set32(12, mb.ntypes);
	set32(16, mb.ntypes - 4);
	is(init(), KJ_EFORMAT, "types and strings overlap");
	set32(16, mb.ntypes);
	set32(20, 0);
	is(init(), KJ_EFORMAT, "no strings");
	set32(20, mb.nstrs);
	file[size - 1] = 'x';
	is(init(), KJ_EFORMAT, "strings do not end");
	file[size - 1] = 0;
	file[24 + mb.ntypes] = 'x';
	is(init(), KJ_EFORMAT, "strings do not begin with nothing");
}

static void answers(void)
{
	struct kj_btf_want w;

	fresh(0);
	is(init(), KJ_OK, "header");
	w = one(KJ_BTF_SIZE, "page", NULL, KJ_OK);
	ok(w.found == KJ_BTF_FOUND && w.value == 64, "size");
	w = one(KJ_BTF_OFFSET, "page", "_refcount", KJ_OK);
	ok(w.found == KJ_BTF_FOUND && w.value == 52, "offset");
	w = one(KJ_BTF_OFFSET, "page", "private", KJ_OK);
	ok(w.found == KJ_BTF_FOUND && w.value == 40,
	   "offset in a nameless struct in a nameless union");
	w = one(KJ_BTF_OFFSET, "folio", "mapping", KJ_OK);
	ok(w.found == KJ_BTF_FOUND && w.value == 24, "another struct's member of that name");
	w = one(KJ_BTF_LENGTH, "zone", "free_area", KJ_OK);
	ok(w.found == KJ_BTF_FOUND && w.value == 11, "array behind a typedef");
	w = one(KJ_BTF_LENGTH, "zone", "lock", KJ_OK);
	ok(w.found == KJ_BTF_NOT, "no array");
	w = one(KJ_BTF_ENUM, "pageflags", "PG_head", KJ_OK);
	ok(w.found == KJ_BTF_FOUND && w.value == 6, "constant");
	w = one(KJ_BTF_ENUM, "pageflags", "PGTY_slab", KJ_OK);
	ok(w.found == KJ_BTF_NOT, "constant of another enum");
	w = one(KJ_BTF_OFFSET, "page", "lock", KJ_OK);
	ok(w.found == KJ_BTF_NOT, "member of another struct");
	w = one(KJ_BTF_OFFSET, "pag", "flags", KJ_OK);
	ok(w.found == KJ_BTF_NOT, "half a name");
	w = one(KJ_BTF_SIZE, "pageflags", NULL, KJ_OK);
	ok(w.found == KJ_BTF_NOT, "an enum is no struct");
	is(kj_btf_resolve(&btf, &w, KJ_BTF_WANT + 1), KJ_ERANGE, "too many questions");
	broken = 24 + mb.ntypes / 2;
	one(KJ_BTF_SIZE, "page", NULL, KJ_ETRUNC);
}

static void doubts(void)
{
	struct kj_btf_want w;

	fresh(0);
	mb_type(&mb, MB_STRUCT, "page", 1, 0, 64);
	mb_member(&mb, "flags", 1, 0);
	rebuilt();
	w = one(KJ_BTF_OFFSET, "page", "flags", KJ_OK);
	ok(w.found == KJ_BTF_FOUND && w.value == 0, "twice the same");
	fresh(0);
	mb_type(&mb, MB_STRUCT, "page", 1, 0, 72);
	mb_member(&mb, "flags", 1, 64);
	rebuilt();
	w = one(KJ_BTF_OFFSET, "page", "flags", KJ_OK);
	ok(w.found == KJ_BTF_TWICE, "two answers are none");
	w = one(KJ_BTF_SIZE, "page", NULL, KJ_OK);
	ok(w.found == KJ_BTF_TWICE, "two sizes are none");

	mb_init(&mb);
	mb_type(&mb, MB_STRUCT, "s", 3, 1, 8);
	mb_member(&mb, "bits", 1, 3u << 24 | 8);
	mb_member(&mb, "odd", 1, 9);
	mb_member(&mb, "whole", 1, 16);
	mb_type(&mb, MB_ENUM64, "e", 1, 0, 8);
	mb_value(&mb, "big", 5);
	mb_u32(&mb, 1);
	mb_type(&mb, MB_ENUM, "n", 1, 1, 4);
	mb_value(&mb, "minus", (uint32_t)-129);
	rebuilt();
	w = one(KJ_BTF_OFFSET, "s", "bits", KJ_OK);
	ok(w.found == KJ_BTF_NOT, "a bit field has no byte");
	w = one(KJ_BTF_OFFSET, "s", "odd", KJ_OK);
	ok(w.found == KJ_BTF_NOT, "nor what begins within one");
	w = one(KJ_BTF_OFFSET, "s", "whole", KJ_OK);
	ok(w.found == KJ_BTF_FOUND && w.value == 2, "a whole member among bit fields");
	w = one(KJ_BTF_ENUM, "e", "big", KJ_OK);
	ok(w.found == KJ_BTF_FOUND && w.value == 0x100000005ll, "64 bits");
	w = one(KJ_BTF_ENUM, "n", "minus", KJ_OK);
	ok(w.found == KJ_BTF_FOUND && w.value == -129, "negative");
}

static void lies(void)
{
	fresh(0);
	mb_type(&mb, 20, "new", 0, 0, 0);
	rebuilt();
	one(KJ_BTF_SIZE, "page", NULL, KJ_EUNSUPP);
	fresh(0);
	mb_type(&mb, 0, NULL, 0, 0, 0);
	rebuilt();
	one(KJ_BTF_SIZE, "page", NULL, KJ_EUNSUPP);
	fresh(0);
	mb_type(&mb, MB_INT, "x", 0x10000, 0, 4);
	rebuilt();
	one(KJ_BTF_SIZE, "page", NULL, KJ_EUNSUPP);
	fresh(0);
	mb_type(&mb, MB_STRUCT, "x", 1, 0, 4);
	rebuilt();
	one(KJ_BTF_SIZE, "page", NULL, KJ_ETRUNC);
	fresh(0);
	mb_u32(&mb, 0);
	rebuilt();
	one(KJ_BTF_SIZE, "page", NULL, KJ_ETRUNC);

	mb_init(&mb);
	mb_type(&mb, MB_STRUCT, "s", 1, 0, 8);
	mb_member(&mb, NULL, 1, 0);
	rebuilt();
	one(KJ_BTF_OFFSET, "s", "s", KJ_ELIMIT); /* contains itself */
	mb_init(&mb);
	mb_type(&mb, MB_STRUCT, "s", KJ_BTF_PENDING + 1, 0, 8);
	for (unsigned int i = 0; i <= KJ_BTF_PENDING; i++)
		mb_member(&mb, NULL, 2, 0);
	rebuilt();
	one(KJ_BTF_OFFSET, "s", "s", KJ_ELIMIT); /* too many nameless ones */
	mb_init(&mb);
	mb_type(&mb, MB_STRUCT, "s", 1, 0, 8);
	mb_member(&mb, NULL, 99, 0);
	rebuilt();
	one(KJ_BTF_OFFSET, "s", "s", KJ_OK); /* a type that is not there: nothing found */
}

static int64_t num(const struct kj_vmcoreinfo *vi, const char *key)
{
	int64_t v = -1000000;

	(void)kj_vmcoreinfo_num(vi, key, &v);
	return v;
}

static void keys(void)
{
	char text[KJ_BTFKEYS_MAX];
	struct kj_vmcoreinfo vi, other;
	uint32_t both = 0;
	size_t len = 0;

	fresh(0);
	is(init(), KJ_OK, "header");
	is(kj_btfkeys_write(&btf, text, &len), KJ_OK, "keys of 6.12");
	kj_vmcoreinfo_init(text, len, &vi);
	is(num(&vi, "SIZE(page)"), 64, "size");
	is(num(&vi, "OFFSET(page.compound_head)"), 8, "compound_head");
	is(num(&vi, "OFFSET(page.mapping)"), 24, "mapping");
	is(num(&vi, "NUMBER(PG_head_mask)"), 64, "head as a mask");
	is(num(&vi, "NUMBER(PAGE_SLAB_MAPCOUNT_VALUE)"), (unsigned long long)-184549376ll, "slab");
	is(num(&vi, "LENGTH(zone.free_area)"), 11, "orders");
	is(num(&vi, "OFFSET(page.compound_info)"), (unsigned long long)-1000000ll,
	   "not in this one");
	fresh(1);
	is(init(), KJ_OK, "header");
	is(kj_btfkeys_write(&btf, text, &len), KJ_OK, "keys of later ones");
	kj_vmcoreinfo_init(text, len, &vi);
	is(num(&vi, "OFFSET(page.compound_info)"), 8, "compound_info");
	is(num(&vi, "OFFSET(page.mapping)"), 24,
	   "mapping from folio, which is in a union with page");

	kj_vmcoreinfo_init("SIZE(page)=64\nNUMBER(PAGE_SLAB_MAPCOUNT_VALUE)=4110417920\n", 63,
			   &other);
	is(kj_btfkeys_agree(&other, &vi, &both), KJ_OK, "int or unsigned: the same kernel");
	is(both, 2, "two numbers compared");
	kj_vmcoreinfo_init("SIZE(page)=64\nOFFSET(page.flags)=8\n", 36, &other);
	is(kj_btfkeys_agree(&other, &vi, &both), KJ_EMISMATCH, "another kernel");
	kj_vmcoreinfo_init("PAGESIZE=4096\n", 14, &other);
	is(kj_btfkeys_agree(&other, &vi, &both), KJ_EMISMATCH, "nothing to compare");

	mb_init(&mb);
	mb_type(&mb, MB_STRUCT, "folio", 1, 0, 64);
	mb_member(&mb, "mapping", 1, 192);
	rebuilt();
	is(kj_btfkeys_write(&btf, text, &len), KJ_ENOTFOUND, "no struct page");
	mb_type(&mb, MB_STRUCT, "page", 1, 0, 64);
	mb_member(&mb, "flags", 1, 0);
	mb_type(&mb, MB_ENUM, "pagetype", 2, 0, 4);
	mb_value(&mb, "PG_buddy", 0x40000000);
	mb_value(&mb, "PG_slab", 0x02000001);
	rebuilt();
	is(kj_btfkeys_write(&btf, text, &len), KJ_OK, "keys of 6.11");
	kj_vmcoreinfo_init(text, len, &vi);
	is(num(&vi, "OFFSET(page.mapping)"), (unsigned long long)-1000000ll,
	   "a folio apart does not speak for page");
	is(num(&vi, "NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)"), (unsigned long long)-1073741825ll,
	   "a bit that is clear");
	is(num(&vi, "NUMBER(PAGE_SLAB_MAPCOUNT_VALUE)"), (unsigned long long)-1000000ll,
	   "two bits are no type");
}

static int read_own(void *ctx, uint32_t off, void *buf, size_t len)
{
	return fseek(ctx, off, SEEK_SET) || fread(buf, 1, len, ctx) != len ? -1 : 0;
}

/* The real thing, whichever it is. */
static void running_kernel(void)
{
	FILE *f = fopen("/sys/kernel/btf/vmlinux", "rb");
	char text[KJ_BTFKEYS_MAX], *all;
	struct kj_vmcoreinfo vi;
	size_t len, n;

	all = f ? malloc(KJ_BTF_MAX) : NULL;
	if (!all) {
		skip("this kernel shows no BTF");
		return;
	}
	n = fread(all, 1, KJ_BTF_MAX, f);
	free(all);
	is(kj_btf_init(read_own, f, n, &btf), KJ_OK, "the running kernel's header");
	is(kj_btfkeys_write(&btf, text, &len), KJ_OK, "and its keys");
	kj_vmcoreinfo_init(text, len, &vi);
	is(num(&vi, "OFFSET(page.flags)"), 0, "flags come first");
	ok(num(&vi, "LENGTH(zone.free_area)") > 8, "orders");
	ok(num(&vi, "OFFSET(mem_section.section_mem_map)") >= 0, "sections");
	fclose(f);
}

int main(void)
{
	headers();
	answers();
	doubts();
	lies();
	keys();
	running_kernel();
	return tap_done();
}
