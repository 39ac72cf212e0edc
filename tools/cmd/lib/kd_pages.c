// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The second pass of a kdump: kept pages, packed straight from the mapping, and their descriptors.
 * It must never write a descriptor of a page whose bytes are not in the file.
 *
 * A worker asks nobody but the list of items and one counter of bytes: the format takes pages in
 * any order, so each writes a buffer of its own wherever the counter says. While one buffer is on
 * its way to the disk, the next is filled: on one CPU, too, the disk and the packing overlap.
 */
#include <errno.h>
#include <string.h>
#include <sysexits.h>

#include "cmd/lib/kd.h"
#include "cmd/lib/pagecodec.h"
#include "core/packmix.h"
#include "core/unit.h"
#include "core/xxh.h"
#include "sys/badpage.h"
#include "sys/compat.h"
#include "sys/io.h"
#include "sys/vmcore.h"

#define OUT_SIZE (512u << 10)
#define READ_SIZE (128u << 10)
#define DESC_MAX (2 * KJ_KD_ITEM)
#define PEND_MAX 64u
#define PENDS (KJ_KD_ITEM_GROUPS / 2) /* most that an item makes: every other group has the rank */
#define GROUP_MASK (KJ_KD_GROUP / 8)
/* Of a descriptor's offset: it counts from the start of the buffer that is not written yet. */
#define UNPLACED (1ull << 63)

struct pend {
	uint32_t item, at, n; /* descriptors at.. of the worker's are the item's, if not all of them */
	uint64_t index;       /* of the first one in the file */
	int whole;            /* no page of the item is still to come */
};

struct worker {
	struct kj_kd *kd;
	struct kj_walk walk, backup;
	struct kj_packer *packer;
	struct kj_mix mix;  /* of codec auto */
	uint64_t since;     /* when the buffer began to be filled */
	struct kj_aio aio;
	uint8_t *out, *other; /* being filled; written, or on its way to the disk */
	size_t used;
	uint64_t flight; /* where the one on its way goes, ->flight_len bytes; 0: none is */
	size_t flight_len;
	struct kj_le_page_desc *desc;
	uint32_t ndesc;  /* in ->desc */
	uint32_t placed; /* of them, how many from the start on are final */
	struct pend pend[PEND_MAX];
	unsigned int npend;
	unsigned int rank;  /* of the pages dealt with now */
	uint32_t have;      /* section whose bitmap ->bits is */
	uint8_t bits[KJ_SECTION_BITMAP];
	uint8_t ram[KJ_SECTION_BITMAP];
};

static void set_desc(struct kj_le_page_desc *d, uint64_t off, uint32_t size, uint32_t codec)
{
	memset(d, 0, sizeof(*d));
	d->off = kj_put_le64(off);
	d->size = kj_put_le32(size);
	d->flags = kj_put_le32(codec);
}

/* The buffer on its way has arrived, or else the descriptors of what it holds become empty: readers
 * say of those pages that they are lost. */
static int settle(struct worker *w, int err)
{
	struct kj_dump *d = w->kd->d;
	uint32_t i;

	if (!err)
		err = kj_aio_wait(&w->aio);
	for (i = 0; err && i < w->placed; i++) {
		const uint64_t at = kj_get_le64(w->desc[i].off);

		if (at >= w->flight && at - w->flight < w->flight_len)
			set_desc(&w->desc[i], 0, 0, 0);
	}
	w->flight_len = 0;
	return err ? kj_dump_fail_io(d, d->target, err) : 0;
}

/* The buffer was full at @full, and the other one can be filled now. */
static void follow_disk(struct worker *w, uint64_t full, size_t len)
{
	const struct kj_dump *d = w->kd->d;
	/* to copy a page to the page cache is not to wait for a disk: it takes so long */
	const uint64_t now = kj_meter_now(), copy = d->dfd != d->fd || d->flat ? 0 : len / 4096 * 1000;
	const uint64_t wait = now - full > copy ? now - full - copy : 0;

	kj_mix_step(&w->mix, now - w->since - wait, wait);
	w->since = now;
}

