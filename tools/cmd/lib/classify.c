// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sections of A's memory to bitmaps of pages to leave out; must never use a struct page that could
 * not be read.
 */
#include "cmd/lib/classify.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cmd/lib/btfinfo.h"
#include "core/kdump.h"
#include "sys/badpage.h"

#define MAP_MIN (32u << 10) /* shorter runs cost less to read than to map and unmap */

static int code(enum kj_err e)
{
	if (e == KJ_ENOTFOUND)
		return -ENODATA;
	return e == KJ_EUNSUPP ? -EOPNOTSUPP : -EBADMSG;
}

/* One line that names what this kernel does not let us recognise; empty if there is nothing. */
static void name_missing(uint32_t missing, const char *btf, char why[KJ_WHY_MAX])
{
	size_t used = 0;

	why[0] = '\0';
	for (uint32_t bit = 1; bit && bit <= missing; bit <<= 1) {
		if (!(missing & bit))
			continue;
		int n = snprintf(why + used, KJ_WHY_MAX - used, "%s%s", used ? ", " : "",
				 kj_miss_name(bit));
		if (n < 0 || (size_t)n >= KJ_WHY_MAX - used)
			return;
		used += (size_t)n;
	}
	if (used)
		snprintf(why + used, KJ_WHY_MAX - used,
			 " pages cannot be recognised in this kernel, kept (BTF: %s)", btf);
}

/* The rules for @level, as far as @vi has them. */
static enum kj_err rules(const struct kj_vmcoreinfo *vi, uint32_t level, struct kj_classifier *c,
			 const char **part)
{
	*part = "memory sections";
	enum kj_err e = kj_memsection_init(vi, &c->pt, &c->ms);
	if (e)
		return e;
	*part = "struct page";
	return kj_pageclass_init(vi, level, &c->pc);
}

/* Is there something that another source might tell? */
static int lacking(enum kj_err e, const struct kj_classifier *c)
{
	return e == KJ_ENOTFOUND || (!e && c->pc.missing);
}

int kj_classifier_open(struct kj_amem *m, uint32_t level, struct kj_classifier *c,
		       char why[KJ_WHY_MAX])
{
	struct kj_vmcoreinfo vi = m->vi, more, *last = &vi;
	const char *part, *btf = "has no such names";
	char text[KJ_BTFKEYS_MAX];
	size_t len;

	if (level & ~(KJ_LEVEL_MAX | KJ_LEVEL_STRICT)) {
		snprintf(why, KJ_WHY_MAX, "no such level: 0x%x", level);
		return -EINVAL;
	}
	if (!m->vi.text) {
		snprintf(why, KJ_WHY_MAX, "no VMCOREINFO, all pages kept");
		return -ENODATA;
	}
	vi.next = NULL;
	enum kj_err e = kj_pgtable_init(&m->vi, kj_amem_reader, m, &c->pt);
	if (e) {
		snprintf(why, KJ_WHY_MAX, "page tables: %s, all pages kept", kj_strerror(e));
		return code(e);
	}
	e = rules(&vi, level, c, &part);
	/* a step that costs some 30 ms, and is seldom needed */
	if (lacking(e, c) && !kj_btfinfo(m, &c->pt, text, &len, &btf)) {
		kj_vmcoreinfo_init(text, len, &more);
		vi.next = last = &more;
		e = rules(&vi, level, c, &part);
	}
	/* a profile speaks where the kernel itself does not */
	if (lacking(e, c) && m->vi.next) {
		last->next = m->vi.next;
		e = rules(&vi, level, c, &part);
	}
	if (e) {
		snprintf(why, KJ_WHY_MAX, "%s: %s (BTF: %s), all pages kept", part, kj_strerror(e),
			 e == KJ_ENOTFOUND ? btf : "not asked");
		return code(e);
	}
	c->page_pa = UINT64_MAX;
	name_missing(c->pc.missing, btf, why);
	return 0;
}

struct job {
	struct kj_amem *m;
	struct kj_classifier *c;
	struct kj_section s;
	struct kj_class_carry carry;
	struct kj_class_counts counts;
	uint8_t *bitmap;
};

/* The first struct pages of a section: do they belong to a compound page that begins in a section
 * before? */
static int begin(struct job *j, const uint8_t *two)
{
	struct kj_class_carry none = { 0, KJ_CLASS_KEEP };
	le64 head[2 * KJ_PAGE_STRUCT / 8];

	j->carry = none;
	uint64_t va = kj_pageclass_head_va(&j->c->pc, two, j->s.page_va);
	if (!va)
		return 0;
	uint64_t back = (j->s.page_va - va) / KJ_PAGE_STRUCT;
	if (back > j->s.pfn)
		return 0;
	enum kj_err e = kj_pgtable_read(&j->c->pt, va, head, sizeof(head));
	if (e)
		return e == KJ_ETRUNC ? -EIO : -EBADMSG;
	kj_pageclass_head(&j->c->pc, (const uint8_t *)head, j->s.pfn - back, j->s.pfn, &j->carry);
	return 0;
}

