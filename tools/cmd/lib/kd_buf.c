// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Buffers and descriptors of a worker of the second pass of a kdump. It must never write a descriptor of a page whose
 * bytes are not in the file.
 *
 * A worker asks nobody but one counter of bytes: the format takes pages in any order, so each writes its buffers
 * wherever the counter says. While some are on their way to the disk, the next is filled: on one CPU, too, the disk and
 * the packing overlap. There are more than two, for a disk takes now less and now more time for the same.
 */
#include <string.h>

#include "cmd/lib/kd_buf.h"
#include "cmd/lib/pagecodec.h"
#include "sys/io.h"

#define OUT_SIZE (512u << 10)
#define DESC_MAX (2 * KJ_KD_ITEM)
/* Of a descriptor's offset: it counts from the start of the buffer that is not written yet. */
#define UNPLACED (1ull << 63)

size_t kj_kd_buf_size(void)
{
	return KJ_KD_SLOTS * OUT_SIZE + KJ_KD_BATCHES * DESC_MAX * sizeof(struct kj_le_page_desc);
}

void kj_kd_buf_open(struct kj_kd_buf *w, struct kj_kd *kd, void *mem)
{
	uint8_t *at = mem;
	unsigned int i;

	memset(w, 0, sizeof(*w));
	w->kd = kd;
	for (i = 0; i < KJ_KD_SLOTS; i++, at += OUT_SIZE) {
		w->slot[i].buf = at;
		kj_aio_open(&w->slot[i].aio);
	}
	kj_aio_open(&w->flush);
	for (i = 0; i < KJ_KD_BATCHES; i++, at += DESC_MAX * sizeof(struct kj_le_page_desc))
		w->batch[i].desc = (void *)at;
	kj_mix_init(&w->mix, (uint32_t)kd->d->level, kd->d->flat);
	w->since = kj_meter_now();
}

static void set_desc(struct kj_le_page_desc *d, uint64_t off, uint32_t size, uint32_t codec)
{
	memset(d, 0, sizeof(*d));
	d->off = kj_put_le64(off);
	d->size = kj_put_le32(size);
	d->flags = kj_put_le32(codec);
}

/* What was on its way has arrived, or else the descriptors of what the buffer holds become empty: readers say of those
 * pages that they are lost. */
static int settle(struct kj_kd_buf *w, struct kj_kd_slot *s, int err)
{
	struct kj_dump *d = w->kd->d;
	struct kj_kd_batch *b = &w->batch[s->batch];
	uint32_t i;

	if (!err)
		err = kj_aio_wait(&s->aio);
	for (i = 0; err && i < b->placed; i++) {
		const uint64_t at = kj_get_le64(b->desc[i].off);

		if (at >= s->at && at - s->at < s->len)
			set_desc(&b->desc[i], 0, 0, 0);
	}
	s->len = 0;
	return err ? kj_dump_fail_io(d, d->target, err) : 0;
}

/* The buffer was full at @full, and another one can be filled now. */
static void follow_disk(struct kj_kd_buf *w, uint64_t full, size_t len)
{
	const struct kj_dump *d = w->kd->d;
	/* to copy a page to the page cache is not to wait for a disk: it takes so long */
	const uint64_t now = kj_meter_now(), copy = d->dfd != d->fd || d->flat ? 0 : len / 4096 * 1000;
	const uint64_t wait = now - full > copy ? now - full - copy : 0;

	kj_mix_step(&w->mix, now - w->since - wait, wait);
	w->since = now;
}

/* What the buffer holds is sent to where the counter says, and its descriptors become final. */
static int place(struct kj_kd_buf *w)
{
	struct kj_dump *d = w->kd->d;
	struct kj_kd_slot *s = &w->slot[w->s];
	struct kj_kd_batch *b = &w->batch[w->b];
	/* whole blocks, so that no two workers write to the same one; a stream has no holes */
	const size_t len = d->flat ? w->used : (w->used + 4095) & ~(size_t)4095;
	const uint64_t full = kj_meter_now();
	int status, err;

	if (w->used) {
		memset(s->buf + w->used, 0, len - w->used);
		s->at = __atomic_fetch_add(&d->sh->next, len, __ATOMIC_RELAXED);
		s->len = len;
		s->batch = w->b;
	}
	for (; b->placed < b->ndesc; b->placed++) {
		struct kj_le_page_desc *p = &b->desc[b->placed];
		const uint64_t at = kj_get_le64(p->off);

		if (at & UNPLACED)
			p->off = kj_put_le64(s->at + (at & ~UNPLACED));
	}
	if (!w->used)
		return 0;
	err = kj_kd_start(w->kd, &s->aio, s->buf, len, s->at);
	status = err ? settle(w, s, err) : 0;
	w->used = 0;
	w->s = (w->s + 1) % KJ_KD_SLOTS;
	err = settle(w, &w->slot[w->s], 0);
	follow_disk(w, full, len);
	return status ? status : err;
}

