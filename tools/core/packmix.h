/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How hard to pack, when a disk takes what a worker packs: a mix of three gears, page by page, that keeps both busy;
 * must never ask a clock itself.
 *
 * Gear 0 stores, 1 is lzo, 2 is zstd at its first level.  There is no fourth: on pages of a kernel, higher levels of
 * zstd take 1.3 to 2.5 times as long for half a per cent to one; nor one in between, for lower ones are about where a
 * mix of lzo and zstd is.
 */
#ifndef KJ_CORE_PACKMIX_H
#define KJ_CORE_PACKMIX_H

#include <stdint.h>

#define KJ_MIX_GEARS 3u
#define KJ_MIX_STEP 32u                            /* from a gear to the next */
#define KJ_MIX_MAX (KJ_MIX_STEP * (KJ_MIX_GEARS - 1)) /* all pages in the last gear */

struct kj_mix {
	uint32_t at; /* 0: all in gear 0, KJ_MIX_STEP: all in gear 1, half of it: every other page */
	uint32_t turn;
	uint32_t held, serial;
};

/* @hold: 1 to KJ_MIX_MAX, a mix that stays; 0: begin with gear 1, and follow kj_mix_step().  @serial: nothing is packed
 * while something is written (a pipe). */
void kj_mix_init(struct kj_mix *m, uint32_t hold, int serial);

/* Gear of the next page. */
unsigned int kj_mix_gear(struct kj_mix *m);

/*
 * A buffer was filled in @pack and then waited for the disk, to be done with the one before, for @wait; same unit, any
 * values.  Waits that are more than an eighth of the time: pack harder, the more of it the more; less than a
 * thirty-second: a little faster.
 *
 * If @serial, @wait is the time of writing, which is no reason to pack harder: a shorter buffer has to save more than it
 * costs.  What lzo costs it nearly always does, what zstd costs where writing is more than fifteen sixteenths of it all.
 */
void kj_mix_step(struct kj_mix *m, uint64_t pack, uint64_t wait);

#endif
