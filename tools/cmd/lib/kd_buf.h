/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What one worker has packed, on its way to the file: some buffers in turn, so that the disk has always something to
 * write and the worker somewhere to pack to, and the descriptors of their pages. It must never write a descriptor of a
 * page whose bytes are not in the file.
 *
 * Functions that return int return 0 or an exit status, as kj_dump_fail().
 */
#ifndef KJ_CMD_KD_BUF_H
#define KJ_CMD_KD_BUF_H

#include "cmd/lib/kd.h"
#include "core/packmix.h"

#define KJ_KD_SLOTS 4u                      /* one is filled, the others are written */
#define KJ_KD_BATCHES 2u                    /* one is filled, the other waits until its pages are in the file */
#define KJ_KD_PENDS (KJ_KD_ITEM_GROUPS / 2) /* most that an item makes: every other group has the rank */

struct kj_kd_slot {
	uint8_t *buf;
	struct kj_aio aio;
	uint64_t at; /* where what is on its way goes, ->len bytes; 0: nothing is */
	size_t len;
	unsigned int batch; /* that has its descriptors */
};

/* Descriptors that lie together in the file. */
struct kj_kd_pend {
	uint32_t item, at, n; /* descriptors at.. of the batch are the item's, if not all of them */
	uint64_t index;       /* of the first one in the file */
	int whole;            /* no page of the item is still to come */
};

struct kj_kd_batch {
	struct kj_le_page_desc *desc;
	uint32_t ndesc;  /* in ->desc */
	uint32_t placed; /* of them, how many from the start on are final */
	struct kj_kd_pend pend[2 * KJ_KD_PENDS];
	unsigned int npend;
	int flush; /* and what was written up to here, with them */
};

struct kj_kd_buf {
	struct kj_kd *kd;
	struct kj_kd_slot slot[KJ_KD_SLOTS];
	struct kj_kd_batch batch[KJ_KD_BATCHES];
	unsigned int s, b;  /* the ones that are filled */
	size_t used;        /* bytes of that slot */
	struct kj_aio flush; /* of the file, while the next pages are packed */
	struct kj_mix mix;  /* of codec auto */
	uint64_t since;     /* when that slot began to be filled */
};

/* Memory that it wants, and a start with that, page aligned; a worker's process is the end of both. */
size_t kj_kd_buf_size(void);
void kj_kd_buf_open(struct kj_kd_buf *w, struct kj_kd *kd, void *mem);

/* Before an item: room for all its descriptors. */
int kj_kd_buf_item(struct kj_kd_buf *w);
/* Pages of it, the first of which has descriptor number @index of the file; behind them, how many these were. */
void kj_kd_buf_begin(struct kj_kd_buf *w, uint32_t item, uint64_t index);
uint32_t kj_kd_buf_end(struct kj_kd_buf *w);
/* The pages that came last were the last of their item. */
void kj_kd_buf_whole(struct kj_kd_buf *w);

/* KJ_PACK_ROOM bytes to pack a page to; and then, the next page is that, @n bytes in @codec; is zeros; cannot be
 * had. */
int kj_kd_buf_room(struct kj_kd_buf *w, uint8_t **ret);
void kj_kd_buf_add(struct kj_kd_buf *w, uint32_t n, uint32_t codec);
void kj_kd_buf_add_zeros(struct kj_kd_buf *w);
void kj_kd_buf_add_lost(struct kj_kd_buf *w);

/* What came so far shall stay, whatever comes: the file is flushed once that is in it. */
void kj_kd_buf_keep(struct kj_kd_buf *w);

/* Write all there is, and say of each item whose pages are all in the file that it is done. */
int kj_kd_buf_flush(struct kj_kd_buf *w);

#endif
