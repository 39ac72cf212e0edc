/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Images made from nothing, for tests of what reads them: every page's content follows from its
 * number, so that a test needs no second copy. It must never share code with the writer.
 */
#ifndef KJ_TEST_MKIMAGE_H
#define KJ_TEST_MKIMAGE_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/lib/codec.h"
#include "core/image.h"
#include "core/job.h"
#include "core/xxh.h"

#define MKI_MIB 0x100000ULL
#define MKI_PAGES 8192u		/* page numbers below this */
#define MKI_SWAP 0x301u		/* page numbers */
#define MKI_MBOX 0x345u
#define MKI_BARE 0x800u
#define MKI_CP 0x222u
#define MKI_TABLE 0x223u
#define MKI_MAP 0x224u

enum mki_kind { MKI_NONE, MKI_FREE, MKI_ZERO, MKI_DATA };

struct mki {
	uint32_t codec;			/* enum kj_codec, or 3: each in turn */
	uint64_t limit;			/* store no more pages than this */
	enum mki_kind swap;		/* what A's swap page is in the image */
	int fill;			/* 1: free pages are poison, but for those of the MiB at MKI_BARE */
	struct kj_le_host host;
	uint8_t kind[MKI_PAGES];
	uint8_t *file;
	size_t len;
	uint64_t stored;
};

static const struct kj_range mki_ram[] = {
	{ 0x1000, 0x9f000 }, { MKI_MIB, 9 * MKI_MIB }, { 16 * MKI_MIB + 0x3000, 19 * MKI_MIB },
	{ 19 * MKI_MIB + 0x8000, 19 * MKI_MIB + 0x9000 }, { 30 * MKI_MIB, 31 * MKI_MIB },
};
static const struct kj_range mki_window = { 4 * MKI_MIB, 6 * MKI_MIB };
static const uint8_t mki_id[16] = "image id of test";
static const uint8_t mki_nonce[16] = "nonce of mailbox";

static uint32_t mki_hash(uint32_t x)
{
	x ^= x >> 16;
	x *= 0x7feb352du;
	x ^= x >> 15;
	x *= 0x846ca68bu;
	return x ^ x >> 16;
}

/* What A has in page @pfn, if it is MKI_DATA. */
static void mki_page(uint32_t pfn, uint8_t page[4096])
{
	unsigned int i;

	if (pfn == MKI_MBOX) {
		struct kj_le_mbox *m = (struct kj_le_mbox *)page;

		memset(page, 0, 4096);
		memcpy(m->nonce, mki_nonce, 16);
		memcpy(m->id, mki_id, 16);
		m->entered = kj_put_le32(KJ_HOW_S5);
		kj_block_seal(m, KJ_MBOX_MAGIC);
		return;
	}
	/* half of it noise, and never all zero */
	for (i = 0; i < 4096; i++)
		page[i] = i < 2048 ? (uint8_t)mki_hash(pfn * 4096 + i) : (uint8_t)(pfn | 1);
}

static void mki_kinds(struct mki *m)
{
	uint32_t pfn, r;

	m->stored = 0;
	for (pfn = 0; pfn < MKI_PAGES; pfn++) {
		const uint64_t pa = (uint64_t)pfn << 12;
		uint8_t kind = MKI_NONE;

		for (r = 0; r < 5; r++)
			if (pa >= mki_ram[r].start && pa < mki_ram[r].end)
				kind = (uint8_t)(MKI_FREE + mki_hash(pfn / 3) % 3);
		/* many short runs of free pages: a list of them takes more than a page */
		if (m->fill && kind != MKI_NONE)
			kind = (uint8_t)(pfn & 1 ? MKI_FREE : MKI_ZERO + (mki_hash(pfn) & 1));
		if (pa >= 3 * MKI_MIB && pa < 4 * MKI_MIB && kind == MKI_DATA)
			kind = MKI_ZERO; /* a unit that is nearly all zero */
		if (pa >= 7 * MKI_MIB && pa < 8 * MKI_MIB)
			kind = MKI_DATA; /* one that is full */
		if (pa >= 30 * MKI_MIB && kind == MKI_DATA)
			kind = MKI_FREE; /* one without a chunk */
		if (pa >= mki_window.start && pa < mki_window.end)
			kind = MKI_NONE;
		if (pfn == MKI_MBOX || pfn == MKI_CP || pfn == MKI_TABLE || pfn == MKI_MAP)
			kind = MKI_DATA;
		if (pfn == MKI_SWAP)
			kind = m->swap;
		if (kind > MKI_FREE) {
			if (m->stored >= m->limit)
				kind = MKI_FREE;
			else
				m->stored++;
		}
		m->kind[pfn] = kind;
	}
}