/* What the buffer holds is sent to where the counter says, and its descriptors become final. */
static int place(struct worker *w)
{
	struct kj_dump *d = w->kd->d;
	/* whole blocks, so that no two workers write to the same one; a stream has no holes */
	const size_t len = d->flat ? w->used : (w->used + 4095) & ~(size_t)4095;
	const uint64_t full = kj_meter_now();
	int status = settle(w, 0), err = 0, s;
	uint8_t *swap = w->out;

	if (w->used) {
		memset(w->out + w->used, 0, len - w->used);
		w->flight = __atomic_fetch_add(&d->sh->next, len, __ATOMIC_RELAXED);
		w->flight_len = len;
	}
	for (; w->placed < w->ndesc; w->placed++) {
		struct kj_le_page_desc *p = &w->desc[w->placed];
		const uint64_t at = kj_get_le64(p->off);

		if (at & UNPLACED)
			p->off = kj_put_le64(w->flight + (at & ~UNPLACED));
	}
	if (w->used)
		err = kj_kd_start(w->kd, &w->aio, w->out, len, w->flight);
	w->used = 0;
	w->out = w->other;
	w->other = swap;
	s = err ? settle(w, err) : 0;
	follow_disk(w, full, len);
	return status ? status : s;
}

/* Pages that the file has now. */
static void count(struct worker *w, const struct pend *p)
{
	struct kj_dump *d = w->kd->d;
	uint64_t n[KJ_PACK_CODECS] = { 0 }, data = 0, zero = 0;
	uint32_t i;

	for (i = p->at; i < p->at + p->n; i++) {
		const uint64_t at = kj_get_le64(w->desc[i].off);

		if (at == w->kd->data_off)
			zero++;
		else if (at)
			n[kj_pack_index(kj_get_le32(w->desc[i].flags))]++;
	}
	for (i = 0; i < KJ_PACK_CODECS; i++) {
		data += n[i];
		__atomic_fetch_add(&d->sh->packed[i], n[i], __ATOMIC_RELAXED);
	}
	kj_dump_count(d, data, zero, 0);
}

/* Write what there is: buffer, descriptors, and say that the items are done. */
static int flush(struct worker *w)
{
	struct kj_kd *kd = w->kd;
	int status = place(w), s = settle(w, 0);
	unsigned int i;

	if (!status)
		status = s;
	for (i = 0; i < w->npend; i++) {
		const struct pend *p = &w->pend[i];

		s = kj_kd_put(kd, &w->desc[p->at], p->n * sizeof(*w->desc),
			      kd->k.desc + p->index * sizeof(*w->desc));
		if (!s)
			count(w, p);
		if (!status)
			status = s;
		if (!status && p->whole)
			kj_claims_done(kd->d->claims, p->item);
	}
	w->npend = 0;
	w->ndesc = w->placed = 0;
	return status;
}

/* Page @pa, mapped together with kept ones up to @end. 0, or -errno. */
static int get_page(struct worker *w, uint64_t pa, uint64_t end, const uint8_t **ret)
{
	struct kj_amem *m = w->kd->d->m;
	uint64_t at = pa;
	int err;

	if (!m->is_jump)
		return kj_walk_page(&w->walk, pa, end, ret);
	err = kj_amem_locate(m, pa, &at);
	if (err)
		return err;
	if (at == pa)
		return kj_walk_page(&w->walk, pa, end, ret);
	return kj_walk_page(&w->backup, at, at + KJ_DUMP_WALK_BACKUP, ret);
}

