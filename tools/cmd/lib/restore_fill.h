/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The free pages of a system that relies on what they hold, as a list for the trampoline; must never name a page that
 * the image stores.
 *
 * The list lies in free pages of A's that the stream carries like stored ones, and which the trampoline fills last.
 */
#ifndef KJ_CMD_RESTORE_FILL_H
#define KJ_CMD_RESTORE_FILL_H

#include <stdint.h>

#include "cmd/lib/imgread.h"
#include "core/trampoline.h"

struct kj_fill_list {
	struct kj_fill f;
	uint64_t pages;	/* to be filled, those of the list included */
	uint64_t pfn;	/* of the first list page; they stand one behind the other */
	uint64_t n;	/* list pages; 0: nothing to fill */
	uint8_t *buf;
};

/* For an image with its index. 0, also when there is nothing to fill; -ENOMEM; -ENOSPC: free memory is in too many
 * pieces, no run of it holds the list. */
int kj_fill_make(struct kj_fill_list *l, const struct kj_img *img);
void kj_fill_free(struct kj_fill_list *l);

/* The list page that goes to @pfn, or NULL. */
const uint8_t *kj_fill_page(const struct kj_fill_list *l, uint64_t pfn);

#endif
