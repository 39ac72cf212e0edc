/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Worker processes that read, verify and unpack an image's units ahead of the one that uses them;
 * must never hand out a unit whose checksum was not compared.
 *
 * Units come in ascending order. Worker w of n does every n-th unit that has a chunk, into two
 * buffers of its own, shared by fork(); a byte over a pipe says that one is full or free again.
 * So there is no lock, and a worker that dies is an end of file.
 */
#ifndef KJ_CMD_RESTORE_POOL_H
#define KJ_CMD_RESTORE_POOL_H

#include <stdint.h>

#include "cmd/lib/imgread.h"
#include "sys/workers.h"

#define KJ_POOL_MAX 32u /* workers */

struct kj_pool {
	uint32_t n;
	uint64_t next;			/* unit with a chunk that comes next, counted from 0 */
	uint8_t *buf;			/* 2 * n of KJ_IMG_ROOM */
	const struct kj_img *img;
	struct kj_workers workers;
	int done[KJ_POOL_MAX][2];	/* pipe: a message for each unit, workers write */
	int more[KJ_POOL_MAX][2];	/* pipe: a byte for each buffer given back, we write */
	char why[KJ_IMG_WHY];
};

/* Bytes of memory that @workers take while they work. */
uint64_t kj_pool_memory(uint32_t workers);

/* Start @workers (1 to KJ_POOL_MAX) on @img, whose index is read. 0 or -errno. */
int kj_pool_start(struct kj_pool *p, const struct kj_img *img, uint32_t workers);

/* Wait for the next unit that has a chunk; *ret is its pages, until kj_pool_put(). 0; what
 * kj_img_unit() says; -EPIPE: the worker died. p->why says why. */
int kj_pool_get(struct kj_pool *p, const uint8_t **ret);
/* Give the buffer of the last kj_pool_get() back. */
void kj_pool_put(struct kj_pool *p);

/* End and reap all workers and free the buffers; nothing of the pool is left. Accepts a pool
 * that never started, all zero. 0; -ECHILD: one did not end well, though nobody had noticed. */
int kj_pool_end(struct kj_pool *p);

#endif
