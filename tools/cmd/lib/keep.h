/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which pages a dump leaves out, per unit, from classified sections; memory stays bounded whatever
 * the RAM size. Must never leave a page out of a section that could not be classified.
 *
 * The bitmaps of the first KJ_KEEP_CACHED sections (32 GiB of RAM) stay in shared memory; workers
 * classify the others again when they come to them.
 */
#ifndef KJ_CMD_KEEP_H
#define KJ_CMD_KEEP_H

#include <stdint.h>

#include "cmd/lib/amem.h"
#include "cmd/lib/classify.h"
#include "core/unit.h"

#define KJ_KEEP_CACHED 256u

struct kj_keep_section {
	uint32_t nr;   /* physical address >> 27 */
	uint32_t left; /* pages of RAM, not in the window, that are left out */
};

struct kj_keep {
	struct kj_amem *m;
	struct kj_ranges cut; /* pages that do not count: the window, or nothing */
	int active;           /* 0: no classification, everything is kept */
	uint32_t nsec, ncached;
	uint32_t have;               /* index of the section in ->bitmap, UINT32_MAX: none */
	struct kj_keep_section *sec; /* shared */
	struct kj_class_counts *counts; /* shared: of all sections that kj_keep_section() has seen */
	uint8_t *cache;              /* shared, ncached bitmaps */
	size_t sec_len, cache_len;
	uint8_t bitmap[KJ_SECTION_BITMAP];
	struct kj_classifier c;
};

/*
 * @level as kj_classifier_open(). @cut: the window for the physical view, an empty list else.
 * 0, or -errno (memory). @why is empty, or one line to print once: what is not recognised, or why
 * everything is kept.
 */
int kj_keep_open(struct kj_keep *k, struct kj_amem *m, const struct kj_ranges *cut, uint32_t level,
		 char why[KJ_WHY_MAX]);
void kj_keep_close(struct kj_keep *k);

/* Classify section number @i of ->nsec; fills ->sec[i].left and the cache. 0, or -errno: all its
 * pages are kept. */
int kj_keep_section(struct kj_keep *k, uint32_t i);

/* Bits of the pages of the unit at @pfn that are left out. Cannot fail: what cannot be read is
 * kept. */
void kj_keep_unit(struct kj_keep *k, uint64_t pfn, uint8_t ret[KJ_UNIT_MASK]);

/* After all sections, for the physical view: a backup page is left out if its page of the window is, for what A copies
 * home from there is nobody's. Not where either lies in a section that is not cached. */
void kj_keep_backups(struct kj_keep *k);

/* Sum of ->left. */
uint64_t kj_keep_left(const struct kj_keep *k);

/* ---- walking: pages of the physical view through large mappings ---- */

struct kj_walk {
	struct kj_amem *m;
	const uint8_t *map;
	uint64_t pa;
	size_t len;
	size_t max; /* bytes mapped at once, page aligned */
	/* or read at once, ->room bytes, if the source is a file; NULL: everything is mapped */
	uint8_t *buf;
	size_t room;
};

/* Page @pa, mapped together with what follows it up to @end and ->max. *ret is valid until the
 * next call. 0; -EFAULT: not in the file; -EIO: this page cannot be read; -errno. */
int kj_walk_page(struct kj_walk *w, uint64_t pa, uint64_t end, const uint8_t **ret);
/* 1 if the next kj_walk_page() of @pa will leave earlier pointers valid. */
int kj_walk_holds(const struct kj_walk *w, uint64_t pa);
void kj_walk_end(struct kj_walk *w);

/* 1 if the 4096 bytes at @p, aligned to 16, are all zero. */
int kj_page_is_zero(const uint8_t *p);

#endif
