/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a target is: a whole device or file, "/dev/sda5", or what an extent list on it says, "/dev/sda2@34816", the number
 * being that of the 4096-byte block with the list, or with the header of a swap area that says where it is. Must never
 * hand out an fd with which anything but that target can be read or written.
 */
#ifndef KJ_CMD_PLACE_H
#define KJ_CMD_PLACE_H

#include <stddef.h>
#include <stdint.h>

#include "core/extents.h"

#define KJ_PLACE_WHOLE UINT64_MAX	/* block number: there is no list */

/* An extent list in memory, to be freed. */
struct kj_list {
	struct kj_extents x;
	uint64_t at;	/* offset of its first block on the device */
	uint64_t *block; /* offsets of its blocks, which kj_list_plan() has taken for it, or kj_list_read() has found */
	uint32_t nblock;
	void *mem;
	size_t len;
};

/* Take "DEVICE[@BLOCK]" apart. What exists by its whole name has no block number. 0; -ENAMETOOLONG; -EINVAL: no number. */
int kj_place_split(const char *spec, char *dev, size_t cap, uint64_t *block);

/* Room for @max extents, of none so far. 0 or -ENOMEM. */
int kj_list_alloc(struct kj_list *l, uint32_t max);
/* Accepts one that is all zero. */
void kj_list_free(struct kj_list *l);

/*
 * The list at block @block of the open device @fd, all of it checked. 0; -ENOMSG: there is none, or the swap area that it
 * is for has got a header of its own again; -EBADMSG: it is damaged, or of another device, and *why says it; -ENOMEM; other
 * -errno of reading.
 */
int kj_list_read(int fd, uint64_t block, struct kj_list *ret, const char **why);

/* From now on offsets of @fd are those of the target (fdmap.h). */
int kj_list_map(const struct kj_list *l, int fd);

/*
 * Take the blocks for the list from its own extents, which may get fewer by that: the first ones. ->x has everything but
 * ->x.size, which is set. The same extents give the same list. 0; -ENOSPC: no target would be left; -EINVAL:
 * kj_extents_check() refuses.
 */
int kj_list_plan(struct kj_list *l);

/* Write a planned list, flushed: to its blocks of the device @fd, or with @file through the file @fd that these are the
 * first blocks of. 0 or -errno. */
int kj_list_write(const struct kj_list *l, int fd, int file);

/* Give the header of the list's swap area back, flushed. 0; -ENOMSG: it is not marked, or for another list; -errno. */
int kj_list_unmark(const struct kj_list *l, int fd);

/* Open what @spec says, with its map. @flags as open(2). The fd or -errno, as kj_list_read() and open(2). */
int kj_place_open(const char *spec, int flags, const char **why);

/* Open it to be looked at, which may be a file of any kind; *size is that of the target or file. As kj_place_open() and
 * kj_vmcore_open(). */
int kj_place_view(const char *spec, uint64_t *size, const char **why);

/* Give an fd that is open the map of the list at @block: nothing if @block is KJ_PLACE_WHOLE. 0 or -errno. */
int kj_place_map(int fd, uint64_t block, const char **why);

#endif
