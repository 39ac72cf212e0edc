// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The second pass of a kdump: kept pages, packed straight from the mapping, and their descriptors.
 * It must never write a descriptor of a page whose bytes are not in the file.
 *
 * A worker asks nobody but the list of items and one counter of bytes: the format takes pages in
 * any order, so each writes a buffer of its own wherever the counter says.
 */
#include <errno.h>
#include <string.h>
#include <sysexits.h>

#include "cmd/lib/kd.h"
#include "cmd/lib/pagecodec.h"
#include "core/xxh.h"
#include "sys/badpage.h"
#include "sys/compat.h"
#include "sys/io.h"

#define OUT_SIZE (512u << 10)
#define DESC_MAX (2 * KJ_KD_ITEM)
#define PEND_MAX 64u
#define GAP 16u /* pages left out that are mapped along, rather than begin a new mapping */
/* Of a descriptor's offset: it counts from the start of the buffer that is not written yet. */
#define UNPLACED (1ull << 63)

struct pend {
	uint32_t item, at, n; /* descriptors at.. of the worker's are the item's */
	uint64_t index;       /* of the first one in the file */
};

struct worker {
	struct kj_kd *kd;
	struct kj_walk walk, backup;
	struct kj_packer *packer;
	uint8_t *out;
	size_t used;
	struct kj_le_page_desc *desc;
	uint32_t ndesc;  /* in ->desc */
	uint32_t placed; /* of them, how many from the start on are final */
	struct pend pend[PEND_MAX];
	unsigned int npend;
	uint64_t counts[2]; /* data, zero pages since the last flush */
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

/* What the buffer holds goes where the counter says; its descriptors become final, or empty when it
 * cannot be written: readers say of those pages that they are lost. */
static int place(struct worker *w)
{
	struct kj_dump *d = w->kd->d;
	/* whole blocks, so that no two workers write to the same one; a stream has no holes */
	const size_t len = d->flat ? w->used : (w->used + 4095) & ~(size_t)4095;
	uint64_t off = 0;
	int err = 0;

	if (w->used) {
		memset(w->out + w->used, 0, len - w->used);
		off = __atomic_fetch_add(&d->sh->next, len, __ATOMIC_RELAXED);
		err = kj_kd_try(w->kd, w->out, len, off);
	}
	for (; w->placed < w->ndesc; w->placed++) {
		struct kj_le_page_desc *p = &w->desc[w->placed];
		const uint64_t at = kj_get_le64(p->off);

		if (at & UNPLACED && err)
			set_desc(p, 0, 0, 0);
		else if (at & UNPLACED)
			p->off = kj_put_le64(off + (at & ~UNPLACED));
	}
	w->used = 0;
	return err ? kj_dump_fail_io(d, d->target, err) : 0;
}

/* Write what there is: buffer, descriptors, and say that the items are done. */
static int flush(struct worker *w)
{
	struct kj_kd *kd = w->kd;
	int status = place(w), s;
	unsigned int i;

	for (i = 0; i < w->npend; i++) {
		const struct pend *p = &w->pend[i];

		s = kj_kd_put(kd, &w->desc[p->at], p->n * sizeof(*w->desc),
			      kd->k.desc + p->index * sizeof(*w->desc));
		if (!status)
			status = s;
		if (!status)
			kj_claims_done(kd->d->claims, p->item);
	}
	if (!status)
		kj_dump_count(kd->d, w->counts[0], w->counts[1], 0);
	w->npend = 0;
	w->ndesc = w->placed = 0;
	w->counts[0] = w->counts[1] = 0;
	return status;
}

static unsigned int bit(const uint8_t *bits, unsigned int i)
{
	return bits[i / 8] >> (i % 8) & 1u;
}

/* First page behind the run of kept pages, short gaps included, that begins at @i. */
static unsigned int run_end(const uint8_t *bits, unsigned int i)
{
	unsigned int last = i;

	for (; i < KJ_KD_ITEM && i - last <= GAP && i - last < KJ_DUMP_WALK >> 12; i++)
		if (bit(bits, i))
			last = i;
	return last + 1;
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
		w->counts[1]++;
	} else {
		n = kj_pack_page(w->packer, page, w->out + w->used, &codec);
		/* it went while it was read: what was packed is nobody's */
		if (kj_bad_count(page, KJ_PAGE_BYTES)) {
			set_desc(desc, 0, 0, 0);
			return kj_dump_no_page(d, pa, -EIO);
		}
		set_desc(desc, UNPLACED | w->used, n, codec);
		w->used += n;
		w->counts[0]++;
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

static int do_item(struct worker *w, uint32_t item)
{
	struct kj_kd *kd = w->kd;
	struct kj_dump *d = kd->d;
	const uint32_t section = item / KJ_DUMP_PARTS, part = item % KJ_DUMP_PARTS;
	const uint64_t base = ((uint64_t)d->keep.sec[section].nr << KJ_SECTION_BITS) +
			      (uint64_t)part * KJ_KD_ITEM * 4096;
	const uint8_t *bits = w->bits + part * KJ_KD_ITEM_MASK;
	struct pend *p;
	unsigned int i, end = 0, done = 0;
	int status;

	status = get_bits(w, section);
	if (!status && (w->npend == PEND_MAX || DESC_MAX - w->ndesc < KJ_KD_ITEM))
		status = flush(w);
	if (status)
		return status;
	p = &w->pend[w->npend];
	p->item = item;
	p->at = w->ndesc;
	p->index = kd->sec[section].first + kj_kd_weight(w->bits, part * KJ_KD_ITEM_MASK);
	for (i = 0; !status && i < KJ_KD_ITEM; i++) {
		if (!bit(bits, i))
			continue;
		if (i >= end) {
			end = run_end(bits, i);
			if (kj_dump_stopped(d))
				return EX_TEMPFAIL;
			__atomic_fetch_add(&d->sh->done, done, __ATOMIC_RELAXED);
			done = 0;
		}
		status = add_page(w, base + (uint64_t)i * 4096, base + (uint64_t)end * 4096);
		done++;
	}
	__atomic_fetch_add(&d->sh->done, done, __ATOMIC_RELAXED);
	p->n = w->ndesc - p->at;
	w->npend += p->n && !status;
	if (!p->n && !status)
		kj_claims_done(d->claims, item);
	return status;
}

static int worker_init(struct worker *w, struct kj_kd *kd)
{
	struct kj_dump *d = kd->d;
	const size_t pack = kj_pack_size(d->codec, d->level), desc = DESC_MAX * sizeof(*w->desc);
	void *p;
	int err = kj_alloc_pages(OUT_SIZE + desc + pack, &p);

	if (err)
		return kj_dump_fail(d, EX_OSERR, "worker: %s", strerror(-err));
	w->kd = kd;
	w->walk.m = w->backup.m = d->m;
	w->walk.max = KJ_DUMP_WALK;
	w->backup.max = KJ_DUMP_WALK_BACKUP;
	w->have = UINT32_MAX;
	w->out = p;
	w->desc = (void *)(w->out + OUT_SIZE);
	w->packer = kj_pack_init(d->codec, d->level, w->out + OUT_SIZE + desc, pack);
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
	return 0;
}