static int scan(struct job *j, const uint8_t *pages, uint32_t first, uint32_t n)
{
	if (!first) {
		int r = begin(j, pages);
		if (r)
			return r;
	}
	kj_pageclass_scan(&j->c->pc, pages, j->s.pfn + first, n, j->s.pfn + KJ_SECTION_PAGES,
			  &j->carry, j->bitmap + first / 8, &j->counts);
	return 0;
}

/* Read the page of struct pages at @pa, unless it is the one read last: where hugetlb has optimised
 * its vmemmap, thousands of pages in a row are one and the same. */
static int read_page(struct job *j, uint64_t pa)
{
	struct kj_classifier *c = j->c;

	if (c->page_pa == pa)
		return 0;
	c->page_pa = UINT64_MAX;
	int r = kj_amem_read(j->m, pa, c->page, sizeof(c->page));
	if (!r)
		c->page_pa = pa;
	return r;
}

/* Scan one piece, in the longest runs that can be mapped; what cannot (A's page lies in the window)
 * or is not worth it is read page by page. */
static int scan_piece(struct job *j, const struct kj_section_piece *p)
{
	const int trimmed = j->m->kdump && j->m->kdump->status & KJ_KDUMP_NO_VMEMMAP;
	uint64_t pa = p->pa;
	uint32_t first = p->first, left = p->npages;

	while (left) {
		uint64_t max = (uint64_t)left * KJ_PAGE_STRUCT;
		uint64_t run = kj_amem_run(j->m, pa, max) & ~4095ull;
		int r;

		if (!run && trimmed) {
			/* whatever they describe is not in the source either */
			run = 4096;
			r = 0;
			j->carry.left -= j->carry.left < 4096 / KJ_PAGE_STRUCT ? j->carry.left
									      : 4096 / KJ_PAGE_STRUCT;
		} else if (run >= MAP_MIN) {
			const uint8_t *pages;

			r = kj_amem_map(j->m, pa, (size_t)run, &pages);
			if (r)
				return r;
			r = scan(j, pages, first, (uint32_t)(run / KJ_PAGE_STRUCT));
			if (kj_bad_count(pages, (size_t)run))
				r = -EIO;
			kj_amem_unmap(j->m, pages, (size_t)run);
		} else {
			run = 4096;
			r = read_page(j, pa);
			if (!r)
				r = scan(j, (const uint8_t *)j->c->page, first,
					 4096 / KJ_PAGE_STRUCT);
		}
		if (r)
			return r;
		pa += run;
		first += (uint32_t)(run / KJ_PAGE_STRUCT);
		left -= (uint32_t)(run / KJ_PAGE_STRUCT);
	}
	return 0;
}

static int scan_section(struct job *j)
{
	struct kj_classifier *c = j->c;
	uint32_t n, next = 0;

	enum kj_err e = kj_memsection_pieces(&c->ms, &j->s, c->piece, &n);
	if (e)
		return e == KJ_ETRUNC ? -EIO : -EBADMSG;
	for (uint32_t i = 0; i < n; i++) {
		if (c->piece[i].first != next)
			j->carry.left = 0; /* nothing is known about the pages in between */
		next = c->piece[i].first + c->piece[i].npages;
		int r = scan_piece(j, &c->piece[i]);
		if (r)
			return r;
	}
	return 0;
}

static void add(struct kj_class_counts *to, const struct kj_class_counts *from)
{
	to->pages += from->pages;
	to->doubt += from->doubt;
	for (unsigned int i = 0; i < KJ_CLASS_COUNT; i++)
		to->n[i] += from->n[i];
}

int kj_classify_section(struct kj_amem *m, struct kj_classifier *c, uint64_t section,
			uint8_t bitmap[KJ_SECTION_BITMAP], struct kj_class_counts *counts)
{
	struct job j;
	int r;

	memset(bitmap, 0, KJ_SECTION_BITMAP);
	c->pt.ctx = m;
	memset(&j, 0, sizeof(j));
	j.m = m;
	j.c = c;
	j.bitmap = bitmap;
	if (section >= c->ms.nsections)
		return 0;
	enum kj_err e = kj_memsection_get(&c->ms, section, &j.s);
	if (e == KJ_ENOTFOUND)
		return 0;
	if (e)
		return e == KJ_ETRUNC ? -EIO : -EBADMSG;
	if (!(j.s.flags & KJ_SECT_ONLINE))
		return 0;
	r = scan_section(&j);
	if (r) {
		memset(bitmap, 0, KJ_SECTION_BITMAP);
		return r == -EBADMSG ? r : -EIO;
	}
	add(counts, &j.counts);
	return 0;
}
