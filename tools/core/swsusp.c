// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Header and page numbers of the stream that the kernel loads, and the first block of a device
 * that holds one. It must never depend on what lies in the pages.
 */
#include <string.h>

#include "core/image.h"
#include "core/swsusp.h"
#include "core/xxh.h"

#define PFN_MAX (1ULL << 40)	/* 52 physical address bits */
#define END_OF_MAP UINT64_MAX	/* BM_END_OF_MAP of snapshot.c */
#define ZERO_FLAG (1ULL << 63)	/* ENCODED_PFN_ZERO_FLAG */

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
	if (!s->pages || s->pages > UINT32_MAX || s->zeros > UINT32_MAX ||
	    (s->cr3 | s->jump) & 4095)
		return KJ_ERANGE;
	total = 1 + kj_swsusp_meta_pages(s->pages + s->zeros) + s->pages;
	if (total > UINT32_MAX || total + s->zeros > UINT32_MAX)
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

static enum kj_err pack(struct kj_swsusp_pack *p, uint64_t pfn, uint64_t flag, uint8_t page[4096],
			int *full)
{
	if (pfn < p->next || pfn >= PFN_MAX)
		return KJ_ERANGE;
	put_pfn(page, p->n++, pfn | flag);
	p->next = pfn + 1;
	*full = p->n == KJ_SWSUSP_PFNS;
	if (*full)
		p->n = 0;
	return KJ_OK;
}

enum kj_err kj_swsusp_pack(struct kj_swsusp_pack *p, uint64_t pfn, uint8_t page[4096], int *full)
{
	return pack(p, pfn, 0, page, full);
}

enum kj_err kj_swsusp_pack_zero(struct kj_swsusp_pack *p, uint64_t pfn, uint8_t page[4096],
				int *full)
{
	return pack(p, pfn, ZERO_FLAG, page, full);
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

/* ---- on a device ---- */

#define OFF_SUM offsetof(struct kj_le_swsusp_head, sum)
#define OFF_TAIL offsetof(struct kj_le_swsusp_head, hw_sig)
#define OFF_SIGS offsetof(struct kj_le_swsusp_head, orig_sig)
_Static_assert(OFF_SIGS - OFF_TAIL == 20, "FORMAT 7");

/* Without the signatures, which change. */
static uint64_t sum_of(const struct kj_le_swsusp_head *h)
{
	const uint8_t *p = (const void *)h;
	struct kj_xxh64 st;

	kj_xxh64_init(&st, 0);
	kj_xxh64_update(&st, p, OFF_SUM);
	kj_xxh64_update(&st, p + OFF_TAIL, OFF_SIGS - OFF_TAIL);
	return kj_xxh64_digest(&st);
}

void kj_swsusp_seal(struct kj_le_swsusp_head *h)
{
	memcpy(h->magic, KJ_SWSUSP_MAGIC, sizeof(h->magic));
	h->version = kj_put_le32(KJ_SWSUSP_VERSION);
	memcpy(h->orig_sig, KJ_SWSUSP_TAKEN, sizeof(h->orig_sig));
	memcpy(h->sig, KJ_SWSUSP_SIG, sizeof(h->sig));
	h->sum = kj_put_le64(sum_of(h));
}

static enum kj_err check_flags(uint32_t codec, uint32_t flags)
{
	switch (codec) {
	case KJ_CODEC_STORED:
		return flags == KJ_SF_NOCOMPRESS ? KJ_OK : KJ_EFORMAT;
	case KJ_CODEC_LZO:
		return flags == KJ_SF_CRC32 ? KJ_OK : KJ_EFORMAT;
	case KJ_CODEC_LZ4:
		return flags == (KJ_SF_CRC32 | KJ_SF_LZ4) ? KJ_OK : KJ_EFORMAT;
	}
	return KJ_EFORMAT;
}

enum kj_err kj_swsusp_check(const struct kj_le_swsusp_head *h, uint64_t size)
{
	uint64_t end = kj_get_le64(h->end_off), image = kj_get_le64(h->image);

	if (memcmp(h->magic, KJ_SWSUSP_MAGIC, sizeof(h->magic)))
		return KJ_EMAGIC;
	if (kj_get_le32(h->version) != KJ_SWSUSP_VERSION)
		return KJ_EVERSION;
	if (kj_get_le64(h->sum) != sum_of(h))
		return KJ_ECRC;
	if (!kj_swsusp_state(h))
		return KJ_EFORMAT;
	if (end > size || end % 4096 || image < 2 || image >= end / 4096)
		return KJ_ERANGE;
	return check_flags(kj_get_le32(h->codec), kj_get_le32(h->flags));
}

uint32_t kj_swsusp_state(const struct kj_le_swsusp_head *h)
{
	if (!memcmp(h->sig, KJ_SWSUSP_SIG, sizeof(h->sig)))
		return KJ_SWS_READY;
	if (!memcmp(h->sig, KJ_SWSUSP_TAKEN, sizeof(h->sig)))
		return KJ_SWS_TAKEN;
	return memcmp(h->sig, KJ_SWSUSP_STALE, sizeof(h->sig)) ? 0 : KJ_SWS_STALE;
}

const char *kj_swsusp_state_name(uint32_t state)
{
	switch (state) {
	case KJ_SWS_READY:
		return "ready";
	case KJ_SWS_TAKEN:
		return "consumed";
	case KJ_SWS_STALE:
		return "stale";
	}
	return "unknown";
}

int kj_swsusp_waits(const void *block, uint64_t size, const uint8_t id[16])
{
	const struct kj_le_swsusp_head *h = block;

	return !kj_swsusp_check(h, size) && !memcmp(h->id, id, sizeof(h->id)) &&
	       kj_swsusp_state(h) == KJ_SWS_READY;
}
