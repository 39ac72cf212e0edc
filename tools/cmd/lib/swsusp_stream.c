// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A's memory as the kernel's stream, from any page of it on, compressed as the kernel does. It must
 * never give a page another place in the stream than its number has.
 */
#include <errno.h>
#include <string.h>
#include <sysexits.h>

#include "cmd/lib/codec.h"
#include "cmd/lib/dump_swsusp.h"
#include "core/image.h"
#include "core/unit.h"
#include "sys/compat.h"

#define IN_BYTES (KJ_SWSUSP_UNC_PAGES * 4096u)
#define CMP_BYTES (KJ_SWSUSP_CMP_PAGES * 4096u)
#define OUT_BYTES (KJ_SWS_GROUP / KJ_SWSUSP_UNC_PAGES * CMP_BYTES)

_Static_assert(OUT_BYTES >= KJ_SWS_GROUP * 4096u, "a group as it is");
_Static_assert(CMP_BYTES >= KJ_SWSUSP_CMP_HEADER + KJ_LZO_ROOM(IN_BYTES), "UNC_SIZE, CMP_SIZE");

struct worker {
	struct kj_sws *s;
	struct kj_walk walk;
	/* where we are among the pages */
	uint64_t unit;
	unsigned int bit;
	uint8_t all[KJ_UNIT_MASK], data[KJ_UNIT_MASK];
	uint64_t next; /* page of the stream that comes next, if no other is asked for */
	uint8_t *in, *out;
	void *work;
	size_t worklen;
};

void kj_sws_unit(const struct kj_sws *s, uint64_t unit, uint8_t all[KJ_UNIT_MASK],
		 uint8_t data[KJ_UNIT_MASK])
{
	struct kj_dump *d = s->d;
	const uint64_t pfn = kj_unit_pfn(&d->m->ram, unit);
	uint8_t left[KJ_UNIT_MASK];
	unsigned int i;

	kj_unit_mask(&d->m->ram, &d->keep.cut, pfn, all);
	kj_keep_unit(&d->keep, pfn, left);
	for (i = 0; i < KJ_UNIT_MASK; i++)
		all[i] = (uint8_t)(all[i] & ~left[i]);
	if (s->swap - pfn < KJ_UNIT_PAGES)
		kj_unit_set(all, (unsigned int)(s->swap - pfn));
	for (i = 0; i < KJ_UNIT_MASK; i++)
		data[i] = s->zero ? (uint8_t)(all[i] & ~s->zero[unit * KJ_UNIT_MASK + i]) : all[i];
}

static int enter_unit(struct worker *w, uint64_t unit)
{
	w->unit = unit;
	w->bit = 0;
	if (unit >= w->s->d->nunits)
		return -ENODATA;
	kj_sws_unit(w->s, unit, w->all, w->data);
	return 0;
}

/* Stand before page number @r, of those with data or of all. */
static int seek(struct worker *w, int data, uint64_t r)
{
	const struct kj_sws_rank *rank = w->s->rank;
	const uint8_t *mask = data ? w->data : w->all;
	uint64_t lo = 0, hi = w->s->nbatch;
	unsigned int n;
	int err;

	while (hi - lo > 1) {
		const uint64_t mid = lo + (hi - lo) / 2;

		if ((data ? rank[mid].data : rank[mid].all) <= r)
			lo = mid;
		else
			hi = mid;
	}
	r -= data ? rank[lo].data : rank[lo].all;
	err = enter_unit(w, lo * KJ_DUMP_BATCH);
	while (!err && r >= (n = kj_unit_weight(mask))) {
		r -= n;
		err = enter_unit(w, w->unit + 1);
	}
	if (err)
		return err;
	for (;; w->bit++)
		if (kj_unit_bit(mask, w->bit) && !r--)
			return 0;
}

/* The page that we stand before, or the next one that there is; we go behind it. */
static int next_page(struct worker *w, int data, uint64_t *pfn, int *is_data)
{
	for (;;) {
		const uint8_t *mask = data ? w->data : w->all;

		for (; w->bit < KJ_UNIT_PAGES; w->bit++) {
			if (!kj_unit_bit(mask, w->bit))
				continue;
			*pfn = kj_unit_pfn(&w->s->d->m->ram, w->unit) + w->bit;
			*is_data = kj_unit_bit(w->data, w->bit);
			w->bit++;
			return 0;
		}
		if (enter_unit(w, w->unit + 1))
			return -ENODATA;
	}
}

