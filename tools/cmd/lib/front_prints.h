/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The file systems that this system has mounted, as the job names them to B; must never leave one out in silence.
 */
#ifndef KJ_CMD_FRONT_PRINTS_H
#define KJ_CMD_FRONT_PRINTS_H

#include "cmd/lib/stack.h"
#include "core/fsprint.h"
#include "core/mountinfo.h"
#include "sys/block.h"

/* What becomes of a mount, by what mountinfo says of it alone. */
enum kj_front_mount {
	KJ_FRONT_SKIP,		/* on no disk */
	KJ_FRONT_DEVICE,	/* on the block device of that number */
	KJ_FRONT_SOURCE,	/* on the block device that its source names */
	KJ_FRONT_HIDDEN,	/* on disks, but nobody can tell which */
};
enum kj_front_mount kj_front_mount_kind(const struct kj_mount *m);

/* Made of other devices, by a driver that B will not have set up. */
int kj_front_is_mapped(const struct kj_blkdev *d);
/* It lives in A's memory, or in a file. */
int kj_front_is_memory(const struct kj_blkdev *d);

/* Fill @p with everything that is mounted from a disk, in all mount namespaces; of those on encrypted devices only what
 * is on that of @target, which B opens.  0, or an exit status after one line:
 * 69, one that may be written cannot be fingerprinted; with @force those are left out, with a line each. */
int kj_front_prints(struct kj_le_prints *p, const struct kj_stack *target, int force);

#endif
