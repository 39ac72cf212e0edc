// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A's memory as an image (FORMAT section 4). It must never write the header before everything
 * else is on the disk, and never leave a chunk that no index entry names.
 */
#include <errno.h>
#include <string.h>
#include <sysexits.h>

#include "cmd/lib/codec.h"
#include "cmd/lib/dump.h"
#include "cmd/lib/progress.h"
#include "core/image.h"
#include "core/packpay.h"
#include "core/unit.h"
#include "core/xxh.h"
#include "sys/compat.h"
#include "sys/io.h"

#define OUT_SIZE (KJ_UNIT_BYTES + (256u << 10)) /* of a worker's buffer */
#define CHUNK_MAX (KJ_UNIT_BYTES + 4096u)       /* a stored unit */
#define INDEX_BLOCK 4096u

_Static_assert(KJ_DUMP_BATCH * sizeof(struct kj_le_entry) == INDEX_BLOCK, "a batch is a block");
_Static_assert(OUT_SIZE >= CHUNK_MAX, "one chunk always fits");

struct worker {
	struct kj_dump *d;
	struct kj_walk walk;
	struct kj_le_entry *index; /* of the batch, INDEX_BLOCK bytes */
	uint8_t *out;              /* chunks that have no place yet */
	size_t used;
	unsigned int nwait; /* how many, and which entries are theirs */
	uint16_t wait[KJ_DUMP_BATCH];
	uint32_t wait_at[KJ_DUMP_BATCH]; /* in out */
	uint8_t *gather;
	void *work;
	size_t worklen;
	struct kj_pay pay;
};

/* The data pages of one unit: one piece of the mapping, or copied together. */
struct payload {
	const uint8_t *p;
	uint32_t n;
	int copied;
};

static size_t round_up(size_t n)
{
	return (n + 4095) & ~(size_t)4095;
}

static int too_small(struct kj_dump *d, uint64_t used)
{
	const uint64_t done = __atomic_load_n(&d->sh->done, __ATOMIC_RELAXED);
	/* at the ratio so far; in 64ths, or the product would overflow */
	uint64_t guess = done / 64 ? used / (done / 64) * (d->total / 64) : 0;

	if (guess < used)
		guess = used;
	return kj_dump_fail(d, EX_CANTCREAT,
			    "%s: target too small: it takes %llu MiB, the image about %llu MiB",
			    d->target, (unsigned long long)(d->capacity >> 20),
			    (unsigned long long)(guess >> 20) + 1);
}

/* Nothing of @e may be read, or changed, after that. */
static void finish_entry(const struct kj_dump *d, struct kj_le_entry *e)
{
	const uint64_t unit = kj_get_le64(e->unit);

	kj_entry_seal(e, d->id);
	if (d->seal)
		kj_seal_entry(d->seal, unit, e);
}

/* Give the chunks in the buffer their places and write them. */
static int flush(struct worker *w)
{
	struct kj_dump *d = w->d;
	uint64_t off, since;
	unsigned int i;
	int status;

	if (!w->used)
		return 0;
	off = __atomic_fetch_add(&d->sh->next, w->used, __ATOMIC_RELAXED);
	if (off > d->capacity || w->used > d->capacity - off)
		return too_small(d, off);
	for (i = 0; i < w->nwait; i++) {
		struct kj_le_entry *e = &w->index[w->wait[i]];

		e->off = kj_put_le64(off + w->wait_at[i]);
		finish_entry(d, e);
		/* the chunk of an encrypted image begins with its tag */
		if (!d->seal)
			memcpy(w->out + w->wait_at[i], e, sizeof(*e));
	}
	since = kj_meter_now();
	status = kj_dump_write(d, w->out, w->used, off);
	kj_pay_wrote(&w->pay, kj_meter_now() - since, (uint32_t)w->used);
	w->used = 0;
	w->nwait = 0;
	return status;
}

static void copy_payload(struct worker *w, struct payload *pl)
{
	if (pl->n && !pl->copied)
		memcpy(w->gather, pl->p, (size_t)pl->n * 4096);
	pl->copied = 1;
	pl->p = w->gather;
}

