/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A swsusp image in the making, as dump_swsusp.c (plan and end) and swsusp_stream.c (workers) share
 * it; must never be changed by a worker but for ->zero and ->group, which are shared memory.
 *
 * The stream: ->meta pages of page frame numbers, then ->data pages. 32 of them are what the kernel
 * compresses at one time, KJ_SWS_GROUP are what a worker places and writes at one time. The map
 * says where each block lies, so that groups may lie in any order.
 */
#ifndef KJ_CMD_DUMP_SWSUSP_H
#define KJ_CMD_DUMP_SWSUSP_H

#include <stdint.h>

#include "cmd/lib/dump.h"
#include "core/swsusp.h"

#define KJ_SWS_GROUP (16u * KJ_SWSUSP_UNC_PAGES) /* pages of the stream */
#define KJ_SWS_ITEM 8u                           /* groups that a worker claims at once */
#define KJ_SWS_FIRST 2u /* block of the first group; 0 is the header, 1 the info page */

/* Pages before a batch of KJ_DUMP_BATCH units: with numbers, and with data. */
struct kj_sws_rank {
	uint32_t all, data;
};

struct kj_sws_group {
	uint32_t at;  /* first block on the target */
	uint32_t n;   /* blocks */
	uint32_t crc; /* kj_crc_run() of the group's pages, compressed images only */
};

struct kj_sws {
	struct kj_dump *d;
	uint64_t swap;            /* page frame number of A's swap page */
	uint8_t tramp[4096];      /* what it is to hold */
	uint64_t meta, data, zeros;
	uint64_t total;           /* meta + data */
	uint64_t ngroups;
	uint64_t nbatch;
	struct kj_sws_rank *rank; /* nbatch + 1 */
	struct kj_sws_group *group;
	uint8_t *zero;            /* KJ_UNIT_MASK bytes a unit; NULL: zero pages are data */
	size_t rank_len, group_len, zero_len;
};

/* Pages of unit @unit: those with numbers, and of those the ones with data. */
void kj_sws_unit(const struct kj_sws *s, uint64_t unit, uint8_t all[KJ_UNIT_MASK],
		 uint8_t data[KJ_UNIT_MASK]);

/* Workers for kj_dump_run() (look for zero pages) and kj_dump_run_items() (write groups); their
 * context is the struct kj_dump, whose ->sws is set. */
int kj_sws_zero_worker(unsigned int nr, void *d);
int kj_sws_group_worker(unsigned int nr, void *d);

#endif
