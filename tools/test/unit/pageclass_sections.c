// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cmd/lib/classify: page tables, sections and struct pages of the little A of mkcore.h, part of
 * them in the window, joined to a bitmap; must never need a real vmcore.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd/lib/classify.h"
#include "mkcore.h"
#include "tap.h"

#define VMEMMAP 0xffffea0000000000ull
#define DIRECT 0xffff888000000000ull
#define TABLES 0x160000ull /* PGD, PUD and PMD of each half, PT of the struct pages */
#define ROOTS 0x170000ull
#define ROOT 0x200000ull     /* in the window */
#define STRUCTS 0x140000ull  /* of pages 0-511: 8 pages, mapped in one piece */
#define STRUCTS2 0x201000ull /* of pages 512-767: 4 pages in the window */
#define STRUCTS3 0x150000ull /* of pages 768-1023: one page by itself, then a hole */

static struct kj_amem m;
static struct mk_core c;
static struct kj_classifier cl;
static struct kj_class_counts counts;
static char path[] = "/tmp/kjtest.sections.XXXXXX", why[KJ_WHY_MAX];
static uint8_t bits[KJ_SECTION_BITMAP];

static char vmcoreinfo[] =
	"NUMBER(phys_base)=-16777216\nSYMBOL(init_top_pgt)=ffffffff81160000\n"
	"SYMBOL(mem_section)=ffff888000170000\nLENGTH(mem_section)=4096\nSIZE(mem_section)=32\n"
	"OFFSET(mem_section.section_mem_map)=0\nNUMBER(SECTION_SIZE_BITS)=27\n"
	"NUMBER(MAX_PHYSMEM_BITS)=46\nSIZE(page)=64\nOFFSET(page.flags)=0\n"
	"OFFSET(page._refcount)=52\nOFFSET(page.mapping)=24\nOFFSET(page._mapcount)=48\n"
	"OFFSET(page.private)=40\nOFFSET(page.compound_head)=8\nLENGTH(zone.free_area)=11\n"
	"NUMBER(PG_lru)=5\nNUMBER(PG_private)=14\nNUMBER(PG_swapcache)=10\n"
	"NUMBER(PG_swapbacked)=17\nNUMBER(PG_head_mask)=64\n"
	"NUMBER(PAGE_SLAB_MAPCOUNT_VALUE)=-184549376\n"
	"NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=-268435456\n"
	"NUMBER(PAGE_HUGETLB_MAPCOUNT_VALUE)=-201326592\n";

/* Where A's page @pa stands in the file: itself, or its backup page. */
static uint8_t *at(uint64_t pa)
{
	uint64_t page = pa & ~4095ull;

	for (unsigned int i = 0; i < MK_WINDOW_PAGES; i++)
		if (mk_dst(i) == page)
			return mk_at(&c, mk_src(i)) + pa % 4096;
	return mk_at(&c, pa);
}

static void put(uint64_t pa, uint64_t v)
{
	mk_put(at(pa), v, 8);
}

static void entry(unsigned int table, uint64_t index, uint64_t v)
{
	put(TABLES + table * 4096 + 8 * index, v | 0x63);
}

/* Where the struct page of @pfn stands, 0: nowhere. */
static uint64_t struct_pa(unsigned int pfn)
{
	if (pfn < 512)
		return STRUCTS + 64 * pfn;
	if (pfn < 768)
		return STRUCTS2 + 64 * (pfn - 512);
	return pfn < 832 ? STRUCTS3 + 64 * (pfn - 768) : 0;
}

static void page(unsigned int pfn, uint32_t type, uint64_t private, uint32_t refcount)
{
	uint64_t pa = struct_pa(pfn);

	for (unsigned int i = 0; i < 64; i += 8)
		put(pa + i, 0);
	put(pa + 40, private);
	put(pa + 48, type | (uint64_t)refcount << 32);
}

static void block(unsigned int pfn, unsigned int order)
{
	for (unsigned int i = 1; i < 1u << order; i++)
		if (struct_pa(pfn + i))
			page(pfn + i, UINT32_MAX, 0, 0);
	page(pfn, 0xf0000000u, order, 0);
}

static void build(uint64_t flags)
{
	memset(&c, 0, sizeof(c));
	c.file = calloc(1, MK_MAX);
	if (!c.file)
		exit(1);
	mk_core(&c, MK_JUMP);
	for (unsigned int i = 0; i < 7; i++)
		memset(at(TABLES + i * 4096), 0, 4096);
	memset(at(ROOTS), 0, 4096);
	memset(at(ROOT), 0, 4096);
	entry(0, DIRECT >> 39 & 511, TABLES + 4096);
	entry(1, 0, TABLES + 2 * 4096);
	entry(2, 0, 0x80);
	entry(2, 1, 0x200080);
	entry(0, VMEMMAP >> 39 & 511, TABLES + 4 * 4096);
	entry(4, 0, TABLES + 5 * 4096);
	entry(5, 0, TABLES + 6 * 4096);
	for (unsigned int i = 0; i < 13; i++)
		entry(6, i, struct_pa(i * 64));
	put(ROOTS, DIRECT + ROOT);
	put(ROOT, VMEMMAP | flags);
	for (unsigned int pfn = 0; pfn < 832; pfn++)
		page(pfn, UINT32_MAX, 0, 1);
	block(256, 6);
	block(500, 1);
	block(512, 7); /* within the window */
	block(704, 4);
	block(768, 7); /* its second half is not mapped */
}

