// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An image as the stream that /dev/snapshot takes. It must never know where the stream goes, so
 * that a test can be the kernel.
 */
#include <errno.h>
#include <string.h>

#include "cmd/lib/restore_stream.h"
#include "core/trampoline.h"
#include "core/unit.h"

static const uint8_t zero_page[4096];

struct run {
	const struct kj_stream *s;
	uint64_t sent;	/* data pages */
	uint32_t patch;	/* next one of ->patch */
	int from_sink;
};

int kj_stream_init(struct kj_stream *s, const struct kj_img *img, uint8_t tramp[4096])
{
	const struct kj_le_jump *j = &img->head->jump;
	const uint64_t swap = kj_get_le64(j->swap), re = kj_get_le64(j->re), cr4 = kj_get_le64(j->cr4);
	enum kj_err e;
	int err;

	memset(s, 0, sizeof(*s));
	s->img = img;
	err = kj_fill_make(&s->fill, img);
	if (err)
		return err;
	if (s->fill.n)
		e = kj_trampoline_fill(swap, re, cr4, &s->fill.f, tramp);
	else
		e = kj_trampoline_build(swap, re, cr4, tramp);
	if (e)
		return -ERANGE;
	s->head.jump = swap;
	s->head.cr3 = kj_get_le64(j->table);
	s->head.physpages = kj_get_le64(img->head->host.physpages);
	s->head.e820_crc = kj_get_le32(img->head->host.e820_crc);
	s->head.cpus = kj_get_le32(img->head->host.ncpus);
	return kj_stream_patch(s, swap >> 12, tramp);
}

void kj_stream_free(struct kj_stream *s)
{
	kj_fill_free(&s->fill);
}

int kj_stream_patch(struct kj_stream *s, uint64_t pfn, const uint8_t *page)
{
	uint32_t i = s->npatch;

	if (i == KJ_STREAM_PATCHES)
		return -ENOSPC;
	for (; i && s->patch[i - 1].pfn >= pfn; i--) {
		if (s->patch[i - 1].pfn == pfn)
			return -EEXIST;
		s->patch[i] = s->patch[i - 1];
	}
	s->patch[i].pfn = pfn;
	s->patch[i].page = page;
	s->npatch++;
	return 0;
}

void kj_stream_plan(struct kj_stream *s)
{
	uint32_t i;

	s->head.pages = kj_get_le64(s->img->head->data_pages) +
			kj_get_le64(s->img->head->zero_pages) + s->fill.n;
	for (i = 0; i < s->npatch; i++)
		s->head.pages += !kj_img_has(s->img, s->patch[i].pfn);
}

static int send(struct run *r, const uint8_t *page)
{
	int e = r->s->sink(r->s->sink_ctx, page);

	r->from_sink = e != 0;
	return e;
}

/* The next patch, if it lies in the unit at @pfn; page number relative to the unit, else -1. */
static int patch_bit(const struct run *r, uint64_t pfn)
{
	uint64_t p;

	if (r->patch >= r->s->npatch)
		return -1;
	p = r->s->patch[r->patch].pfn;
	return p >= pfn && p - pfn < KJ_UNIT_PAGES ? (int)(p - pfn) : -1;
}

/* The number of each page that is sent, ascending, to @use; other than 0 ends it and is returned. */
static int each_page(struct run *r, int (*use)(void *ctx, uint64_t pfn), void *ctx)
{
	const struct kj_stream *s = r->s;
	uint64_t u;
	int err = 0;

	for (u = 0; u < s->img->nunits && !err; u++) {
		const struct kj_le_entry *e = &s->img->index[u];
		const uint64_t pfn = kj_get_le64(e->pfn);
		unsigned int i;

		for (i = 0; i < KJ_UNIT_PAGES && !err; i++) {
			const int patched = patch_bit(r, pfn) == (int)i;

			if (!patched && !kj_unit_bit(e->data, i) && !kj_unit_bit(e->zero, i) &&
			    !kj_fill_page(&s->fill, pfn + i))
				continue;
			r->patch += (uint32_t)patched;
			err = use(ctx, pfn + i);
		}
	}
	r->patch = 0;
	return err;
}

struct meta {
	struct run *r;
	struct kj_swsusp_pack pack;
	uint8_t page[4096];
};

static int pack_page(void *ctx, uint64_t pfn)
{
	struct meta *m = ctx;
	int full = 0;

	if (kj_swsusp_pack(&m->pack, pfn, m->page, &full))
		return -EMSGSIZE; /* units ascend, so this cannot be */
	return full ? send(m->r, m->page) : 0;
}

/* The page numbers of all units. */
static int send_meta(struct run *r)
{
	struct meta m = { .r = r };
	int err = each_page(r, pack_page, &m);

	if (err)
		return err;
	return kj_swsusp_pack_end(&m.pack, m.page) ? send(r, m.page) : 0;
}

static int add_page(void *ctx, uint64_t pfn)
{
	return kj_runs_add(ctx, pfn) ? -ENOSPC : 0;
}

int kj_stream_pages(const struct kj_stream *s, struct kj_runs *ret)
{
	struct run r = { .s = s };

	return each_page(&r, add_page, ret);
}

/* The pages of one unit; @data holds those that are not zero. */
static int send_unit(struct run *r, const struct kj_le_entry *e, const uint8_t *data)
{
	const uint64_t pfn = kj_get_le64(e->pfn);
	unsigned int i;

	for (i = 0; i < KJ_UNIT_PAGES; i++) {
		const int stored = kj_unit_bit(e->data, i);
		const uint8_t *page = stored ? data : zero_page;
		int err;

		if (patch_bit(r, pfn) == (int)i)
			page = r->s->patch[r->patch++].page;
		else if (!stored && !kj_unit_bit(e->zero, i) &&
			 !(page = kj_fill_page(&r->s->fill, pfn + i)))
			continue;
		if (stored)
			data += 4096;
		err = send(r, page);
		if (err)
			return err;
		r->sent++;
	}
	return 0;
}

static int send_data(struct run *r, struct kj_pool *pool)
{
	const struct kj_stream *s = r->s;
	uint64_t u;

	for (u = 0; u < s->img->nunits; u++) {
		const struct kj_le_entry *e = &s->img->index[u];
		const int has_chunk = kj_get_le32(e->dlen) != 0;
		const uint8_t *data = NULL;
		int err = 0;

		if (s->tick)
			err = s->tick(s->tick_ctx, r->sent);
		if (!err && has_chunk)
			err = kj_pool_get(pool, &data);
		if (!err)
			err = send_unit(r, e, data);
		if (err)
			return err;
		if (has_chunk)
			kj_pool_put(pool);
	}
	return s->tick ? s->tick(s->tick_ctx, r->sent) : 0;
}

static int finish(struct run *r, int err, int *from_sink)
{
	if (!err && (r->sent != r->s->head.pages || r->patch != r->s->npatch))
		err = -EMSGSIZE;
	*from_sink = r->from_sink;
	return err;
}

int kj_stream_bare(const struct kj_stream *s, struct kj_pool *pool, int *from_sink)
{
	struct run r = { .s = s };
	const int err = send_data(&r, pool);

	return finish(&r, err, from_sink);
}

int kj_stream_run(const struct kj_stream *s, struct kj_pool *pool, int *from_sink)
{
	struct run r = { .s = s };
	uint8_t page[4096];
	int err;

	err = kj_swsusp_header(&s->head, page) ? -EMSGSIZE : send(&r, page);
	if (!err)
		err = send_meta(&r);
	if (!err)
		err = send_data(&r, pool);
	return finish(&r, err, from_sink);
}