static int add_page(struct worker *w, uint64_t pa, uint64_t end)
{
	struct kj_dump *d = w->kd->d;
	struct kj_le_page_desc *desc;
	const uint8_t *page = NULL;
	uint32_t codec, n;
	int err, status = 0;

	if (OUT_SIZE - w->used < KJ_PACK_ROOM)
		status = place(w);
	if (status)
		return status;
	desc = &w->desc[w->ndesc++];
	err = get_page(w, pa, end, &page);
	if (err) {
		set_desc(desc, 0, 0, 0);
		return kj_dump_no_page(d, pa, err);
	}
	if (kj_page_is_zero(page)) {
		set_desc(desc, w->kd->data_off, KJ_PAGE_BYTES, 0);
	} else {
		if (d->codec == KJ_PACK_AUTO)
			kj_pack_gear(w->packer, kj_mix_gear(&w->mix));
		n = kj_pack_page(w->packer, page, w->out + w->used, &codec);
		/* it went while it was read: what was packed is nobody's */
		if (kj_bad_count(page, KJ_PAGE_BYTES)) {
			set_desc(desc, 0, 0, 0);
			return kj_dump_no_page(d, pa, -EIO);
		}
		set_desc(desc, UNPLACED | w->used, n, codec);
		w->used += n;
	}
	return 0;
}

/* The bitmap of the section: read back from the file, or made again for a stream. */
static int get_bits(struct worker *w, uint32_t section)
{
	struct kj_kd *kd = w->kd;
	struct kj_dump *d = kd->d;
	const uint64_t off = kd->k.bitmap2 + (uint64_t)d->keep.sec[section].nr * KJ_SECTION_BITMAP;
	int err;

	if (w->have == section)
		return 0;
	w->have = UINT32_MAX;
	if (d->flat) {
		kj_kd_bits(kd, section, w->ram, w->bits, NULL);
		(void)kj_kd_trim(kd, section, w->bits);
		if (kj_xxh64(w->bits, sizeof(w->bits), 0) != kd->sec[section].sum)
			return kj_dump_fail(d, EX_DATAERR,
					    "%s: section 0x%x: its struct pages have changed",
					    d->m->path, d->keep.sec[section].nr);
	} else {
		err = kj_pread_full(d->fd, w->bits, sizeof(w->bits), off, NULL);
		if (err)
			return kj_dump_fail_io(d, d->target, err);
		if (kj_kd_weight(w->bits, sizeof(w->bits)) != kd->sec[section].kept)
			return kj_dump_fail(d, EX_IOERR, "%s: a bitmap reads back wrong",
					    d->target);
	}
	w->have = section;
	return 0;
}

/* Pages of the item from group @g to before group @end, all of one rank. */
static int do_groups(struct worker *w, uint64_t base, const uint8_t *bits, unsigned int g, unsigned int end)
{
	struct kj_dump *d = w->kd->d;
	uint8_t only[KJ_KD_ITEM_MASK];
	unsigned int i, to = 0, done = 0;
	int status = 0;

	memset(only, 0, sizeof(only));
	memcpy(only + g * GROUP_MASK, bits + g * GROUP_MASK, (end - g) * GROUP_MASK);
	for (i = g * KJ_KD_GROUP; !status && i < end * KJ_KD_GROUP; i++) {
		if (!kj_unit_bit(only, i))
			continue;
		if (i >= to) {
			to = kj_kd_run_end(only, i);
			__atomic_fetch_add(&d->sh->done, done, __ATOMIC_RELAXED);
			done = 0;
			if (kj_dump_stopped(d)) {
				status = EX_TEMPFAIL;
				break;
			}
		}
		status = add_page(w, base + (uint64_t)i * 4096, base + (uint64_t)to * 4096);
		done++;
	}
	__atomic_fetch_add(&d->sh->done, done, __ATOMIC_RELAXED);
	return status;
}

/* Behind the last page of a rank: what is there shall stay, whatever comes, for the next ones are worth
 * less. */
static int next_rank(struct worker *w, unsigned int rank)
{
	struct kj_dump *d = w->kd->d;
	int status = flush(w), err;

	w->rank = rank;
	if (status || d->flat)
		return status;
	err = kj_fsync(d->fd);
	return err ? kj_dump_fail_io(d, d->target, err) : 0;
}

