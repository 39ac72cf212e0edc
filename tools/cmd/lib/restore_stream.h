/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An image as the stream that /dev/snapshot takes: header, page numbers, pages in ascending order;
 * must never send a page of a unit before the whole unit has been verified.
 */
#ifndef KJ_CMD_RESTORE_STREAM_H
#define KJ_CMD_RESTORE_STREAM_H

#include <stdint.h>

#include "cmd/lib/imgread.h"
#include "cmd/lib/restore_fill.h"
#include "cmd/lib/restore_pool.h"
#include "core/runs.h"
#include "core/swsusp.h"

/* A page whose content in the image is not what A shall find. */
struct kj_patch {
	uint64_t pfn;
	const uint8_t *page;
};

#define KJ_STREAM_PATCHES 2u /* trampoline and mailbox */

struct kj_stream {
	const struct kj_img *img;	/* with its index */
	struct kj_swsusp head;		/* ->pages is set by kj_stream_plan() */
	uint32_t npatch;
	struct kj_patch patch[KJ_STREAM_PATCHES];	/* ascending, different */
	struct kj_fill_list fill;
	/* Called with each page; other than 0 ends the stream and is returned. */
	int (*sink)(void *ctx, const uint8_t page[4096]);
	void *sink_ctx;
	/* Called now and then with the data pages sent so far; other than 0 ends the stream. May
	 * be NULL. */
	int (*tick)(void *ctx, uint64_t pages);
	void *tick_ctx;
};

/* Make @s for @img: the header's numbers, and A's swap page replaced by the trampoline, which is
 * written to @tramp and must live as long as @s. 0, or -ERANGE for addresses that cannot be; what
 * kj_fill_make() says. */
int kj_stream_init(struct kj_stream *s, const struct kj_img *img, uint8_t tramp[4096]);
/* Accepts one that is all zero. */
void kj_stream_free(struct kj_stream *s);

/* Replace one more page of A's. -ENOSPC; -EEXIST: it is replaced already. */
int kj_stream_patch(struct kj_stream *s, uint64_t pfn, const uint8_t *page);

/* Count the data pages, those of ->patch that the image does not hold included. */
void kj_stream_plan(struct kj_stream *s);

/* The numbers of the pages that will be sent, added to @ret. 0; -ENOSPC: it is full. */
int kj_stream_pages(const struct kj_stream *s, struct kj_runs *ret);

/* Send everything, the units from @pool, which was just started. 0; what the pool, ->sink or
 * ->tick said: *from_sink is 1 if it was the sink; -EMSGSIZE: another number of pages than
 * announced. */
int kj_stream_run(const struct kj_stream *s, struct kj_pool *pool, int *from_sink);
/* The same without header and page numbers, for a sink that has had them from kj_stream_pages(). */
int kj_stream_bare(const struct kj_stream *s, struct kj_pool *pool, int *from_sink);

#endif
