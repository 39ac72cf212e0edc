// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Workers, their failures and their progress. It must never wait for a worker without looking at
 * the signals that end a dump.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "cmd/lib/dump.h"
#include "cmd/lib/meminfo.h"
#include "core/estimate.h"
#include "core/image.h"
#include "sys/compat.h"
#include "sys/io.h"
#include "sys/log.h"

#define POLL_MS 200
#define GRACE_MS 10000 /* for workers to leave after a signal */

int kj_dump_fail(struct kj_dump *d, int status, const char *fmt, ...)
{
	uint32_t none = 0;
	va_list ap;

	if (!__atomic_compare_exchange_n(&d->sh->status, &none, (uint32_t)status, 0,
					 __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		return (int)none;
	va_start(ap, fmt);
	vsnprintf(d->sh->why, sizeof(d->sh->why), fmt, ap);
	va_end(ap);
	__atomic_store_n(&d->sh->stop, 1, __ATOMIC_RELEASE);
	return status;
}

int kj_dump_fail_io(struct kj_dump *d, const char *what, int err)
{
	if (err == -ENOSPC || err == -EFBIG || err == -EDQUOT)
		return kj_dump_fail(d, EX_CANTCREAT, "%s: target too small: %s", what,
				    strerror(-err));
	return kj_dump_fail(d, err == -ENOMEM ? EX_OSERR : EX_IOERR, "%s: %s", what,
			    strerror(-err));
}

int kj_dump_write(struct kj_dump *d, const void *buf, size_t len, uint64_t off)
{
	int err = kj_pwrite_full(d->dfd, buf, len, off);

	/* O_DIRECT that the device takes at open and refuses here */
	if (err == -EINVAL && d->dfd != d->fd)
		err = kj_pwrite_full(d->fd, buf, len, off);
	return err ? kj_dump_fail_io(d, d->target, err) : 0;
}

int kj_dump_stopped(const struct kj_dump *d)
{
	return __atomic_load_n(&d->sh->stop, __ATOMIC_ACQUIRE) != 0;
}

int kj_dump_no_page(struct kj_dump *d, uint64_t pa, int err)
{
	uint64_t first = __atomic_load_n(&d->sh->lost_first, __ATOMIC_RELAXED);

	if (err == -EFAULT && d->m->ops) /* left out before */
		return 0;
	if (err == -EFAULT)
		__atomic_fetch_add(&d->sh->missing, 1, __ATOMIC_RELAXED);
	else if (err != -EIO)
		return err == -ENXIO ? 0 : kj_dump_fail_io(d, d->m->path, err);
	if (err != -EIO)
		return 0;
	__atomic_fetch_add(&d->sh->lost, 1, __ATOMIC_RELAXED);
	while (pa >> 12 < first &&
	       !__atomic_compare_exchange_n(&d->sh->lost_first, &first, pa >> 12, 0,
					    __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		;
	return 0;
}

void kj_dump_count(struct kj_dump *d, uint64_t data, uint64_t zero, uint64_t left)
{
	__atomic_fetch_add(&d->sh->data, data, __ATOMIC_RELAXED);
	__atomic_fetch_add(&d->sh->zero, zero, __ATOMIC_RELAXED);
	__atomic_fetch_add(&d->sh->left, left, __ATOMIC_RELAXED);
}

/* Let the workers run out. 0, or an exit status. */
static int watch(struct kj_dump *d, struct kj_workers *w, struct kj_meter *meter, enum kj_redo redo)
{
	uint64_t asked = 0;

	while (kj_workers_wait(w, POLL_MS)) {
		if (meter)
			kj_meter_update(meter,
					4096 * __atomic_load_n(&d->sh->done, __ATOMIC_RELAXED));
		if (*d->interrupted && !asked) {
			(void)kj_dump_fail(d, EX_TEMPFAIL, "%s: interrupted", d->target);
			asked = kj_meter_now();
		}
		/* what a dead worker of an image has reserved, or how much of a record it has put
		 * into a pipe, nobody knows: no use to go on */
		if (w->lost && redo != KJ_REDO_OPEN)
			__atomic_store_n(&d->sh->stop, 1, __ATOMIC_RELEASE);
		if (asked && kj_meter_now() - asked > GRACE_MS * 1000000ULL)
			kj_workers_kill(w);
	}
	if (*d->interrupted)
		(void)kj_dump_fail(d, EX_TEMPFAIL, "%s: interrupted", d->target);
	if (!d->sh->status && w->failed)
		(void)kj_dump_fail(d, EX_SOFTWARE, "%s: a worker ended with status %d", d->target,
				   w->status);
	return (int)d->sh->status;
}

/* Rounds of workers over @c; a second one, with a single worker, if one was lost. */
static int rounds(struct kj_dump *d, struct kj_claims *c, int (*fn)(unsigned int nr, void *d),
		  struct kj_meter *meter, enum kj_redo redo, void (*restart)(struct kj_dump *d))
{
	unsigned int n = d->used_workers, round;
	struct kj_workers w;
	int err, status;
	uint32_t left;

	for (round = 0;; round++, n = 1) {
		err = kj_workers_start(&w, n < c->n || !c->n ? n : c->n, fn, d);
		if (err)
			return kj_dump_fail(d, EX_OSERR, "fork: %s", strerror(-err));
		status = watch(d, &w, meter, redo);
		if (status)
			return status;
		left = kj_claims_again(c);
		if (!left && !(w.lost && redo == KJ_REDO_ALL))
			return 0;
		if (!w.lost)
			return kj_dump_fail(d, EX_SOFTWARE, "%s: %u batches were not done",
					    d->target, left);
		if (round || redo == KJ_REDO_NEVER)
			return kj_dump_fail(d, EX_OSERR, "%s: a worker died of signal %d%s",
					    d->target, w.signal, round ? ", twice" : "");
		if (meter)
			kj_meter_end(meter);
		kj_log(KJ_LOG_WARN, "%s: a worker died of signal %d, once more with one worker",
		       d->target, w.signal);
		__atomic_store_n(&d->sh->stop, 0, __ATOMIC_RELEASE);
		if (redo == KJ_REDO_ALL) {
			kj_claims_init(c, c->n);
			d->sh->done = d->sh->data = d->sh->zero = d->sh->left = 0;
			d->sh->missing = d->sh->lost = 0;
			restart(d);
		}
	}
}

int kj_dump_run(struct kj_dump *d, int (*fn)(unsigned int nr, void *d), enum kj_redo redo,
		void (*restart)(struct kj_dump *d))
{
	const uint64_t n = (d->nunits + KJ_DUMP_BATCH - 1) / KJ_DUMP_BATCH;

	return kj_dump_run_items(d, (uint32_t)n, fn, redo, restart);
}

int kj_dump_run_items(struct kj_dump *d, uint32_t n, int (*fn)(unsigned int nr, void *d),
		      enum kj_redo redo, void (*restart)(struct kj_dump *d))
{
	const uint64_t start = kj_meter_now();
	struct kj_meter meter;
	int status;

	kj_claims_init(d->claims, n);
	if (!d->total) {
		status = rounds(d, d->claims, fn, NULL, redo, restart);
		d->ms_classify += (kj_meter_now() - start) / 1000000;
		return status;
	}
	kj_meter_start(&meter, d->prog, d->total * 4096, d->quiet);
	status = rounds(d, d->claims, fn, &meter, redo, restart);
	kj_meter_end(&meter);
	d->ms_copy += (kj_meter_now() - start) / 1000000;
	return status;
}

static int classify_worker(unsigned int nr, void *ctx)
{
	struct kj_dump *d = ctx;
	int64_t i;

	while (!kj_dump_stopped(d) && (i = kj_claims_take(d->claims, nr)) >= 0) {
		int err = kj_keep_section(&d->keep, (uint32_t)i);

		if (!err && d->fill)
			err = kj_keep_section(&d->gone, (uint32_t)i);
		if (err)
			kj_log(KJ_LOG_WARN,
			       "%s: section 0x%x: struct pages: %s, all its pages are kept",
			       d->m->path, d->keep.sec[i].nr, strerror(-err));
		kj_claims_done(d->claims, (uint32_t)i);
	}
	return 0;
}

/* Memory that the claims of both passes fit in. */
static int alloc_claims(struct kj_dump *d)
{
	uint64_t n = (d->nunits + KJ_DUMP_BATCH - 1) / KJ_DUMP_BATCH;
	void *p;
	int err;

	if (n < (uint64_t)d->keep.nsec * KJ_DUMP_PARTS * KJ_DUMP_ROUNDS)
		n = (uint64_t)d->keep.nsec * KJ_DUMP_PARTS * KJ_DUMP_ROUNDS;
	if (n > UINT32_MAX - 64)
		return -EFBIG;
	d->claims_len = kj_claims_size((uint32_t)n);
	err = kj_alloc_shared(d->claims_len, &p);
	if (!err)
		d->claims = p;
	return err;
}

int kj_dump_prepare(struct kj_dump *d, uint32_t level, const struct kj_ranges *cut)
{
	char why[KJ_WHY_MAX];
	void *p;
	int err;

	if (!d->workers)
		d->workers = kj_estimate_workers(kj_meminfo_available(""), kj_cpus_online());
	d->used_workers = d->workers;
	d->nunits = kj_unit_count(&d->m->ram);
	err = kj_alloc_shared(sizeof(*d->sh), &p);
	if (err)
		return EX_OSERR;
	d->sh = p;
	d->sh->lost_first = UINT64_MAX;
	if (!d->nunits)
		return kj_dump_fail(d, EX_DATAERR, "%s: no memory ranges", d->m->path);
	err = kj_keep_open(&d->keep, d->m, cut, level, why);
	/* pages that are out of use are found at every level */
	if (!err && d->fill)
		err = kj_keep_open(&d->gone, d->m, cut, level & ~KJ_LEVEL_FREE, why);
	if (!err)
		err = alloc_claims(d);
	if (err)
		return kj_dump_fail(d, EX_OSERR, "out of memory");
	/* that notes are damaged has been said */
	if (why[0] && !(d->m->why[0] && !d->m->vi.text))
		kj_log(KJ_LOG_WARN, "%s: %s", d->m->path, why);
	return 0;
}

int kj_dump_open(struct kj_dump *d, uint32_t level, const struct kj_ranges *cut)
{
	int err = kj_dump_prepare(d, level, cut);

	if (!err && d->keep.active)
		err = kj_dump_run_items(d, d->keep.nsec, classify_worker, KJ_REDO_OPEN, NULL);
	if (err)
		return err;
	if (cut->n)
		kj_keep_backups(&d->keep);
	d->total = kj_ranges_pages(&d->m->ram) - kj_ranges_common(&d->m->ram, cut) -
		   kj_keep_left(&d->keep);
	return 0;
}

void kj_dump_close(struct kj_dump *d)
{
	kj_keep_close(&d->keep);
	kj_keep_close(&d->gone);
	kj_munmap(d->claims, d->claims_len);
	d->claims = NULL;
	kj_munmap(d->sh, sizeof(*d->sh));
	d->sh = NULL;
}