static int fill_meta(struct worker *w, uint8_t *page)
{
	struct kj_swsusp_pack pack = { 0 };
	int full = 0, data;
	uint64_t pfn;

	while (!full && !next_page(w, 0, &pfn, &data))
		if (data ? kj_swsusp_pack(&pack, pfn, page, &full)
			 : kj_swsusp_pack_zero(&pack, pfn, page, &full))
			return -ERANGE; /* they ascend, so this cannot be */
	return full || kj_swsusp_pack_end(&pack, page) ? 0 : -ENODATA;
}

static int read_page(struct worker *w, uint64_t pfn, const uint8_t **ret)
{
	struct kj_dump *d = w->s->d;
	int err = kj_walk_page(&w->walk, pfn << 12, UINT64_MAX, ret);

	if (err == -EFAULT)
		return kj_dump_fail(d, EX_DATAERR, "%s: page 0x%llx of A's memory is not there",
				    d->m->path, (unsigned long long)pfn << 12);
	return err ? kj_dump_fail_io(d, d->m->path, err) : 0;
}

static int fill_data(struct worker *w, uint8_t *to)
{
	const uint8_t *page;
	uint64_t pfn;
	int status, data;

	if (next_page(w, 1, &pfn, &data))
		return kj_dump_fail(w->s->d, EX_SOFTWARE, "%s: fewer pages than counted",
				    w->s->d->target);
	page = w->s->tramp;
	status = pfn == w->s->swap ? 0 : read_page(w, pfn, &page);
	if (!status)
		memcpy(to, page, 4096);
	return status;
}

/* Pages @at to @at + @n of the stream. */
static int fill(struct worker *w, uint64_t at, uint64_t n, uint8_t *buf)
{
	const uint64_t meta = w->s->meta;
	uint64_t i;
	int err;

	for (i = at; i < at + n; i++, buf += 4096) {
		err = 0;
		if (i != w->next || i == meta)
			err = i < meta ? seek(w, 0, i * KJ_SWSUSP_PFNS) : seek(w, 1, i - meta);
		if (!err && i < meta)
			err = fill_meta(w, buf);
		if (err)
			return kj_dump_fail(w->s->d, EX_SOFTWARE, "%s: page numbers: %s",
					    w->s->d->target, strerror(-err));
		err = i < meta ? 0 : fill_data(w, buf);
		if (err)
			return err;
		w->next = i + 1;
	}
	return 0;
}

static int place(struct kj_dump *d, struct kj_sws_group *g, uint64_t total)
{
	const uint64_t len = (uint64_t)g->n * 4096;
	const uint64_t off = __atomic_fetch_add(&d->sh->next, len, __ATOMIC_RELAXED);
	const uint64_t done = __atomic_load_n(&d->sh->done, __ATOMIC_RELAXED);
	uint64_t guess;

	if (off <= d->capacity && len <= d->capacity - off) {
		g->at = (uint32_t)(off >> 12);
		return 0;
	}
	guess = done / 64 ? off / (done / 64) * (total / 64) : 0;
	return kj_dump_fail(d, EX_CANTCREAT,
			    "%s: target too small: it takes %llu MiB, the image about %llu MiB",
			    d->target, (unsigned long long)(d->capacity >> 20),
			    (unsigned long long)((guess < off ? off : guess) >> 20) + 1);
}

/* @n pages of the stream into the buffer, compressed; *used grows by whole blocks. */
static int pack_block(struct worker *w, uint64_t at, uint64_t n, size_t *used, uint32_t *crc)
{
	struct kj_dump *d = w->s->d;
	uint8_t *block = w->out + *used;
	const size_t raw = (size_t)n * 4096;
	size_t len = 0, all;
	enum kj_err e;
	le64 head;
	int status = fill(w, at, n, w->in);

	if (status)
		return status;
	*crc = kj_crc_run(*crc, w->in, raw);
	e = kj_compress(d->codec, d->level, w->work, w->worklen, w->in, raw,
			block + KJ_SWSUSP_CMP_HEADER, CMP_BYTES - KJ_SWSUSP_CMP_HEADER, &len);
	if (e)
		return kj_dump_fail(d, EX_SOFTWARE, "%s: %s", kj_codec_name(d->codec),
				    kj_strerror(e));
	head = kj_put_le64(len);
	memcpy(block, &head, sizeof(head));
	all = (KJ_SWSUSP_CMP_HEADER + len + 4095) & ~(size_t)4095;
	memset(block + KJ_SWSUSP_CMP_HEADER + len, 0, all - KJ_SWSUSP_CMP_HEADER - len);
	*used += all;
	return 0;
}