static void add_page(struct worker *w, struct payload *pl, const uint8_t *page)
{
	if (!pl->n && !pl->copied) {
		pl->p = page;
	} else if (pl->copied || page != pl->p + (size_t)pl->n * 4096) {
		copy_payload(w, pl);
		memcpy(w->gather + (size_t)pl->n * 4096, page, 4096);
	}
	pl->n++;
}

/* Sort the pages of @keep into zero pages and payload. */
static int collect(struct worker *w, uint64_t pfn, uint64_t end, const uint8_t *keep,
		   struct kj_le_entry *e, struct payload *pl)
{
	const uint8_t *page;
	unsigned int i;
	int err;

	for (i = 0; i < KJ_UNIT_PAGES; i++) {
		const uint64_t pa = (pfn + i) << 12;

		if (!kj_unit_bit(keep, i))
			continue;
		/* the next mapping replaces the one that the payload lies in */
		if (pl->n && !pl->copied && !kj_walk_holds(&w->walk, pa))
			copy_payload(w, pl);
		err = kj_walk_page(&w->walk, pa, end, &page);
		if (err == -EFAULT)
			return kj_dump_fail(w->d, EX_DATAERR,
					    "%s: page 0x%llx of A's memory is not there",
					    w->d->m->path, (unsigned long long)pa);
		if (err)
			return kj_dump_fail_io(w->d, w->d->m->path, err);
		if (kj_page_is_zero(page)) {
			kj_unit_set(e->zero, i);
		} else {
			kj_unit_set(e->data, i);
			add_page(w, pl, page);
		}
	}
	return 0;
}

/*
 * Is the next unit better stored?  Only where that is the user's choice too (lz4 as it comes), where writing takes the
 * time of the disk and not of a copy into the page cache, and where the rest fits even if all of it is stored.
 */
static int stores(struct worker *w)
{
	struct kj_dump *d = w->d;
	const uint64_t used = __atomic_load_n(&d->sh->next, __ATOMIC_RELAXED);
	const uint64_t done = __atomic_load_n(&d->sh->done, __ATOMIC_RELAXED);
	/* done, and without a place yet */
	const uint64_t held = (uint64_t)d->used_workers * OUT_SIZE;
	const uint64_t rest = (d->total - (done < d->total ? done : d->total)) * 4096 + d->nunits * 8192;

	if (d->codec != KJ_CODEC_LZ4 || d->level || d->dfd == d->fd)
		return 0;
	if (used > d->capacity || held > d->capacity - used || rest > d->capacity - used - held)
		return 0;
	return !kj_pay_packs(&w->pay);
}

/* Put the chunk of @e into the buffer, its entry without place and seal. */
static int pack(struct worker *w, unsigned int slot, const struct payload *pl)
{
	struct kj_dump *d = w->d;
	struct kj_le_entry *e = &w->index[slot];
	const size_t raw = (size_t)pl->n * 4096;
	uint32_t codec = d->codec;
	uint8_t *chunk, *dst;
	size_t clen = 0, dlen;
	enum kj_err err;

	if (OUT_SIZE - w->used < sizeof(*e) + raw + 4095 && flush(w))
		return (int)d->sh->status;
	chunk = w->out + w->used;
	dst = chunk + sizeof(*e);
	err = KJ_ENOSPC;
	if (codec != KJ_CODEC_STORED && !stores(w)) {
		const uint64_t since = kj_meter_now();

		err = kj_compress(codec, d->level, w->work, w->worklen, pl->p, raw, dst, raw - 1,
				  &clen);
		kj_pay_packed(&w->pay, kj_meter_now() - since, (uint32_t)raw, (uint32_t)(err ? raw : clen));
	}
	if (err && err != KJ_ENOSPC)
		return kj_dump_fail(d, EX_SOFTWARE, "%s: %s", kj_codec_name(codec),
				    kj_strerror(err));
	/* what saves no block is quicker to read back as it is */
	if (err || round_up(sizeof(*e) + clen) >= round_up(sizeof(*e) + raw)) {
		memcpy(dst, pl->p, raw);
		clen = raw;
		codec = KJ_CODEC_STORED;
	}
	dlen = round_up(sizeof(*e) + clen);
	memset(dst + clen, 0, dlen - sizeof(*e) - clen);
	e->clen = kj_put_le32((uint32_t)clen);
	e->dlen = kj_put_le32((uint32_t)dlen);
	e->codec = kj_put_le16((uint16_t)codec);
	if (d->seal)
		kj_seal_chunk(d->seal, kj_get_le64(e->unit), chunk, dlen);
	else
		e->psum = kj_put_le64(kj_xxh64(dst, dlen - sizeof(*e), kj_get_le64(e->unit)));
	w->wait[w->nwait] = (uint16_t)slot;
	w->wait_at[w->nwait++] = (uint32_t)w->used;
	w->used += dlen;
	return 0;
}

