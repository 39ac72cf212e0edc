/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Device-mapper tables of linear targets, and where the bytes of what they make are on the device below; must never answer for
 * a byte that a target of another kind has anything to do with.
 */
#ifndef KJ_CORE_DMTABLE_H
#define KJ_CORE_DMTABLE_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

#define KJ_DM_TYPE 17u		/* bytes of a target's name, with its end */
#define KJ_REMAP_MAX 1024u	/* pieces of one mapping */

/* @len bytes from @from on are those of the device @major:@minor from @to on. */
struct kj_remap_piece {
	uint64_t from, to, len;
	uint32_t major, minor;
};

/* Ascending from 0 without gaps. The caller owns it; it is large. */
struct kj_remap {
	uint32_t n;
	struct kj_remap_piece p[KJ_REMAP_MAX];
};

/*
 * The @count targets that DM_TABLE_STATUS with DM_STATUS_TABLE_FLAG has written to @data[@len] (linux/dm-ioctl.h: struct
 * dm_target_spec; drivers/md/dm-linear.c: linear_status()). KJ_OK; KJ_EUNSUPP: one is not linear, and @type is its name;
 * KJ_ENOTFOUND: no target; KJ_ELIMIT: more than fit; KJ_EFORMAT, KJ_ETRUNC: this is no such table; KJ_ERANGE: numbers that
 * cannot be.
 */
enum kj_err kj_dm_table(const uint8_t *data, size_t len, uint32_t count, struct kj_remap *ret, char type[KJ_DM_TYPE]);

/* A table of one target. */
struct kj_dm_only {
	uint64_t sectors;
	const char *text;	/* its parameters, in the table */
};

/* The same table, if it is a single target named @type. KJ_OK; KJ_ENOTFOUND: it is not; KJ_ETRUNC, KJ_EFORMAT: as
 * above. */
enum kj_err kj_dm_only(const uint8_t *data, size_t len, uint32_t count, const char *type, struct kj_dm_only *ret);

/* The whole of a device of @size bytes, as it is. */
void kj_remap_plain(struct kj_remap *m, uint32_t major, uint32_t minor, uint64_t size);

/* What is on the device @major:@minor according to @m is where @below says that device is. @to gets the sum of both. KJ_OK;
 * KJ_ERANGE: a piece of @m reaches over the end of @below; KJ_ELIMIT. */
enum kj_err kj_remap_through(const struct kj_remap *m, uint32_t major, uint32_t minor, const struct kj_remap *below,
			     struct kj_remap *to);

/* The first device of @m that is not @major:@minor. 1, or 0: there is none. */
int kj_remap_other(const struct kj_remap *m, uint32_t major, uint32_t minor, uint32_t *ret_major, uint32_t *ret_minor);

/* Where byte @off is, and how many of @len follow it there. KJ_OK; KJ_ERANGE: it is behind the end. */
enum kj_err kj_remap_find(const struct kj_remap *m, uint64_t off, uint64_t len, uint64_t *at, uint64_t *run);

/* Bytes of all pieces. */
uint64_t kj_remap_size(const struct kj_remap *m);

#endif