static int reopen(uint32_t level)
{
	FILE *f = fopen(path, "wb");

	if (!f || fwrite(c.file, 1, c.size, f) != c.size || fclose(f))
		exit(1);
	free(c.file);
	kj_amem_close(&m);
	if (kj_amem_open(&m, path)) {
		printf("# %s\n", m.why);
		exit(1);
	}
	kj_vmcoreinfo_init(vmcoreinfo, sizeof(vmcoreinfo) - 1, &m.vi);
	return kj_classifier_open(&m, level, &cl, why);
}

static int classify(uint64_t section)
{
	memset(bits, 0xff, sizeof(bits));
	memset(&counts, 0, sizeof(counts));
	return kj_classify_section(&m, &cl, section, bits, &counts);
}

static unsigned int count(unsigned int first, unsigned int n)
{
	unsigned int sum = 0;

	for (unsigned int i = first; i < first + n; i++)
		sum += bits[i / 8] >> (i & 7) & 1;
	return sum;
}

static void joined(void)
{
	build(7);
	is(reopen(KJ_LEVEL_FREE), 0, "open");
	is_str(why, "offline pages cannot be recognised in this kernel, kept (BTF: not there)",
	       "what is missing");
	is(classify(0), 0, "classify");
	ok(count(0, 256) == 0 && count(256, 64) == 64 && count(320, 180) == 0,
	   "mapped in one piece");
	ok(count(500, 2) == 2 && count(502, 10) == 0, "up to its end");
	ok(count(512, 128) == 128 && count(640, 64) == 0 && count(704, 16) == 16, "in the window");
	ok(count(768, 64) == 64 && count(832, 32768 - 832) == 0, "where no struct pages are: kept");
	is(counts.pages, 832, "pages seen");
	is(counts.n[KJ_CLASS_FREE], 64 + 2 + 128 + 16 + 64, "free pages");
	is(classify(1), 0, "a section that is not there");
	is(count(0, 32768), 0, "leaves nothing out");
	is(counts.pages, 0, "and counts nothing");
	is(classify(1ull << 40), 0, "a section that cannot be");

	build(3);
	is(reopen(KJ_LEVEL_FREE), 0, "open");
	is(classify(0), 0, "a section that is not online");
	is(count(0, 32768), 0, "leaves nothing out");
}

static void broken(void)
{
	build(7);
	entry(6, 9, 0x900000);
	is(reopen(KJ_LEVEL_IMAGE), 0, "open");
	is(classify(0), (unsigned long long)-EIO, "struct pages that are no RAM");
	ok(!count(0, 32768) && !counts.pages, "leave nothing out");
	build(7);
	put(ROOTS, 0x1000);
	reopen(KJ_LEVEL_IMAGE);
	is(classify(0), (unsigned long long)-EBADMSG, "a root in user space");
	build(7);
	entry(0, VMEMMAP >> 39 & 511, 0x900000);
	reopen(KJ_LEVEL_IMAGE);
	is(classify(0), (unsigned long long)-EIO, "page tables that are no RAM");
	is(kj_classifier_open(&m, 32, &cl, why), (unsigned long long)-EINVAL, "no such level");
	kj_vmcoreinfo_init("SIZE(page)=64\n", 14, &m.vi);
	is(kj_classifier_open(&m, 16, &cl, why), (unsigned long long)-ENODATA, "hardly a key");
	memset(&m.vi, 0, sizeof(m.vi));
	is(kj_classifier_open(&m, 16, &cl, why), (unsigned long long)-ENODATA, "no VMCOREINFO");
	is_str(why, "no VMCOREINFO, all pages kept", "is told");
}

/* 1 GiB of hugetlb that began before the section, whose tails have this word. */
static void goes_on(uint64_t tail)
{
	build(7);
	put(ROOT + 32, VMEMMAP | 7);
	entry(5, 1, TABLES + 3 * 4096);
	entry(3, 0, STRUCTS3);
	page(0, 0xf4000000u, 0, 1);
	put(struct_pa(0), 64);
	put(struct_pa(1), 18);
	page(768, UINT32_MAX, 0, 1);
	put(struct_pa(768) + 8, tail);
	reopen(KJ_LEVEL_USER);
}

static void continued(void)
{
	const uint64_t mask = 0 - (64ull << 18) + 1; /* from 7.1 on */

	goes_on(VMEMMAP + 1);
	is(classify(1), 0, "a section whose head is in the one before");
	is(count(0, 32768), 64, "goes as far as its struct pages are known");
	is(counts.n[KJ_CLASS_USER], 64, "as user pages");
	goes_on(mask);
	is(classify(1), 0, "a mask where an address is wanted");
	is(counts.n[KJ_CLASS_USER], 0, "is none");
	memcpy(strstr(vmcoreinfo, "compound_head"), "compound_info", 13);
	goes_on(mask);
	is(classify(1), 0, "7.1: a section whose head is in the one before");
	is(counts.n[KJ_CLASS_USER], 64, "7.1: as user pages");
}

int main(void)
{
	int fd = mkstemp(path);

	if (fd < 0) {
		perror(path);
		return 1;
	}
	close(fd);
	m.fd = -1;
	joined();
	broken();
	continued();
	kj_amem_close(&m);
	unlink(path);
	return tap_done();
}