/* Of a system that relies on its free pages: are those that are left out all of that kind?  Where a page that is out of
 * use lies among them, no free one is left out, for nobody could tell them apart later. */
static int fill_unit(struct kj_dump *d, uint64_t pfn, uint8_t left[KJ_UNIT_MASK], const uint8_t *mask)
{
	uint8_t gone[KJ_UNIT_MASK], any_left = 0, any_gone = 0;
	unsigned int i;

	kj_keep_unit(&d->gone, pfn, gone);
	for (i = 0; i < KJ_UNIT_MASK; i++) {
		any_left |= left[i] & mask[i];
		any_gone |= gone[i] & mask[i];
	}
	if (any_gone)
		memcpy(left, gone, sizeof(gone));
	return any_left && !any_gone;
}

static int do_unit(struct worker *w, uint64_t unit, unsigned int slot, uint64_t end,
		   uint64_t counts[3])
{
	struct kj_dump *d = w->d;
	struct kj_le_entry *e = &w->index[slot];
	const uint64_t pfn = kj_unit_pfn(&d->m->ram, unit);
	uint8_t mask[KJ_UNIT_MASK], left[KJ_UNIT_MASK];
	struct payload pl = { NULL, 0, 0 };
	unsigned int i, n;
	int status;

	kj_unit_mask(&d->m->ram, &d->keep.cut, pfn, mask);
	n = kj_unit_weight(mask);
	kj_keep_unit(&d->keep, pfn, left);
	if (d->fill && fill_unit(d, pfn, left, mask))
		e->flags = kj_put_le16(KJ_ENTRY_FILL);
	for (i = 0; i < KJ_UNIT_MASK; i++)
		mask[i] = (uint8_t)(mask[i] & ~left[i]);
	e->unit = kj_put_le64(unit);
	e->pfn = kj_put_le64(pfn);
	status = collect(w, pfn, end, mask, e, &pl);
	if (status)
		return status;
	i = kj_unit_weight(mask);
	counts[0] += pl.n;
	counts[1] += i - pl.n;
	counts[2] += n - i;
	if (pl.n)
		status = pack(w, slot, &pl);
	else
		finish_entry(d, e);
	__atomic_fetch_add(&d->sh->done, i, __ATOMIC_RELAXED);
	return status;
}

static int do_batch(struct worker *w, uint64_t batch)
{
	struct kj_dump *d = w->d;
	const uint64_t first = batch * KJ_DUMP_BATCH;
	uint64_t last = first + KJ_DUMP_BATCH - 1, end, u, counts[3] = { 0, 0, 0 };
	int status;

	if (last >= d->nunits)
		last = d->nunits - 1;
	end = (kj_unit_pfn(&d->m->ram, last) + KJ_UNIT_PAGES) << 12;
	memset(w->index, 0, INDEX_BLOCK);
	for (u = first; u <= last; u++) {
		if (kj_dump_stopped(d))
			return EX_TEMPFAIL;
		status = do_unit(w, u, (unsigned int)(u - first), end, counts);
		if (status)
			return status;
	}
	status = flush(w);
	if (!status)
		status = kj_dump_write(d, w->index, INDEX_BLOCK, KJ_INDEX_OFF + batch * INDEX_BLOCK);
	if (!status)
		kj_dump_count(d, counts[0], counts[1], counts[2]);
	return status;
}

