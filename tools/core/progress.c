// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Rate and time left. The rate is smoothed over a few seconds: it must never jump with each chunk.
 */
#include "core/progress.h"

#define NS 1000000000ULL

uint64_t kj_progress_rate(uint64_t done, uint64_t ns)
{
	const uint64_t us = ns / 1000;

	if (!us)
		return 0;
	/* below 2^44 the product fits; above, microseconds no longer matter */
	return done >> 44 ? done / (us / 1000000 ? us / 1000000 : 1) : done * 1000000 / us;
}

void kj_progress_init(struct kj_progress *p, uint64_t total, uint64_t now_ns)
{
	p->total = total;
	p->start_ns = p->last_ns = now_ns;
	p->last_done = 0;
	p->rate = 0;
}

int kj_progress_tick(struct kj_progress *p, uint64_t done, uint64_t now_ns,
		     struct kj_progress_view *ret)
{
	uint64_t rate;

	if (now_ns < p->last_ns || now_ns - p->last_ns < NS)
		return 0;
	if (done > p->total)
		done = p->total;
	if (done < p->last_done) /* work was taken back: a worker died */
		p->last_done = done;
	rate = kj_progress_rate(done - p->last_done, now_ns - p->last_ns);
	p->rate = p->rate ? p->rate - p->rate / 4 + rate / 4 : rate;
	p->last_ns = now_ns;
	p->last_done = done;
	ret->done = done;
	ret->total = p->total;
	ret->elapsed_ns = now_ns - p->start_ns;
	if (!p->total)
		ret->percent = 100;
	else
		ret->percent = (unsigned int)(p->total >> 57 ? done / (p->total / 100)
							     : done * 100 / p->total);
	ret->rate = p->rate;
	ret->eta_s = p->rate ? (p->total - done + p->rate - 1) / p->rate : UINT64_MAX;
	return 1;
}
