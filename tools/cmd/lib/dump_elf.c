// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A's memory as an ELF core, the logical view: pages of the window from their backup pages. It
 * must never show a page of kernel B's, or bytes that an older dump left on the device.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "cmd/lib/dump.h"
#include "cmd/lib/elf_head.h"
#include "core/image.h"
#include "sys/block.h"
#include "sys/compat.h"
#include "sys/io.h"

#define HOLE_MIN 16u /* zero pages in a row that are worth a hole */

struct worker {
	struct kj_dump *d;
	const struct kj_elf_plan *plan;
	struct kj_walk walk;   /* pages at their own addresses */
	struct kj_walk backup; /* pages of the window */
	uint8_t *buf;          /* one unit, pages that are no data zeroed */
	uint8_t ram[KJ_UNIT_MASK];
	uint8_t data[KJ_UNIT_MASK];
	uint64_t counts[3];
};

/* Page @i of the unit at @pfn into the buffer. */
static int fill_page(struct worker *w, uint64_t pfn, unsigned int i, uint64_t end)
{
	const uint64_t pa = (pfn + i) << 12;
	struct kj_dump *d = w->d;
	const uint8_t *page = NULL;
	uint64_t at = pa;
	int err = kj_amem_locate(d->m, pa, &at);

	if (!err && at == pa)
		err = kj_walk_page(&w->walk, pa, end, &page);
	else if (!err)
		err = kj_walk_page(&w->backup, at, at + KJ_DUMP_WALK_BACKUP, &page);
	if (err) {
		err = kj_dump_no_page(d, pa, err);
		if (err)
			return err;
		w->counts[2]++;
	} else if (kj_page_is_zero(page)) {
		w->counts[1]++;
	} else {
		memcpy(w->buf + (size_t)i * 4096, page, 4096);
		kj_unit_set(w->data, i);
		w->counts[0]++;
		return 0;
	}
	memset(w->buf + (size_t)i * 4096, 0, 4096);
	return 0;
}

/* The unit at @pfn; @end: address up to which mappings may look ahead. */
static int fill_unit(struct worker *w, uint64_t pfn, uint64_t end)
{
	struct kj_dump *d = w->d;
	uint8_t left[KJ_UNIT_MASK];
	unsigned int i;
	int status;

	kj_unit_mask(&d->m->ram, &d->keep.cut, pfn, w->ram);
	kj_keep_unit(&d->keep, pfn, left);
	memset(w->data, 0, sizeof(w->data));
	for (i = 0; i < KJ_UNIT_PAGES; i++) {
		if (!kj_unit_bit(w->ram, i))
			continue;
		if (kj_unit_bit(left, i)) {
			memset(w->buf + (size_t)i * 4096, 0, 4096);
			w->counts[2]++;
			continue;
		}
		status = fill_page(w, pfn, i, end);
		if (status)
			return status;
	}
	__atomic_fetch_add(&d->sh->done, kj_unit_weight(w->ram), __ATOMIC_RELAXED);
	return 0;
}

static int put(struct worker *w, unsigned int from, unsigned int to, uint64_t off)
{
	struct kj_dump *d = w->d;
	const uint8_t *p = w->buf + (size_t)from * 4096;
	const size_t len = (size_t)(to - from) * 4096;
	int err = d->fd < 0 ? kj_write_full(STDOUT_FILENO, p, len) :
			      kj_pwrite_full(d->dfd, p, len, off);

	if (err == -EINVAL && d->dfd != d->fd)
		err = kj_pwrite_full(d->fd, p, len, off);
	return err ? kj_dump_fail_io(d, d->target, err) : 0;
}

/* A long run of zero pages: nothing to do in a new file, but a device holds old bytes. */
static int put_hole(struct worker *w, unsigned int from, unsigned int to, uint64_t off)
{
	const uint64_t len = (uint64_t)(to - from) * 4096;

	if (w->d->fd < 0)
		return put(w, from, to, off);
	if (!w->d->is_dev || !kj_block_zeroout(w->d->fd, off, len))
		return 0;
	return put(w, from, to, off);
}

/* Pages from @i on that are alike: all zeros, or data with short gaps; @end: of the piece. */
static unsigned int alike(const struct worker *w, unsigned int i, unsigned int end, int *is_hole)
{
	unsigned int zeros = 0, k;

	for (k = i; k < end && !kj_unit_bit(w->data, k);)
		k++;
	*is_hole = k - i >= HOLE_MIN;
	if (*is_hole)
		return k;
	for (; k < end; k++) {
		zeros = kj_unit_bit(w->data, k) ? 0 : zeros + 1;
		if (zeros == HOLE_MIN)
			return k + 1 - HOLE_MIN;
	}
	return end;
}