/* Runs in its own process: what it allocates goes with it. */
static int image_worker(unsigned int nr, void *ctx)
{
	struct kj_dump *d = ctx;
	struct worker w;
	int64_t batch;
	void *p;
	int err;

	memset(&w, 0, sizeof(w));
	w.d = d;
	w.walk.m = d->m;
	w.walk.max = KJ_DUMP_WALK;
	w.worklen = kj_compress_work(d->codec, d->level);
	err = kj_alloc_pages(INDEX_BLOCK + OUT_SIZE + KJ_UNIT_BYTES + w.worklen, &p);
	if (err)
		return kj_dump_fail(d, EX_OSERR, "worker: %s", strerror(-err));
	w.index = p;
	w.out = (uint8_t *)p + INDEX_BLOCK;
	w.gather = w.out + OUT_SIZE;
	w.work = w.gather + KJ_UNIT_BYTES;
	while (!kj_dump_stopped(d) && (batch = kj_claims_take(d->claims, nr)) >= 0) {
		err = do_batch(&w, (uint64_t)batch);
		if (err)
			break;
		kj_claims_done(d->claims, (uint32_t)batch);
	}
	/* the status stands in shared memory: an exit status other than 0 is for what is not
	 * understood */
	return 0;
}

static void restart(struct kj_dump *d)
{
	d->sh->next = kj_image_data_off(d->nunits);
	/* no piece is encrypted twice with one key; a failure is seen by the workers */
	(void)kj_dump_seal(d);
}

/* What can be said before anything is written. */
static int check_source(struct kj_dump *d)
{
	const struct kj_facts *f = &d->m->facts;
	const uint64_t least = kj_image_data_off(d->nunits) + 4096 + (d->key ? KJ_SEALED_TAIL : 0);

	if (!d->m->is_jump)
		return kj_dump_fail(d, EX_DATAERR,
				    "%s: nobody jumped here, an image cannot be made of it",
				    d->m->path);
	if (f->window.n > KJ_WIN_MAX)
		return kj_dump_fail(d, EX_DATAERR, "%s: window of %u ranges", d->m->path,
				    f->window.n);
	if (least > d->capacity)
		return kj_dump_fail(d, EX_CANTCREAT,
				    "%s: target too small: it takes %llu KiB, the index alone %llu",
				    d->target, (unsigned long long)(d->capacity >> 10),
				    (unsigned long long)(least >> 10));
	return 0;
}

int kj_dump_erase(int fd)
{
	static const uint8_t zero[KJ_INDEX_OFF + INDEX_BLOCK];
	int err = kj_pwrite_full(fd, zero, sizeof(zero), 0);

	return err ? err : kj_fsync(fd);
}

/* C holds the image beside itself while it loads: one that cannot fit must not be what A is given up for.  What C
 * needs is a guess from the smallest that works (64 MiB), and an eighth of what is hardly more than that. */
int kj_dump_loadable(struct kj_dump *d)
{
	const uint64_t ram = kj_ranges_pages(&d->m->ram), pages = d->sh->data + d->sh->zero;
	const uint64_t own = (ram / 8 < 16384 ? ram / 8 : 16384) + ram / 256;
	static const uint8_t none[16];

	if (!memcmp(d->label_uuid, none, sizeof(none)) || (d->direct && !d->key) || (own <= ram && pages <= ram - own))
		return 0;
	return kj_dump_fail(d, EX_TEMPFAIL,
			    "too much memory in use to be restored: %llu of %llu MiB, %llu have to be free",
			    (unsigned long long)(pages >> 8), (unsigned long long)(ram >> 8),
			    (unsigned long long)(own >> 8));
}

static int dump_image(struct kj_dump *d)
{
	int err, status = kj_dump_open(d, KJ_LEVEL_IMAGE, &d->m->facts.window);
	void *buf = NULL;

	if (!status)
		status = check_source(d);
	if (status)
		return status;
	err = kj_dump_erase(d->fd);
	if (err)
		return kj_dump_fail_io(d, d->target, err);
	restart(d);
	status = (int)d->sh->status;
	if (!status)
		status = kj_dump_run(d, image_worker, KJ_REDO_ALL, restart);
	if (!status)
		status = kj_dump_loadable(d);
	if (status)
		return status;
	err = kj_alloc_pages(KJ_DUMP_FINISH, &buf);
	if (err)
		return kj_dump_fail(d, EX_OSERR, "out of memory");
	status = kj_dump_image_finish(d, buf);
	kj_munmap(buf, KJ_DUMP_FINISH);
	return status;
}

int kj_dump_image(struct kj_dump *d)
{
	int status = dump_image(d);

	kj_dump_seal_end(d);
	return status;
}
