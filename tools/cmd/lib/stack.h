/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The disk or partition below a block device that device-mapper has made, LVM's say, and where on it the bytes are; or
 * the encrypted device, which B and C can open. Must never take a mapping for a plain one, or call a place one that
 * they would not find.
 */
#ifndef KJ_CMD_STACK_H
#define KJ_CMD_STACK_H

#include <stdint.h>

#include "cmd/lib/place.h"
#include "core/dmtable.h"
#include "sys/block.h"
#include "sys/dm.h"

#define KJ_STACK_WHY 256u

struct kj_stack {
	struct kj_blkdev dev;	/* the disk, partition or encrypted device */
	int crypt;		/* 1: it is encrypted, by dm-crypt, */
	char name[KJ_DM_NAME];	/* and so called; else "" */
	int mapped;		/* 0: it is what was asked for */
	struct kj_remap *map;	/* from offsets of what was asked for to those of ->dev */
};

/*
 * Look through the device @major:@minor. 0; -ENODEV: it is not there; -ENOTBLK: B would not find it: made of more than one
 * device, by something else than linear tables, or in memory; other -errno. @why says it, to stand behind "PATH: ".
 */
int kj_stack_open(uint32_t major, uint32_t minor, struct kj_stack *ret, char why[KJ_STACK_WHY]);
/* Accepts one that is all zero. */
void kj_stack_close(struct kj_stack *s);

/* Where on the disk the block (of 4096 bytes) at @off is. 0; -ERANGE: nowhere, or not in one piece. */
int kj_stack_block(const struct kj_stack *s, uint64_t off, uint64_t *at);

/* A path of @s->dev that is the same after the next boot, if there is such a name. */
void kj_stack_path(const struct kj_stack *s, char path[KJ_DM_NAME + 16]);

/* The extents of @l, which are of what was asked for, become those of the disk. 0; -ERANGE: not made of whole blocks there;
 * -ENOSPC: too many pieces; -ENOMEM. */
int kj_stack_list(const struct kj_stack *s, struct kj_list *l);

#endif
