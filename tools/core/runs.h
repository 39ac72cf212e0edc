/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Page numbers as runs: [pfn, pfn + n). Must never hold two runs that overlap, touch, or are out of order.
 */
#ifndef KJ_CORE_RUNS_H
#define KJ_CORE_RUNS_H

#include <stdint.h>

#include "core/err.h"

struct kj_run {
	uint64_t pfn, n;
};

/* All zero: none yet. With @run NULL they are counted and not kept. */
struct kj_runs {
	struct kj_run *run;	/* the caller's, @cap of them */
	uint64_t cap;
	uint64_t n;		/* runs so far */
	uint64_t pages;		/* in them */
	uint64_t end;		/* behind the last page */
};

/* A place in them; all zero: before the first page. */
struct kj_runs_at {
	uint64_t run, done;
};

/* One more page, behind all others. KJ_OK; KJ_ERANGE: it is not behind them, or no page number of 52 bits; KJ_ENOSPC:
 * @cap runs are not enough. */
enum kj_err kj_runs_add(struct kj_runs *r, uint64_t pfn);

/* The next page of runs that are kept. KJ_OK; KJ_ENOTFOUND: that was the last one. */
enum kj_err kj_runs_next(const struct kj_runs *r, struct kj_runs_at *at, uint64_t *pfn);

#endif