static int write_unit(struct worker *w, uint64_t pfn)
{
	unsigned int i = 0, next;
	int status = 0, is_hole;

	while (!status && i < KJ_UNIT_PAGES) {
		const uint64_t pa = (pfn + i) << 12;
		uint64_t off, end;

		/* pieces of one run are contiguous in the file */
		if (!kj_elf_plan_place(w->plan, pa, &off, &end)) {
			i++;
			continue;
		}
		end = (end >> 12) - pfn < KJ_UNIT_PAGES ? (end >> 12) - pfn : KJ_UNIT_PAGES;
		for (; !status && i < end; i = next) {
			next = alike(w, i, (unsigned int)end, &is_hole);
			status = (is_hole ? put_hole : put)(w, i, next,
							    off + (((pfn + i) << 12) - pa));
		}
	}
	return status;
}

static int do_batch(struct worker *w, uint64_t batch)
{
	struct kj_dump *d = w->d;
	const uint64_t first = batch * KJ_DUMP_BATCH;
	uint64_t last = first + KJ_DUMP_BATCH - 1, end, u;
	int status = 0;

	if (last >= d->nunits)
		last = d->nunits - 1;
	end = (kj_unit_pfn(&d->m->ram, last) + KJ_UNIT_PAGES) << 12;
	memset(w->counts, 0, sizeof(w->counts));
	for (u = first; !status && u <= last; u++) {
		const uint64_t pfn = kj_unit_pfn(&d->m->ram, u);

		if (kj_dump_stopped(d))
			return EX_TEMPFAIL;
		status = fill_unit(w, pfn, end);
		if (!status)
			status = write_unit(w, pfn);
	}
	if (!status)
		kj_dump_count(d, w->counts[0], w->counts[1], w->counts[2]);
	return status;
}

/* The plan is the same for all: it was made before they were forked. */
static struct kj_elf_plan plan;

static int worker_init(struct worker *w, struct kj_dump *d)
{
	void *p;
	int err;

	memset(w, 0, sizeof(*w));
	w->d = d;
	w->plan = &plan;
	w->walk.m = w->backup.m = d->m;
	w->walk.max = KJ_DUMP_WALK;
	w->backup.max = KJ_DUMP_WALK_BACKUP;
	err = kj_alloc_pages(KJ_UNIT_BYTES, &p);
	if (err)
		return kj_dump_fail(d, EX_OSERR, "worker: %s", strerror(-err));
	w->buf = p;
	return 0;
}

static int elf_worker(unsigned int nr, void *ctx)
{
	struct kj_dump *d = ctx;
	struct worker w;
	int64_t batch;

	if (worker_init(&w, d))
		return 0;
	while (!kj_dump_stopped(d) && (batch = kj_claims_take(d->claims, nr)) >= 0) {
		if (do_batch(&w, (uint64_t)batch))
			break;
		kj_claims_done(d->claims, (uint32_t)batch);
	}
	/* the status stands in shared memory */
	return 0;
}

/* One process, in file order: a pipe cannot be written anywhere else. */
static int stream(struct kj_dump *d)
{
	struct kj_meter meter;
	struct worker w;
	int err, status = worker_init(&w, d);
	uint64_t u;

	d->used_workers = 1;
	err = status ? 0 : kj_write_full(STDOUT_FILENO, plan.head, plan.head_len);
	if (err)
		status = kj_dump_fail_io(d, "standard output", err);
	kj_meter_start(&meter, d->prog, d->total * 4096, d->quiet);
	for (u = 0; !status && u < d->nunits; u++) {
		const uint64_t pfn = kj_unit_pfn(&d->m->ram, u);

		status = fill_unit(&w, pfn, (pfn + KJ_UNIT_PAGES) << 12);
		if (!status)
			status = write_unit(&w, pfn);
		kj_meter_update(&meter, 4096 * d->sh->done);
		if (!status && *d->interrupted)
			status = kj_dump_fail(d, EX_TEMPFAIL, "%s: interrupted", d->target);
	}
	kj_meter_end(&meter);
	kj_dump_count(d, w.counts[0], w.counts[1], w.counts[2]);
	kj_walk_end(&w.walk);
	kj_walk_end(&w.backup);
	kj_munmap(w.buf, KJ_UNIT_BYTES);
	return status;
}

