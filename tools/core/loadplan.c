// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Segments for kexec_load; must never make an empty one (linux from 6.8 on then takes every page for a destination and
 * runs out of memory), nor two that overlap.
 */
#include <string.h>

#include "core/bootparams.h"
#include "core/loadplan.h"

#define TOO_LONG (1ull << 40)

static uint64_t pages_up(uint64_t n)
{
	return (n + KJ_PAGE - 1) & ~(KJ_PAGE - 1);
}

static enum kj_err push(struct kj_load_plan *p, enum kj_load_part part, uint64_t mem, uint64_t end)
{
	if (mem == end)
		return KJ_OK;
	if (p->n >= KJ_SEGMENT_MAX)
		return KJ_ELIMIT;
	p->seg[p->n++] = (struct kj_load_segment){ part, mem, end - mem };
	p->pages += (end - mem) / KJ_PAGE;
	return KJ_OK;
}

/* Place everything in the main window; all lengths are known to be sane. */
static enum kj_err place(const struct kj_load_ask *ask, struct kj_load_plan *p)
{
	uint64_t at = ask->window.end, need;

	p->aux_len = KJ_BOOTPARAMS_SIZE + pages_up(ask->cmdline_len) + pages_up(ask->purgatory_len);
	need = pages_up(ask->header_len) + pages_up(ask->notes_len) + pages_up(ask->initrd_len) + p->aux_len;
	if (need > at - ask->window.start)
		return KJ_ENOSPC;
	p->taken.end = at;
	p->notes = at -= pages_up(ask->notes_len);
	p->header = at -= pages_up(ask->header_len);
	p->taken.start = at;
	p->initrd = at -= pages_up(ask->initrd_len);
	p->boot_params = at -= p->aux_len;
	p->cmdline = p->boot_params + KJ_BOOTPARAMS_SIZE;
	p->purgatory = p->cmdline + pages_up(ask->cmdline_len);

	p->kernel = ask->window.start > ask->pref_address ? ask->window.start : ask->pref_address;
	p->kernel = (p->kernel + ask->align - 1) & ~(ask->align - 1);
	if (p->kernel > at || pages_up(ask->init_size) > at - p->kernel)
		return KJ_ENOSPC;
	return KJ_OK;
}

/* Crash mode: what is loaded, and no more. */
static enum kj_err push_loaded(const struct kj_load_ask *ask, struct kj_load_plan *p)
{
	enum kj_err e = push(p, KJ_PART_KERNEL, p->kernel, p->kernel + pages_up(ask->init_size));

	if (!e)
		e = push(p, KJ_PART_AUX, p->boot_params, p->initrd);
	if (!e)
		e = push(p, KJ_PART_INITRD, p->initrd, p->header);
	return e ? e : push(p, KJ_PART_HEADER, p->header, ask->window.end);
}

/* Jump mode: each part reaches up to the next, so that the window has no gap. */
static enum kj_err push_window(const struct kj_load_ask *ask, struct kj_load_plan *p)
{
	enum kj_err e = push(p, KJ_PART_BACKUP, ask->window.start, p->kernel);

	if (!e)
		e = push(p, KJ_PART_KERNEL, p->kernel, p->boot_params);
	if (!e)
		e = push(p, KJ_PART_AUX, p->boot_params, p->initrd);
	if (!e)
		e = push(p, KJ_PART_INITRD, p->initrd, p->header);
	return e ? e : push(p, KJ_PART_HEADER, p->header, ask->window.end);
}

/* One range of B's RAM; the main window lies in one of them. */
static enum kj_err push_range(const struct kj_load_ask *ask, const struct kj_range *r, struct kj_load_plan *p)
{
	const struct kj_range *w = &ask->window;
	enum kj_err e;

	if (w->start < r->start || w->start >= r->end)
		return push(p, KJ_PART_BACKUP, r->start, r->end);
	e = push(p, KJ_PART_BACKUP, r->start, w->start);
	if (!e)
		e = push_window(ask, p);
	return e ? e : push(p, KJ_PART_BACKUP, w->end, r->end);
}

static int insane(const struct kj_load_ask *ask)
{
	return ask->window.start >= ask->window.end || ask->window.start % KJ_PAGE || ask->window.end % KJ_PAGE ||
	       ask->window.end > UINT64_MAX / 2 || !ask->kernel_len || ask->kernel_len > ask->init_size ||
	       ask->init_size > TOO_LONG || ask->pref_address > TOO_LONG || !ask->align ||
	       (ask->align & (ask->align - 1)) || ask->align > TOO_LONG || ask->align < KJ_PAGE ||
	       !ask->cmdline_len || ask->cmdline_len > TOO_LONG || !ask->purgatory_len ||
	       ask->purgatory_len > TOO_LONG || !ask->initrd_len || ask->initrd_len > TOO_LONG ||
	       !ask->header_len || ask->header_len > TOO_LONG || !ask->notes_len || ask->notes_len > TOO_LONG;
}

enum kj_err kj_load_plan(const struct kj_load_ask *ask, struct kj_load_plan *ret)
{
	enum kj_err e;

	memset(ret, 0, sizeof(*ret));
	if (insane(ask))
		return KJ_ERANGE;
	if (!kj_ranges_contain(ask->own, ask->window.start, ask->window.end - ask->window.start))
		return KJ_EMISMATCH;
	e = place(ask, ret);
	if (!e && ask->crash)
		e = push_loaded(ask, ret);
	for (uint32_t i = 0; i < ask->own->n && !e && !ask->crash; i++)
		e = push_range(ask, &ask->own->r[i], ret);
	if (!e && ret->pages > ask->limit / KJ_PAGE)
		e = KJ_ELIMIT;
	return e;
}
