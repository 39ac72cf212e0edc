/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Extent list: which pieces of a device a target is, when it is not a whole device but a file of A's or blocks of its
 * swap area; and the swap area's header, which shows that they are there. Must never be used before every block of the
 * list and then all of it have been checked.
 *
 * Bytes: FORMAT section 3. The list lies on that device, in blocks of its own that are no part of the target.
 */
#ifndef KJ_CORE_EXTENTS_H
#define KJ_CORE_EXTENTS_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/le.h"

#define KJ_EXTENTS_MAGIC "KJEXTENT"
#define KJ_EXTENTS_BLOCK 247u	/* extents in one block of the list */
#define KJ_EXTENTS_MAX 65536u	/* of a list */

enum kj_extents_kind { KJ_EXTENTS_FILE = 1, KJ_EXTENTS_SWAP = 2 };

struct kj_le_extents {
	uint8_t magic[8];
	le32 version;
	le32 kind;		/* enum kj_extents_kind */
	uint8_t uuid[16];	/* as in the label, which is the target's last block */
	le64 dev_size;		/* of the device that the offsets are of */
	le64 size;		/* bytes of all extents */
	le32 total;		/* number of extents */
	le32 first;		/* number of the first one in this block */
	le64 next;		/* offset of the list's next block, 0: this is the last */
	le64 swap;		/* KJ_EXTENTS_SWAP: offset of the swap area's header; else 0 */
	uint8_t reserved[56];
	struct {
		le64 off, len;	/* bytes on the device */
	} extent[KJ_EXTENTS_BLOCK];
	uint8_t reserved1[8];
	le64 sum;
};
_Static_assert(sizeof(struct kj_le_extents) == 4096, "FORMAT 3");
_Static_assert(offsetof(struct kj_le_extents, extent) == 128, "FORMAT 3");
_Static_assert(offsetof(struct kj_le_extents, sum) == 4088, "FORMAT 3");

struct kj_extent {
	uint64_t off, len;
};

/* The caller owns ->e, which has room for ->max. */
struct kj_extents {
	uint32_t kind;
	uint8_t uuid[16];
	uint64_t dev_size, size, swap;
	uint32_t total;		/* reading: what the first block has announced */
	uint32_t n, max;
	struct kj_extent *e;
};

/* Append a piece; one that goes on where the last one ends makes that longer. KJ_OK; KJ_ERANGE: empty, not made of whole
 * blocks, or no place on any device; KJ_ENOSPC: ->max. */
enum kj_err kj_extents_add(struct kj_extents *x, uint64_t off, uint64_t len);

/* Bring them into the order of the device, and make one of those that touch. */
void kj_extents_sort(struct kj_extents *x);

/* 1 if [off, off + len) lies in one piece of @x, which has been sorted. */
int kj_extents_has(const struct kj_extents *x, uint64_t off, uint64_t len);

/* Blocks that a list of @n extents takes. */
uint32_t kj_extents_blocks(uint32_t n);

/* Take the first block of the first extent away, for the list itself. KJ_OK, and its offset; KJ_ENOTFOUND: none left. */
enum kj_err kj_extents_take(struct kj_extents *x, uint64_t *off);

/*
 * Are these extents whole blocks of a device of ->dev_size, no two on the same block, and none on that of ->swap? Sets
 * ->size. @scratch has room for ->n. KJ_OK; KJ_ERANGE; KJ_EOVERLAP; KJ_ENOTFOUND: there are none.
 */
enum kj_err kj_extents_check(struct kj_extents *x, struct kj_extent *scratch);

/* Block number @i of the list, sealed; the next one is at @next (0: there is none). */
void kj_extents_put(const struct kj_extents *x, uint32_t i, uint64_t next, struct kj_le_extents *ret);

/*
 * Take the extents of the list's next block; *next is where that which follows is, 0 behind the last. Begin with ->n 0.
 * KJ_OK; KJ_EMAGIC, KJ_EVERSION, KJ_ECRC; KJ_EFORMAT, KJ_ERANGE: numbers that cannot be; KJ_EMISMATCH: a block of another
 * list; KJ_ENOSPC: more than ->max.
 */
enum kj_err kj_extents_get(struct kj_extents *x, const struct kj_le_extents *b, uint64_t *next);

/* One number for kind, device and all extents in their order, by which a job says which it means. */
uint64_t kj_extents_sum(const struct kj_extents *x);

/* ---- the header of a swap area ---- */

/*
 * Linux' own (include/linux/swap.h: union swap_header) with its signature SWAPSPACE2 moved away, and one in its place
 * that swapon and mkswap take for another program's hibernated system: ULSUSPEND, as suspend-utils' swsusp.h has it.
 */
#define KJ_SWAP_SIG "SWAPSPACE2"
#define KJ_SWAP_MARK "ULSUSPEND"

/* Can this page be marked and be put back? KJ_OK; KJ_EMAGIC: no swap area; KJ_EVERSION: not of version 1; KJ_EUNSUPP: it
 * has bad pages; KJ_EFORMAT: bytes in use that ought to be zero. */
enum kj_err kj_swap_check(const uint8_t page[4096]);

/* Mark a page that was checked: the list begins at offset @list of the device. */
void kj_swap_mark(uint8_t page[4096], uint64_t list);

/* Is this page marked by us? KJ_OK, and where the list begins; KJ_EMAGIC: no mark; KJ_ERANGE: no place for a list. */
enum kj_err kj_swap_marked(const uint8_t page[4096], uint64_t *list);

/* Give a marked page back. */
void kj_swap_unmark(uint8_t page[4096]);

#endif
