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
#include "core/image.h"
#include "core/kdump.h"
#include "sys/aio.h"

#define KJ_KD_ITEM (KJ_SECTION_PAGES / KJ_DUMP_PARTS) /* pages that a worker takes at a time */
#define KJ_KD_ITEM_MASK (KJ_KD_ITEM / 8)              /* bytes of their bitmap */
#define KJ_KD_GROUP KJ_UNIT_PAGES /* pages that have one rank: the kernel, too, keeps apart in such blocks */
#define KJ_KD_ITEM_GROUPS (KJ_KD_ITEM / KJ_KD_GROUP)

/* Ranks of pages, the most valuable first: what a full disk or a reset must not take. A group has the
 * rank of the best of those of its pages that are in the dump. */
enum kj_kd_rank {
	KJ_KD_KERNEL,  /* whatever is none of the others */
	KJ_KD_USER,    /* page cache and pages of user processes */
	KJ_KD_STRUCTS, /* struct pages */
	KJ_KD_FREE,
	KJ_KD_RANKS,
};
_Static_assert(KJ_KD_RANKS == KJ_DUMP_ROUNDS, "claims for a round of each rank");
#define KJ_KD_RANK_MAP (KJ_SECTION_PAGES / KJ_KD_GROUP / 4) /* bytes of a section's ranks, 2 bits each */

/* Of a section; shared with the workers. */
struct kj_kd_section {
	uint64_t first; /* number of its first descriptor */
	uint64_t sum;   /* of its bitmap, where that has to be made again */
	uint32_t kept;  /* pages in the dump */
	uint32_t left;  /* pages of RAM that are not */
	uint32_t trimmed; /* of those, struct pages that would be, without ->trim */
	uint8_t rank[KJ_KD_RANK_MAP]; /* of its groups of pages */
};

/* Struct pages that lie together, of pages that do. */
struct kj_kd_run {
	uint64_t pfn, n; /* where they lie: pages */
	uint64_t of;     /* number of the first page that they describe */
};

/* What the rank of a page is told by. */
struct kj_kd_ranker {
	struct kj_kd_run *run; /* ascending by ->pfn */
	uint32_t nrun, max;
	uint64_t longest;      /* of their ->n */
	int whole;             /* all struct pages are in ->run */
	int user_on, free_on;  /* such pages are in the dump, and these know them: */
	struct kj_classifier user, free;
	size_t len;
};

struct kj_kd {
	struct kj_dump *d;
	struct kj_kdump k;
	struct kj_kd_section *sec; /* d->keep.nsec, shared */
	size_t sec_len;
	uint64_t ndesc;
	uint64_t data_off; /* the page of zeros, shared by all zero pages; the others behind it */
	int lock;          /* stream: whoever holds it writes a record */
	struct kj_kd_ranker ranker;
	int trim; /* leave out struct pages that describe nothing in the dump */
};

/*
 * Bitmaps of section number @i: @ram pages that are there, @kept pages that the dump has.  @left
 * (may be NULL) is how many of the first are not among the second.  Cannot fail.
 */
void kj_kd_bits(struct kj_kd *kd, uint32_t i, uint8_t ram[KJ_SECTION_BITMAP],
		uint8_t kept[KJ_SECTION_BITMAP], uint32_t *left);
uint32_t kj_kd_weight(const uint8_t *bits, size_t bytes);
/* First page behind the run of kept pages of an item, short gaps included, that begins at @i. */
unsigned int kj_kd_run_end(const uint8_t bits[KJ_KD_ITEM_MASK], unsigned int i);

/*
 * kd_rank.c: before the first pass; in it, of section number @i with the bitmap @kept, fills
 * ->sec[i].rank; and the rank of a group of a section. The first returns 0 or -errno, the others cannot fail:
 * what cannot be told has the best rank.
 */
int kj_kd_rank_open(struct kj_kd *kd);
void kj_kd_rank_close(struct kj_kd *kd);
/* Set the bits of those pages of the section from page @pfn on that hold struct pages. */
void kj_kd_structs(const struct kj_kd *kd, uint64_t pfn, uint8_t bits[KJ_SECTION_BITMAP]);
void kj_kd_rank_section(struct kj_kd *kd, uint32_t i, const uint8_t kept[KJ_SECTION_BITMAP]);
static inline unsigned int kj_kd_rank(const struct kj_kd_section *s, unsigned int group)
{
	return s->rank[group / 4] >> group % 4 * 2 & 3u;
}
/* The first group from @g on, of an item that is part number @part of the section, that has @rank, or with @has 0 has it
 * not; KJ_KD_ITEM_GROUPS: none. */
unsigned int kj_kd_next_group(const struct kj_kd_section *s, uint32_t part, unsigned int rank, unsigned int g,
			      int has);

/*
 * kd_trim.c: with ->trim, clear the bits of section number @i's struct pages that describe nothing in the dump, and
 * return how many these are. All sections have been classified before.
 */
uint32_t kj_kd_trim(struct kj_kd *kd, uint32_t i, uint8_t kept[KJ_SECTION_BITMAP]);

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