/* On a device the first block is zero until all is there; in a new file it says "incomplete". */
static int write_file(struct kj_dump *d)
{
	int err, status;

	if (plan.total > d->capacity)
		return kj_dump_fail(d, EX_CANTCREAT,
				    "%s: target too small: it takes %llu MiB, the dump %llu MiB",
				    d->target, (unsigned long long)(d->capacity >> 20),
				    (unsigned long long)(plan.total >> 20) + 1);
	if (d->is_dev) {
		err = kj_dump_erase(d->fd);
	} else {
		kj_elf_plan_mark(&plan, 1);
		err = ftruncate(d->fd, (off_t)plan.total) ? -errno : 0;
		if (!err)
			err = kj_pwrite_full(d->fd, plan.head, plan.head_len, 0);
	}
	if (err)
		return kj_dump_fail_io(d, d->target, err);
	status = kj_dump_run(d, elf_worker, KJ_REDO_OPEN, NULL);
	if (status)
		return status;
	kj_elf_plan_mark(&plan, d->m->incomplete);
	err = kj_fsync(d->fd);
	if (!err && d->is_dev) /* the first block last */
		err = kj_pwrite_full(d->fd, plan.head + 4096, plan.head_len - 4096, 4096);
	if (!err && d->is_dev)
		err = kj_fsync(d->fd);
	if (!err)
		err = kj_pwrite_full(d->fd, plan.head, 4096, 0);
	if (!err)
		err = kj_fsync(d->fd);
	if (!err)
		err = kj_elf_plan_verify(&plan, d->fd);
	return err ? kj_dump_fail_io(d, d->target, err) : 0;
}

/* The pages of the unit at @pfn, as far as they are in RAM range @in, that the dump is to have. */
static void add_unit(struct kj_dump *d, uint64_t pfn, uint32_t in, struct kj_elf_runs *r)
{
	const struct kj_range *ram = &d->m->ram.r[in];
	uint8_t left[KJ_UNIT_MASK];
	uint64_t pa, at;
	unsigned int i;
	int whole;

	kj_keep_unit(&d->keep, pfn, left);
	whole = !d->m->is_jump && kj_amem_run(d->m, pfn << 12, KJ_UNIT_BYTES) == KJ_UNIT_BYTES;
	for (i = 0; i < KJ_UNIT_PAGES; i++) {
		pa = (pfn + i) << 12;
		if (pa < ram->start || pa >= ram->end || kj_unit_bit(left, i))
			continue;
		if (whole || !kj_amem_locate(d->m, pa, &at))
			kj_elf_runs_add(r, pa, in);
	}
}

/* Without a filter all RAM is there, with what was left out before as holes. */
static void find_runs(struct kj_dump *d, struct kj_elf_runs *r)
{
	uint64_t pfn;
	uint32_t i;

	memset(r, 0, sizeof(*r));
	if (!d->filter && !d->m->ops) {
		kj_elf_runs_all(r, &d->m->ram);
		return;
	}
	for (i = 0; i < d->m->ram.n; i++)
		for (pfn = d->m->ram.r[i].start >> 12 & ~(uint64_t)(KJ_UNIT_PAGES - 1);
		     pfn << 12 < d->m->ram.r[i].end; pfn += KJ_UNIT_PAGES)
			add_unit(d, pfn, i, r);
}

int kj_dump_elf(struct kj_dump *d)
{
	static const struct kj_ranges nothing;
	static struct kj_elf_runs runs;
	int err, status = kj_dump_open(d, d->filter, &nothing);

	if (status)
		return status;
	d->total = kj_ranges_pages(&d->m->ram); /* pages left out count as done, too */
	find_runs(d, &runs);
	err = kj_elf_plan_make(&plan, d->m, &runs);
	if (err)
		return kj_dump_fail(d, EX_OSERR, "%s: ELF header: %s", d->m->path, strerror(-err));
	kj_elf_plan_mark(&plan, d->m->incomplete);
	status = d->fd < 0 ? stream(d) : write_file(d);
	if (status == EX_CANTCREAT && d->sh->done)
		snprintf(d->sh->why, sizeof(d->sh->why), "%s: target full: %llu of %llu MiB done, the dump is incomplete",
			 d->target, (unsigned long long)d->sh->done / 256, (unsigned long long)d->total / 256);
	d->bytes = plan.total;
	kj_elf_plan_free(&plan);
	return status;
}