static int do_group(struct worker *w, uint64_t nr)
{
	struct kj_sws *s = w->s;
	struct kj_dump *d = s->d;
	struct kj_sws_group *g = &s->group[nr];
	const uint64_t first = nr * KJ_SWS_GROUP;
	const uint64_t n = s->total - first < KJ_SWS_GROUP ? s->total - first : KJ_SWS_GROUP;
	uint32_t crc = 0;
	size_t used = 0;
	uint64_t i;
	int status = 0;

	if (d->codec == KJ_CODEC_STORED) {
		status = fill(w, first, n, w->out);
		used = (size_t)n * 4096;
		g->at = (uint32_t)(KJ_SWS_FIRST + first);
	}
	for (i = 0; !status && i < n && d->codec != KJ_CODEC_STORED; i += KJ_SWSUSP_UNC_PAGES)
		status = pack_block(w, first + i,
				    n - i < KJ_SWSUSP_UNC_PAGES ? n - i : KJ_SWSUSP_UNC_PAGES,
				    &used, &crc);
	g->n = (uint32_t)(used >> 12);
	g->crc = crc;
	if (!status && d->codec != KJ_CODEC_STORED)
		status = place(d, g, s->total);
	if (!status)
		status = kj_dump_write(d, w->out, used, (uint64_t)g->at << 12);
	if (!status)
		__atomic_fetch_add(&d->sh->done, n, __ATOMIC_RELAXED);
	return status;
}

/* What a worker allocates goes with it. */
static int begin(struct worker *w, struct kj_dump *d)
{
	void *p;
	int err;

	memset(w, 0, sizeof(*w));
	w->s = d->sws;
	w->walk.m = d->m;
	w->walk.max = KJ_DUMP_WALK;
	w->next = UINT64_MAX;
	w->worklen = kj_compress_work(d->codec, d->level);
	err = kj_alloc_pages(OUT_BYTES + IN_BYTES + w->worklen, &p);
	if (err)
		return kj_dump_fail(d, EX_OSERR, "worker: %s", strerror(-err));
	w->out = p;
	w->in = w->out + OUT_BYTES;
	w->work = w->in + IN_BYTES;
	return 0;
}

int kj_sws_group_worker(unsigned int nr, void *ctx)
{
	struct kj_dump *d = ctx;
	struct worker w;
	int64_t item;

	if (begin(&w, d))
		return 0;
	while (!kj_dump_stopped(d) && (item = kj_claims_take(d->claims, nr)) >= 0) {
		uint64_t g = (uint64_t)item * KJ_SWS_ITEM, end = g + KJ_SWS_ITEM;

		if (end > w.s->ngroups)
			end = w.s->ngroups;
		for (; g < end; g++)
			/* the status stands in shared memory */
			if (kj_dump_stopped(d) || do_group(&w, g))
				return 0;
		kj_claims_done(d->claims, (uint32_t)item);
	}
	return 0;
}

static int find_zeros(struct worker *w, uint64_t unit)
{
	struct kj_sws *s = w->s;
	const uint64_t pfn = kj_unit_pfn(&s->d->m->ram, unit);
	const uint8_t *page;
	unsigned int i;
	int status;

	if (enter_unit(w, unit))
		return 0;
	for (i = 0; i < KJ_UNIT_PAGES; i++) {
		if (!kj_unit_bit(w->all, i) || pfn + i == s->swap)
			continue;
		status = read_page(w, pfn + i, &page);
		if (status)
			return status;
		if (kj_page_is_zero(page))
			kj_unit_set(s->zero + unit * KJ_UNIT_MASK, i);
	}
	return 0;
}

int kj_sws_zero_worker(unsigned int nr, void *ctx)
{
	struct kj_dump *d = ctx;
	struct worker w;
	int64_t batch;

	memset(&w, 0, sizeof(w));
	w.s = d->sws;
	w.walk.m = d->m;
	w.walk.max = KJ_DUMP_WALK;
	while (!kj_dump_stopped(d) && (batch = kj_claims_take(d->claims, nr)) >= 0) {
		uint64_t u = (uint64_t)batch * KJ_DUMP_BATCH, end = u + KJ_DUMP_BATCH;

		for (; u < end; u++)
			if (kj_dump_stopped(d) || find_zeros(&w, u))
				return 0;
		kj_claims_done(d->claims, (uint32_t)batch);
	}
	return 0;
}
