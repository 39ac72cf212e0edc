// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Page numbers as runs. It must never allocate: whoever wants to keep them counts first.
 */
#include "core/runs.h"

#define PFN_MAX (1ull << 52)

enum kj_err kj_runs_add(struct kj_runs *r, uint64_t pfn)
{
	const int grows = r->n && pfn == r->end;

	if (pfn >= PFN_MAX || (r->n && pfn < r->end))
		return KJ_ERANGE;
	if (r->run && !grows && r->n == r->cap)
		return KJ_ENOSPC;
	if (r->run && grows) {
		r->run[r->n - 1].n++;
	} else if (r->run) {
		r->run[r->n].pfn = pfn;
		r->run[r->n].n = 1;
	}
	r->n += !grows;
	r->pages++;
	r->end = pfn + 1;
	return KJ_OK;
}

enum kj_err kj_runs_next(const struct kj_runs *r, struct kj_runs_at *at, uint64_t *pfn)
{
	if (at->run < r->n && at->done == r->run[at->run].n) {
		at->run++;
		at->done = 0;
	}
	if (at->run >= r->n)
		return KJ_ENOTFOUND;
	*pfn = r->run[at->run].pfn + at->done++;
	return KJ_OK;
}
