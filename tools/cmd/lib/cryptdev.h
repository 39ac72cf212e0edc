/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A target inside an encrypted device: the device is made from what the job says of it, by device-mapper, in B; and in
 * A for a moment, to see that B will be able to. It must never be writable outside the target, or outlive whoever made
 * it.
 */
#ifndef KJ_CMD_CRYPTDEV_H
#define KJ_CMD_CRYPTDEV_H

#include "cmd/lib/target.h"
#include "core/job.h"
#include "sys/block.h"

#define KJ_CRYPTDEV_MAX 8u	/* devices below that look like the one */
#define KJ_CRYPTDEV_WHY 128u

struct kj_cryptdev {
	unsigned int n;		/* how many there are; 0: none, closed */
	int ro;
};

/*
 * Each device of the size and the PARTUUID that @c names, opened as @c says; what is inside has @size bytes. Which of
 * them is the right one its label shows: in another there is noise. With @ro all of it can be read and nothing written,
 * else what is outside lo and hi gives an error. Nothing to do if @c is all zeros.
 * 0; -ENODEV: there is no such device; -EBUSY: somebody else has it; -EOPNOTSUPP: this kernel has no device-mapper, or
 * cannot do that cipher; other -errno. @why says it, without the device's name.
 */
int kj_cryptdev_open(const struct kj_le_dmcrypt *c, uint64_t size, int ro, struct kj_cryptdev *ret,
		     char why[KJ_CRYPTDEV_WHY]);
/* Accepts one that is all zero. */
void kj_cryptdev_close(struct kj_cryptdev *d);

/* One of them, made on the device @below: to be looked at, and removed by its name. */
int kj_cryptdev_try(const struct kj_le_dmcrypt *c, uint64_t size, const struct kj_blkdev *below, const char *name,
		    struct kj_blkdev *ret);

/* The target of a job that was checked, as kj_target_find(); the device that it is in first. @why as above, or "". */
int kj_cryptdev_target(const struct kj_le_job *job, int flags, struct kj_cryptdev *d, struct kj_target *ret,
		       char why[KJ_CRYPTDEV_WHY]);

#endif
