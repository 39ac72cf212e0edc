/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finding a target by its label, and opening it so that nobody else has it; must never take a
 * device by its name, and never write.
 */
#ifndef KJ_CMD_TARGET_H
#define KJ_CMD_TARGET_H

#include <stddef.h>
#include <stdint.h>

#include "core/job.h"
#include "sys/block.h"

#define KJ_TARGET_PATH (KJ_BLOCK_PATH + 24) /* as place.h has it */

struct kj_target {
	int fd; /* opened with the flags given, and mapped (fdmap.h); -1: closed */
	char path[KJ_TARGET_PATH];
	uint64_t size;     /* of the target, which may be a part of its device */
	uint64_t usable; /* bytes from 0 on that a dump may use */
	struct kj_le_label label;
	uint8_t partuuid[16]; /* of the device; zero: not in a GPT */
	uint64_t list;        /* offset of its extent list on the device; 0: it is the whole device */
	uint64_t list_sum;    /* kj_extents_sum() of that */
};

/* What a job says of its target. */
struct kj_target_want {
	const uint8_t *uuid;
	uint64_t dev_size;       /* of the device, 0: any */
	const uint8_t *partuuid; /* NULL or zero: any */
	uint64_t list;           /* where on the device its extent list is; 0: it has none */
	uint64_t list_sum;
};

/*
 * The one device that has the target @w, opened with @flags (O_RDWR | O_EXCL to write).
 * 0; -ENODEV: no device has that label; -EMEDIUMTYPE: one has the label, but another size, PARTUUID
 * or extents; -EEXIST: more than one; -EBUSY: something else has it open; -EROFS; other -errno.
 * On error ret->path names the device, if it was about one, else is empty.
 */
int kj_target_find(const struct kj_target_want *w, int flags, struct kj_target *ret);

/* As above, of a job. */
void kj_target_of_job(const struct kj_le_job *job, struct kj_target_want *ret);

/* The same for a place (a program's argument), O_EXCL as kj_block_open_idle(): it must carry a label. -ENODEV: none, or no extent list where
 * one should be; -EBADMSG: a damaged extent list. */
int kj_target_open(const char *path, int flags, struct kj_target *ret);

/* Another fd of an open target, with the same map. The fd or -errno. */
int kj_target_again(const struct kj_target *t, int flags);

/* NULL and a closed one are accepted. */
void kj_target_close(struct kj_target *t);

/* Device path of "/dev/NAME", "PARTUUID=GUID" or "KJLABEL=32 HEX DIGITS". As kj_block_resolve(),
 * kj_target_find(). */
int kj_target_resolve(const char *spec, char *path, size_t cap);

/* Read the label of an open target of @size bytes. 0, -ENOENT: no valid one; -errno. */
int kj_target_label(int fd, uint64_t size, struct kj_le_label *ret);

#endif