/* Pages that the file has now. */
static void count(struct kj_kd_buf *w, const struct kj_le_page_desc *desc, uint32_t ndesc)
{
	struct kj_dump *d = w->kd->d;
	uint64_t n[KJ_PACK_CODECS] = { 0 }, data = 0, zero = 0;
	uint32_t i;

	for (i = 0; i < ndesc; i++) {
		const uint64_t at = kj_get_le64(desc[i].off);

		if (at == w->kd->data_off)
			zero++;
		else if (at)
			n[kj_pack_index(kj_get_le32(desc[i].flags))]++;
	}
	for (i = 0; i < KJ_PACK_CODECS; i++) {
		data += n[i];
		__atomic_fetch_add(&d->sh->packed[i], n[i], __ATOMIC_RELAXED);
	}
	kj_dump_count(d, data, zero, 0);
}

/* Has the flush that is under way come to an end? */
static int flushed(struct kj_kd_buf *w)
{
	struct kj_dump *d = w->kd->d;
	const int err = kj_aio_wait(&w->flush);

	return err ? kj_dump_fail_io(d, d->target, err) : 0;
}

/* Write the descriptors of a batch, all of which are placed, when their pages have arrived, and say that the items are
 * done. */
static int write_batch(struct kj_kd_buf *w, unsigned int nr)
{
	struct kj_kd *kd = w->kd;
	struct kj_kd_batch *b = &w->batch[nr];
	int status = 0, s;
	unsigned int i;

	for (i = 1; i <= KJ_KD_SLOTS; i++) {
		struct kj_kd_slot *slot = &w->slot[(w->s + i) % KJ_KD_SLOTS];

		s = slot->batch == nr ? settle(w, slot, 0) : 0;
		if (!status)
			status = s;
	}
	for (i = 0; i < b->npend; i++) {
		const struct kj_kd_pend *p = &b->pend[i];

		s = kj_kd_put(kd, &b->desc[p->at], p->n * sizeof(*b->desc), kd->k.desc + p->index * sizeof(*b->desc));
		if (!s)
			count(w, &b->desc[p->at], p->n);
		if (!status)
			status = s;
		if (!status && p->whole)
			kj_claims_done(kd->d->claims, p->item);
	}
	if (!status && b->flush) {
		status = flushed(w);
		kj_aio_flush(&w->flush, kd->d->fd);
	}
	b->npend = 0;
	b->ndesc = b->placed = 0;
	b->flush = 0;
	return status;
}

int kj_kd_buf_flush(struct kj_kd_buf *w)
{
	int status = place(w), s;
	unsigned int i;

	/* the older one first; the file is flushed when all workers are through */
	for (i = 1; i <= KJ_KD_BATCHES; i++) {
		w->batch[(w->b + i) % KJ_KD_BATCHES].flush = 0;
		s = write_batch(w, (w->b + i) % KJ_KD_BATCHES);
		if (!status)
			status = s;
	}
	s = flushed(w);
	return status ? status : s;
}

void kj_kd_buf_keep(struct kj_kd_buf *w)
{
	w->batch[w->b].flush = !w->kd->d->flat;
}

int kj_kd_buf_item(struct kj_kd_buf *w)
{
	const struct kj_kd_batch *b = &w->batch[w->b];
	int status, s;

	if (b->npend <= KJ_KD_PENDS && DESC_MAX - b->ndesc >= KJ_KD_ITEM)
		return 0;
	status = place(w);
	w->b = (w->b + 1) % KJ_KD_BATCHES;
	s = write_batch(w, w->b);
	return status ? status : s;
}

void kj_kd_buf_begin(struct kj_kd_buf *w, uint32_t item, uint64_t index)
{
	struct kj_kd_batch *b = &w->batch[w->b];

	b->pend[b->npend] = (struct kj_kd_pend){ .item = item, .at = b->ndesc, .index = index };
}

uint32_t kj_kd_buf_end(struct kj_kd_buf *w)
{
	struct kj_kd_batch *b = &w->batch[w->b];
	struct kj_kd_pend *p = &b->pend[b->npend];

	p->n = b->ndesc - p->at;
	b->npend += p->n != 0;
	return p->n;
}

void kj_kd_buf_whole(struct kj_kd_buf *w)
{
	struct kj_kd_batch *b = &w->batch[w->b];

	b->pend[b->npend - 1].whole = 1;
}

int kj_kd_buf_room(struct kj_kd_buf *w, uint8_t **ret)
{
	const int status = OUT_SIZE - w->used < KJ_PACK_ROOM ? place(w) : 0;

	*ret = w->slot[w->s].buf + w->used;
	return status;
}

static struct kj_le_page_desc *next_desc(struct kj_kd_buf *w)
{
	struct kj_kd_batch *b = &w->batch[w->b];

	return &b->desc[b->ndesc++];
}

void kj_kd_buf_add(struct kj_kd_buf *w, uint32_t n, uint32_t codec)
{
	set_desc(next_desc(w), UNPLACED | w->used, n, codec);
	w->used += n;
}

void kj_kd_buf_add_zeros(struct kj_kd_buf *w)
{
	set_desc(next_desc(w), w->kd->data_off, KJ_PAGE_BYTES, 0);
}

void kj_kd_buf_add_lost(struct kj_kd_buf *w)
{
	set_desc(next_desc(w), 0, 0, 0);
}
