// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where kernel B may live; must never choose a place where A's kernel or a pinned page is.
 */
#include <string.h>

#include "core/corehdr.h"
#include "core/loadplan.h"
#include "core/parse.h"

#define MIB (1ull << 20)
#define LOWEST (16 * MIB)	/* x86 kernels do not run below LOAD_PHYSICAL_ADDR */
#define HIGHEST (4096 * MIB)
#define UNIT (16 * MIB)		/* of its size: each page of A's costs time at each jump, used or not */
#define RESERVED_UNIT (64 * MIB)	/* there they cost nothing */

static uint64_t down(uint64_t n, uint64_t align)
{
	return n & ~(align - 1);
}

static uint64_t up(uint64_t n, uint64_t align)
{
	return down(n + align - 1, align);
}

uint64_t kj_window_least(const struct kj_bzimage *bz, uint64_t initrd_len)
{
	/* what does not fit in 1 TiB fits nowhere */
	const uint64_t initrd = initrd_len < (1ull << 40) ? up(initrd_len, KJ_PAGE) : 1ull << 40;

	return up(bz->init_size, KJ_PAGE) + 3 * initrd + 48 * MIB;
}

uint64_t kj_window_better(uint64_t least, uint32_t cpus)
{
	return least + (cpus > 2 ? cpus - 2 : 0) * (6 * MIB);
}

/* So much of @size, which @least fits in, as there is memory for; never less than @least. */
static uint64_t affordable(const struct kj_window_ask *ask, uint64_t size)
{
	const uint64_t least = up(ask->least, KJ_WINDOW_ALIGN), room = down(ask->room, KJ_WINDOW_ALIGN);

	if (!ask->room || size <= room)
		return size;
	return room > least ? room : least;
}

enum kj_err kj_window_low(const struct kj_iomem *io, struct kj_ranges *ret)
{
	ret->n = 0;
	for (uint32_t i = 0; i < io->ram.n && io->ram.r[i].start < MIB; i++) {
		const uint64_t end = io->ram.r[i].end < MIB ? io->ram.r[i].end : MIB;

		if (ret->n >= KJ_WIN_MAX)
			return KJ_ELIMIT;
		ret->r[ret->n++] = (struct kj_range){ io->ram.r[i].start, end };
	}
	return KJ_OK;
}

/* The highest place for @size bytes in @free with an aligned end; 0: none. */
static uint64_t highest(const struct kj_ranges *free, uint64_t size, uint64_t align)
{
	for (uint32_t i = free->n; i-- > 0;) {
		uint64_t start = up(free->r[i].start, KJ_WINDOW_ALIGN), end = free->r[i].end;

		if (start < LOWEST)
			start = LOWEST;
		if (end > HIGHEST)
			end = HIGHEST;
		end = down(end, align);
		if (end > start && end - start >= size)
			return end - size;
	}
	return 0;
}

/* RAM that B may be put in, besides reservations. */
static enum kj_err open_ground(const struct kj_iomem *io, const struct kj_window_ask *ask, struct kj_ranges *ret)
{
	struct kj_ranges shut = io->kernel;
	enum kj_err e = KJ_OK;

	for (uint32_t i = 0; i < io->crash.n && !e; i++)
		e = kj_ranges_add(&shut, io->crash.r[i].start, io->crash.r[i].end);
	for (uint32_t i = 0; i < ask->npinned && !e; i++)
		e = kj_ranges_add(&shut, ask->pinned[i], ask->pinned[i] + KJ_PAGE);
	return e ? e : kj_ranges_minus(&io->ram, &shut, ret);
}

/* @size bytes besides reservations. */
static enum kj_err choose_open(const struct kj_iomem *io, const struct kj_window_ask *ask, uint64_t size,
			       struct kj_window *ret)
{
	static const uint64_t aligns[] = { 64 * MIB, 16 * MIB, KJ_WINDOW_ALIGN };
	struct kj_ranges free;
	enum kj_err e;

	if (size > ask->limit)
		return KJ_ELIMIT;
	e = open_ground(io, ask, &free);
	for (size_t i = 0; i < sizeof(aligns) / sizeof(aligns[0]) && !e; i++) {
		const uint64_t at = highest(&free, size, aligns[i]);

		if (!at)
			continue;
		ret->r = (struct kj_range){ at, at + size };
		ret->reserved = 0;
		return KJ_OK;
	}
	return e ? e : KJ_ENOTFOUND;
}

static enum kj_err choose(const struct kj_iomem *io, const struct kj_window_ask *ask, struct kj_window *ret)
{
	const uint64_t want = ask->size ? ask->size : up(ask->least, RESERVED_UNIT);
	enum kj_err e;

	for (uint32_t i = io->crash.n; i-- > 0;) {
		const uint64_t start = up(io->crash.r[i].start, KJ_WINDOW_ALIGN);
		const uint64_t end = down(io->crash.r[i].end, KJ_WINDOW_ALIGN);
		uint64_t size = want;

		if (end > HIGHEST || start < LOWEST || start >= end)
			continue;
		/* a reservation that is just big enough will do, and so will half of RAM */
		if (!ask->size && end - start < size)
			size = end - start;
		if (!ask->size && size > ask->limit)
			size = down(ask->limit, KJ_WINDOW_ALIGN);
		if (end - start < size || size < ask->least)
			continue;
		if (!ask->size)
			size = affordable(ask, size);
		ret->r = (struct kj_range){ end - size, end };
		ret->reserved = 1;
		return KJ_OK;
	}
	if (ask->size)
		return choose_open(io, ask, ask->size, ret);
	e = KJ_ENOTFOUND;
	if (ask->better > ask->least)
		e = choose_open(io, ask, affordable(ask, up(ask->better, UNIT)), ret);
	if (e == KJ_ELIMIT || e == KJ_ENOTFOUND)
		e = choose_open(io, ask, affordable(ask, up(ask->least, UNIT)), ret);
	return e;
}

enum kj_err kj_window_choose(const struct kj_iomem *io, const struct kj_window_ask *ask, struct kj_window *ret)
{
	struct kj_window w = { { 0, 0 }, 0 };

	for (uint32_t i = 0; i < ask->npinned; i++)
		if (ask->pinned[i] % KJ_PAGE || !kj_ranges_contain(&io->ram, ask->pinned[i], KJ_PAGE))
			return KJ_ERANGE;
	if (ask->least > HIGHEST)
		return KJ_ELIMIT;
	if (ask->size % KJ_WINDOW_ALIGN)
		return KJ_EFORMAT;
	if (ask->size && ask->size < ask->least)
		return KJ_ENOSPC;
	if (ask->size > ask->limit)
		return KJ_ELIMIT;
	if (ask->start == KJ_ANYWHERE)
		return choose(io, ask, ret);
	if (ask->start % KJ_WINDOW_ALIGN || !ask->size)
		return KJ_EFORMAT;
	if (ask->start < LOWEST || ask->start > HIGHEST || ask->size > HIGHEST - ask->start ||
	    !kj_ranges_contain(&io->ram, ask->start, ask->size))
		return KJ_ERANGE;
	if (kj_ranges_overlap(&io->kernel, ask->start, ask->size))
		return KJ_EOVERLAP;
	for (uint32_t i = 0; i < ask->npinned; i++)
		if (ask->pinned[i] >= ask->start && ask->pinned[i] < ask->start + ask->size)
			return KJ_EOVERLAP;
	w.r = (struct kj_range){ ask->start, ask->start + ask->size };
	w.reserved = kj_ranges_contain(&io->crash, ask->start, ask->size);
	*ret = w;
	return KJ_OK;
}
