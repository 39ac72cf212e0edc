/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An image's pages put where they stand, by worker processes; must never write a page of a unit before the whole unit
 * has been verified, nor one that the image does not hold.
 */
#ifndef KJ_CMD_RESTORE_WRITE_H
#define KJ_CMD_RESTORE_WRITE_H

#include <stdint.h>

#include "cmd/lib/imgread.h"

struct kj_write {
	const struct kj_img *img;	/* with its index */
	const char *mem;		/* KJ_DEVMEM_PATH, or a file in tests */
	uint32_t workers;		/* 1 to KJ_WORKERS_MAX */
	int quiet;
	int blank;			/* zero what the image leaves out: nothing of this machine's stays there */
	uint64_t ms;			/* result: milliseconds */
	char why[KJ_IMG_WHY];
};

/* Bytes of memory that one worker takes. */
uint64_t kj_write_memory(void);

/*
 * Write all data and zero pages to their physical addresses, and fill what is to be filled; other pages that were left
 * out are not touched but with ->blank, and the window never.
 * 0; -EBADMSG: a unit is damaged; -EPIPE: a worker died; -EPERM: the kernel does not give this memory; other -errno.
 * After an error some pages may have been written.
 */
int kj_write_run(struct kj_write *w);

/* One more page, over what the image has there. */
int kj_write_page(const struct kj_write *w, uint64_t pfn, const uint8_t page[4096]);

#endif