static void mki_head(struct mki *m, struct kj_le_image *h, uint64_t nunits)
{
	uint64_t count[4] = { 0 }, total = 0, i;

	for (i = 0; i < MKI_PAGES; i++)
		count[m->kind[i]]++;
	memset(h, 0, sizeof(*h));
	memcpy(h->id, mki_id, 16);
	h->unit_pages = kj_put_le32(256);
	h->codec = kj_put_le32(m->codec > 2 ? 1 : m->codec);
	h->nunits = kj_put_le64(nunits);
	h->index_off = kj_put_le64(8192);
	h->data_off = kj_put_le64((8192 + nunits * 128 + 4095) & ~4095ULL);
	h->data_pages = kj_put_le64(count[MKI_DATA]);
	h->zero_pages = kj_put_le64(count[MKI_ZERO]);
	h->free_pages = kj_put_le64(count[MKI_FREE]);
	h->t_saved = kj_put_le64(1700000000);
	h->incompat = kj_put_le64(m->fill ? KJ_IMAGE_FILL : 0);
	h->fill = kj_put_le64(m->fill ? KJ_FILL_POISON : 0);
	for (i = 0; i < 5; i++) {
		h->ram[i].start = kj_put_le64(mki_ram[i].start);
		h->ram[i].end = kj_put_le64(mki_ram[i].end);
		total += (mki_ram[i].end - mki_ram[i].start) >> 12;
	}
	h->ram_pages = kj_put_le64(total);
	h->nram = kj_put_le32(5);
	h->nwindow = kj_put_le32(1);
	h->window[0].start = kj_put_le64(mki_window.start);
	h->window[0].end = kj_put_le64(mki_window.end);
	h->jump.re = kj_put_le64((MKI_CP << 12) + 0xf3);
	h->jump.table = kj_put_le64(MKI_TABLE << 12);
	h->jump.swap = kj_put_le64(MKI_SWAP << 12);
	h->jump.map = kj_put_le64((MKI_MAP << 12) | 2);
	h->jump.cr4 = kj_put_le64(0x7526f0);
	h->jump.mbox_pa = kj_put_le64(MKI_MBOX << 12);
	memcpy(h->jump.mbox_nonce, mki_nonce, 16);
	memcpy(h->host.release, "6.12.0-test", 11);
	if (kj_get_le64(m->host.physpages))
		h->host = m->host;
}

/* One unit: its entry, and its chunk at @out. Returns the chunk's length. */
static uint32_t mki_unit(struct mki *m, uint64_t unit, uint32_t pfn, uint64_t off,
			 struct kj_le_entry *e, uint8_t *out)
{
	static uint8_t raw[KJ_UNIT_BYTES], work[1 << 21];
	uint32_t i, n = 0, codec = m->codec > 2 ? (uint32_t)(unit % 3) : m->codec;
	size_t clen = 0;

	memset(e, 0, sizeof(*e));
	e->unit = kj_put_le64(unit);
	e->pfn = kj_put_le64(pfn);
	e->flags = kj_put_le16(m->fill && pfn != MKI_BARE ? KJ_ENTRY_FILL : 0);
	for (i = 0; i < 256; i++) {
		if (m->kind[pfn + i] == MKI_ZERO)
			e->zero[i / 8] = (uint8_t)(e->zero[i / 8] | 1 << i % 8);
		if (m->kind[pfn + i] != MKI_DATA)
			continue;
		e->data[i / 8] = (uint8_t)(e->data[i / 8] | 1 << i % 8);
		mki_page(pfn + i, raw + 4096 * n++);
	}
	if (n) {
		uint32_t dlen;

		if (!codec || kj_compress(codec, 0, work, sizeof(work), raw, n * 4096, out + 128,
					  n * 4096 - 1, &clen)) {
			codec = KJ_CODEC_STORED;
			clen = n * 4096;
			memcpy(out + 128, raw, clen);
		}
		dlen = (uint32_t)((128 + clen + 4095) & ~4095UL);
		memset(out + 128 + clen, 0, dlen - 128 - clen);
		e->clen = kj_put_le32((uint32_t)clen);
		e->dlen = kj_put_le32(dlen);
		e->off = kj_put_le64(off);
		e->codec = kj_put_le16((uint16_t)codec);
		e->psum = kj_put_le64(kj_xxh64(out + 128, dlen - 128, unit));
	}
	kj_entry_seal(e, mki_id);
	memcpy(out, e, n ? sizeof(*e) : 0);
	return kj_get_le32(e->dlen);
}

/* Make m->file, m->len from codec, limit, swap. The caller frees it. */
__attribute__((unused)) static void mki_make(struct mki *m)
{
	struct kj_le_image *h;
	struct kj_le_entry *e;
	uint64_t unit = 0, off;
	uint32_t mib, r;

	mki_kinds(m);
	m->file = calloc(1, 48 << 20);
	h = (struct kj_le_image *)m->file;
	e = (struct kj_le_entry *)(m->file + 8192);
	for (mib = 0; mib < 32; mib++) {
		/* does any RAM lie in it? */
		for (r = 0; r < 5; r++)
			if (mki_ram[r].start < (mib + 1) * MKI_MIB && mki_ram[r].end > mib * MKI_MIB)
				break;
		unit += r < 5;
	}
	mki_head(m, h, unit);
	off = kj_get_le64(h->data_off);
	for (mib = 0, unit = 0; mib < 32; mib++) {
		for (r = 0; r < 5; r++)
			if (mki_ram[r].start < (mib + 1) * MKI_MIB && mki_ram[r].end > mib * MKI_MIB)
				break;
		if (r == 5)
			continue;
		off += mki_unit(m, unit, mib * 256, off, &e[unit], m->file + off);
		unit++;
	}
	h->end_off = kj_put_le64(off);
	kj_image_seal(h);
	kj_state_seal((struct kj_le_state *)(m->file + 4096), mki_id, KJ_ST_READY, 0, 1700000000);
	m->len = off;
}

/* To the file at @path. */
static inline void mki_write(const struct mki *m, const char *path)
{
	FILE *f = fopen(path, "w");

	if (!f || fwrite(m->file, 1, m->len, f) != m->len || fclose(f)) {
		perror(path);
		abort();
	}
}

#endif