static int do_item(struct worker *w, uint32_t item)
{
	struct kj_kd *kd = w->kd;
	struct kj_dump *d = kd->d;
	const uint32_t nitems = d->keep.nsec * KJ_DUMP_PARTS, nth = item % nitems;
	const uint32_t section = nth / KJ_DUMP_PARTS, part = nth % KJ_DUMP_PARTS;
	const struct kj_kd_section *s = &kd->sec[section];
	const uint64_t base = ((uint64_t)d->keep.sec[section].nr << KJ_SECTION_BITS) +
			      (uint64_t)part * KJ_KD_ITEM * 4096;
	const uint8_t *bits = w->bits + part * KJ_KD_ITEM_MASK;
	const unsigned int rank = item / nitems;
	unsigned int g = s->kept ? kj_kd_next_group(s, part, rank, 0, 1) : KJ_KD_ITEM_GROUPS, end;
	uint32_t any = 0;
	int status = 0;

	if (g < KJ_KD_ITEM_GROUPS && rank != w->rank)
		status = next_rank(w, rank);
	if (!status && g < KJ_KD_ITEM_GROUPS)
		status = get_bits(w, section);
	if (!status && (PEND_MAX - w->npend < PENDS || DESC_MAX - w->ndesc < KJ_KD_ITEM))
		status = flush(w);
	for (; !status && g < KJ_KD_ITEM_GROUPS; g = kj_kd_next_group(s, part, rank, end, 1)) {
		struct pend *p = &w->pend[w->npend];

		end = kj_kd_next_group(s, part, rank, g, 0);
		p->item = item;
		p->at = w->ndesc;
		p->index = s->first + kj_kd_weight(w->bits, part * KJ_KD_ITEM_MASK + g * GROUP_MASK);
		p->whole = 0;
		status = do_groups(w, base, bits, g, end);
		/* of an item that is cut short, too, what there is can be read */
		p->n = w->ndesc - p->at;
		w->npend += p->n != 0;
		any += p->n;
	}
	if (!status && any)
		w->pend[w->npend - 1].whole = 1;
	else if (!status)
		kj_claims_done(d->claims, item);
	return status;
}

static int worker_init(struct worker *w, struct kj_kd *kd)
{
	struct kj_dump *d = kd->d;
	const size_t pack = kj_pack_size(d->codec, d->level), desc = DESC_MAX * sizeof(*w->desc);
	void *p;
	/* the buffer is read into over and over, so that it stays in the cache next to the CPU */
	const size_t read = !d->m->ops && kj_vmcore_is_file(d->m->fd) ? READ_SIZE : 0;
	int err = kj_alloc_pages(2 * OUT_SIZE + read + desc + pack, &p);

	if (err)
		return kj_dump_fail(d, EX_OSERR, "worker: %s", strerror(-err));
	w->kd = kd;
	w->walk.m = w->backup.m = d->m;
	w->walk.max = KJ_DUMP_WALK;
	w->backup.max = KJ_DUMP_WALK_BACKUP;
	w->have = UINT32_MAX;
	w->out = p;
	w->other = w->out + OUT_SIZE;
	if (read) {
		w->walk.buf = w->other + OUT_SIZE;
		w->walk.room = read;
	}
	w->desc = (void *)(w->other + OUT_SIZE + read);
	kj_aio_open(&w->aio);
	kj_mix_init(&w->mix, (uint32_t)d->level, d->flat);
	w->since = kj_meter_now();
	w->packer = kj_pack_init(d->codec, d->level, w->other + OUT_SIZE + read + desc, pack);
	if (!w->packer)
		return kj_dump_fail(d, EX_SOFTWARE, "%s: cannot be set up", kj_pack_name(d->codec));
	return 0;
}

/* Runs in its own process: what it allocates goes with it. */
int kj_kd_worker(struct kj_kd *kd, unsigned int nr)
{
	static struct worker w;
	struct kj_dump *d = kd->d;
	int status = worker_init(&w, kd);
	int64_t item;

	while (!status && !kj_dump_stopped(d) && (item = kj_claims_take(d->claims, nr)) >= 0)
		status = do_item(&w, (uint32_t)item);
	/* whatever ended it: what is in the file counts */
	(void)flush(&w);
	kj_aio_close(&w.aio);
	return 0;
}
