/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * /proc/swaps: the swap areas in use; must never hand out a line that was not understood whole.
 */
#ifndef KJ_CORE_SWAPS_H
#define KJ_CORE_SWAPS_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

#define KJ_SWAPS_PATH 512u

struct kj_swaps {
	char path[KJ_SWAPS_PATH];	/* as the system that called swapon saw it */
	int is_file;
	uint64_t size, used;		/* bytes */
};

/* The area of the line at @pos of @text (kernel: mm/swapfile.c, swap_show()); *pos moves behind it. KJ_OK; KJ_ENOTFOUND: no
 * more; KJ_EFORMAT: no such line, or a path that is too long. The head line is passed over. */
enum kj_err kj_swaps_next(const char *text, size_t len, size_t *pos, struct kj_swaps *ret);

#endif
