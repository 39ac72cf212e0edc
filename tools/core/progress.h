/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How fast a long job goes and when it will be done; must never ask a clock itself.
 */
#ifndef KJ_CORE_PROGRESS_H
#define KJ_CORE_PROGRESS_H

#include <stdint.h>

struct kj_progress {
	uint64_t total; /* bytes, or whatever is counted */
	uint64_t start_ns, last_ns, last_done;
	uint64_t rate; /* per second, smoothed; 0: not known yet */
};

struct kj_progress_view {
	unsigned int percent;
	uint64_t done, total;
	uint64_t rate;  /* per second, since the start if there is nothing better; 0: not known */
	uint64_t eta_s; /* seconds left; UINT64_MAX: not known */
	uint64_t elapsed_ns;
};

/* Times are nanoseconds of any clock that does not go back. */
void kj_progress_init(struct kj_progress *p, uint64_t total, uint64_t now_ns);

/* 1 and *ret when a second or more has passed since the last time (or the start), else 0. */
int kj_progress_tick(struct kj_progress *p, uint64_t done, uint64_t now_ns,
		     struct kj_progress_view *ret);

/* @done per second over @ns nanoseconds, without overflow; 0 if @ns is 0. */
uint64_t kj_progress_rate(uint64_t done, uint64_t ns);

#endif
