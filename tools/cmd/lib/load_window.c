// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which memory B gets, or why it gets none; must never let B into memory where a waiting processor of A's may wake up.
 */
#include <sysexits.h>

#include "cmd/lib/load.h"
#include "cmd/lib/load_mark.h"
#include "cmd/lib/meminfo.h"
#include "core/parse.h"
#include "sys/die.h"
#include "sys/log.h"

#define MIB (1ull << 20)
#define SLACK (8 * MIB)	/* between a plan and what is loaded by it A goes on, and may take some */

static _Noreturn void refuse(const struct kj_load *l, const struct kj_window_ask *ask, enum kj_err e)
{
	const unsigned long long mib = (ask->size ? ask->size : ask->least + MIB - 1) / MIB;

	switch (e) {
	case KJ_ENOTFOUND:
		die(EX_UNAVAILABLE, "window: no place for %llu MiB below 4 GiB, clear of this kernel", mib);
	case KJ_ELIMIT:
		die(EX_UNAVAILABLE, "window: %llu MiB is more than half of RAM (%llu MiB), which kexec_load refuses", mib,
		    (unsigned long long)(l->a.ram_total / MIB));
	case KJ_ENOSPC:
		die(EX_UNAVAILABLE, "window: %llu MiB is too small, this kernel and initrd need %llu MiB", mib,
		    (unsigned long long)((ask->least + MIB - 1) / MIB));
	case KJ_EFORMAT:
		die(EX_USAGE, "window: 0x%llx+0x%llx is not aligned to 2 MiB", (unsigned long long)ask->start,
		    (unsigned long long)ask->size);
	case KJ_EOVERLAP:
		die(EX_UNAVAILABLE, "window: this kernel, or a page of the job, is there");
	case KJ_ERANGE:
		die(EX_UNAVAILABLE, "window or job page: not System RAM, or not between 16 MiB and 4 GiB");
	default:
		die(EX_SOFTWARE, "window: %s", kj_strerror(e));
	}
}

/* The rule of the waiting processors: outside a reservation, B must be the only one that ever runs there. */
static void check_waiting(const struct kj_load *l)
{
	if (l->window.reserved || l->a.cpus_present < 2 || !l->a.waits_in_mwait)
		return;
	if (l->o.force) {
		kj_log(KJ_LOG_WARN, "window: offline CPUs wait in MWAIT and may wake up in it");
		return;
	}
	die(EX_UNAVAILABLE,
	    "window: offline CPUs wait in MWAIT, so it must be a reservation: boot with crashkernel=%lluM or clearcpuid=monitor",
	    (unsigned long long)((l->window.r.end - l->window.r.start) / MIB));
}

/* Free memory for a window; 0: it is not known. */
static uint64_t room(const struct kj_load *l)
{
	const uint64_t beside = MIB + KJ_LOAD_MARGIN + SLACK;
	uint64_t have = kj_meminfo_available(l->o.root);

	if (!have)
		return 0;
	/* an image that is loaded gives its memory back first */
	have += kj_mark_pages(l->o.root) * KJ_PAGE;
	return have > beside ? have - beside : 1;
}

static void choose_jump(struct kj_load *l)
{
	uint64_t pinned[2];
	struct kj_window_ask ask = {
		.start = l->o.window_start,
		.size = l->o.window_size,
		.least = kj_window_least(&l->bz, l->initrd.len),
		/* low memory counts too */
		.limit = l->a.ram_total / 2 > MIB ? l->a.ram_total / 2 - MIB : 0,
		.room = room(l),
		.pinned = pinned,
	};
	enum kj_err e;

	ask.better = kj_window_better(ask.least, l->a.cpus_present);
	if (l->a.memcrypt != KJ_MEMCRYPT_NONE)
		die(EX_UNAVAILABLE, "memory is encrypted (%s): another kernel cannot read it", kj_memcrypt_name(l->a.memcrypt));
	if (l->o.job.pa)
		pinned[ask.npinned++] = l->o.job.pa;
	if (l->o.mbox.pa)
		pinned[ask.npinned++] = l->o.mbox.pa;
	/* who names a place knows what fits in it: the plan still says when it does not */
	if (ask.size)
		ask.least = 0;
	e = kj_window_choose(&l->a.io, &ask, &l->window);
	if (e)
		refuse(l, &ask, e);
	check_waiting(l);
}

/* kexec_load takes crash segments in the main reservation only: with crashkernel=X,high that is the upper one.
 * kj_load_facts() has seen that there is one. */
static void choose_crash(struct kj_load *l)
{
	const struct kj_ranges *c = &l->a.io.crash;

	l->window.r = c->r[c->n - 1];
	l->window.reserved = 1;
}

/* The pages are given; the new kernel lives in the largest piece. */
static void take_confine(struct kj_load *l)
{
	const struct kj_ranges *c = &l->o.confine;

	l->own = *c;
	for (uint32_t i = 0; i < c->n; i++) {
		const struct kj_range *r = &c->r[i];

		if (!kj_ranges_contain(&l->a.io.ram, r->start, r->end - r->start))
			die(EX_UNAVAILABLE, "--confine: 0x%llx-0x%llx is not System RAM", (unsigned long long)r->start,
			    (unsigned long long)r->end);
		if (r->end - r->start > l->window.r.end - l->window.r.start)
			l->window.r = *r;
	}
	if (l->window.r.start < (16 * MIB) || l->window.r.end > (4096 * MIB))
		die(EX_UNAVAILABLE, "--confine: no piece of it lies between 16 MiB and 4 GiB");
}

static void offer(struct kj_load *l)
{
	if (kj_ranges_minus(&l->a.io.ram, &l->own, &l->offered))
		die(EX_UNAVAILABLE, "/proc/iomem: too many pieces of memory below 1 MiB, or of RAM");
}

void kj_load_window(struct kj_load *l)
{
	enum kj_err e;

	if (l->o.confine.n) {
		take_confine(l);
		offer(l);
		return;
	}
	e = kj_window_low(&l->a.io, &l->own);
	if (l->o.crash)
		choose_crash(l);
	else
		choose_jump(l);
	for (uint32_t i = 0; l->o.crash && i < l->a.io.crash.n && !e; i++)
		e = kj_ranges_add(&l->own, l->a.io.crash.r[i].start, l->a.io.crash.r[i].end);
	if (!e)
		e = kj_ranges_add(&l->own, l->window.r.start, l->window.r.end);
	if (!e && l->own.n > KJ_WIN_MAX)
		e = KJ_ELIMIT;
	if (e)
		die(EX_UNAVAILABLE, "/proc/iomem: too many pieces of memory below 1 MiB");
	offer(l);
}
