// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Header and page numbers of the stream into /dev/snapshot. It must never depend
 * on what lies in the pages.
 */
#include <string.h>

#include "core/swsusp.h"

#define PFN_MAX (1ULL << 40)	/* 52 physical address bits */
#define END_OF_MAP UINT64_MAX	/* BM_END_OF_MAP of snapshot.c */

uint64_t kj_swsusp_meta_pages(uint64_t pages)
{
	return pages / KJ_SWSUSP_PFNS + (pages % KJ_SWSUSP_PFNS != 0);
}

uint64_t kj_swsusp_total_pages(uint64_t pages)
{
	return 1 + kj_swsusp_meta_pages(pages) + pages;
}

enum kj_err kj_swsusp_header(const struct kj_swsusp *s, uint8_t page[4096])
{
	struct kj_le_swsusp_info i;
	uint64_t total;

	/* nr_copy_pages and nr_meta_pages are unsigned ints, and the sum of both and 1 must be
	 * one, for the kernel adds them up in that type */
	if (!s->pages || s->pages > UINT32_MAX || (s->cr3 | s->jump) & 4095)
		return KJ_ERANGE;
	total = kj_swsusp_total_pages(s->pages);
	if (total > UINT32_MAX)
		return KJ_ERANGE;
	memset(&i, 0, sizeof(i));
	i.jump_address = kj_put_le64(s->jump);
	i.jump_address_phys = kj_put_le64(s->jump);
	i.cr3 = kj_put_le64(s->cr3);
	i.magic = kj_put_le64(KJ_SWSUSP_RESTORE_MAGIC);
	i.e820_checksum = kj_put_le64(s->e820_crc);
	i.num_physpages = kj_put_le64(s->physpages);
	i.cpus = kj_put_le32(s->cpus);
	i.image_pages = kj_put_le64(s->pages);
	i.pages = kj_put_le64(total);
	i.size = kj_put_le64(total * 4096);
	memset(page, 0, 4096);
	memcpy(page, &i, sizeof(i));
	return KJ_OK;
}

static void put_pfn(uint8_t page[4096], uint32_t i, uint64_t pfn)
{
	le64 v = kj_put_le64(pfn);

	memcpy(page + i * sizeof(v), &v, sizeof(v));
}

enum kj_err kj_swsusp_pack(struct kj_swsusp_pack *p, uint64_t pfn, uint8_t page[4096], int *full)
{
	if (pfn < p->next || pfn >= PFN_MAX)
		return KJ_ERANGE;
	put_pfn(page, p->n++, pfn);
	p->next = pfn + 1;
	*full = p->n == KJ_SWSUSP_PFNS;
	if (*full)
		p->n = 0;
	return KJ_OK;
}

int kj_swsusp_pack_end(struct kj_swsusp_pack *p, uint8_t page[4096])
{
	uint32_t i;

	if (!p->n)
		return 0;
	/* the kernel stops at the first of these; the rest only keeps old bytes out */
	for (i = p->n; i < KJ_SWSUSP_PFNS; i++)
		put_pfn(page, i, END_OF_MAP);
	p->n = 0;
	return 1;
}
