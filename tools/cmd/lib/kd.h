/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A dump in the kdump-compressed format while it is made: which pages are in it, where its parts
 * go, and how bytes get there; must never give one descriptor to two pages.
 *
 * The view is the logical one: a page of the window comes from its backup page.  Pages that A did
 * not have when it jumped are not in the dump.
 */
#ifndef KJ_CMD_KD_H
#define KJ_CMD_KD_H

#include "cmd/lib/dump.h"
#include "core/kdump.h"
#include "sys/aio.h"

#define KJ_KD_ITEM (KJ_SECTION_PAGES / KJ_DUMP_PARTS) /* pages that a worker takes at a time */
#define KJ_KD_ITEM_MASK (KJ_KD_ITEM / 8)              /* bytes of their bitmap */

/* Of a section; shared with the workers. */
struct kj_kd_section {
	uint64_t first; /* number of its first descriptor */
	uint64_t sum;   /* of its bitmap, where that has to be made again */
	uint32_t kept;  /* pages in the dump */
	uint32_t left;  /* pages of RAM that are not */
};

struct kj_kd {
	struct kj_dump *d;
	struct kj_kdump k;
	struct kj_kd_section *sec; /* d->keep.nsec, shared */
	size_t sec_len;
	uint64_t ndesc;
	uint64_t data_off; /* the page of zeros, shared by all zero pages; the others behind it */
	int lock;          /* stream: whoever holds it writes a record */
};

/*
 * Bitmaps of section number @i: @ram pages that are there, @kept pages that the dump has.  @left
 * (may be NULL) is how many of the first are not among the second.  Cannot fail.
 */
void kj_kd_bits(struct kj_kd *kd, uint32_t i, uint8_t ram[KJ_SECTION_BITMAP],
		uint8_t kept[KJ_SECTION_BITMAP], uint32_t *left);
uint32_t kj_kd_weight(const uint8_t *bits, size_t bytes);

/*
 * Bytes of the dump, by any process.  0, or an exit status as kj_dump_fail().
 */
int kj_kd_put(struct kj_kd *kd, const void *buf, size_t len, uint64_t off);
/*
 * The same as sys/aio.h starts a write, round the page cache where that can be: all three multiples
 * of 4096, unless it is a stream.  0; or -errno at once, and then nothing is under way.
 */
int kj_kd_start(struct kj_kd *kd, struct kj_aio *a, const void *buf, size_t len, uint64_t off);
/* Open ->d->dfd for that, if the target is a file and can be had so; behind it, take back what the
 * file was made longer than ->d->sh->next in advance.  0 or -errno. */
void kj_kd_open_direct(struct kj_kd *kd);
int kj_kd_cut(struct kj_kd *kd);
/* Zeros, where neither a new file has them nor nobody reads. */
int kj_kd_zeros(struct kj_kd *kd, uint64_t off, uint64_t len);

/* kd_pages.c: a worker of the second pass; needs ->sec, ->data_off and the bitmaps in the file. */
int kj_kd_worker(struct kj_kd *kd, unsigned int nr);

#endif
