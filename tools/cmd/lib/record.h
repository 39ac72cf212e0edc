/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The job record in the last block of a target: read, and written with its reason; must never be
 * written to a device whose label was not checked.
 */
#ifndef KJ_CMD_RECORD_H
#define KJ_CMD_RECORD_H

#include <stdint.h>

#include "core/job.h"

/* Read the record of a target of @size bytes. 0; -ENOENT: no valid one (@ret is all zeros but
 * sealed, state KJ_REC_NONE); -errno: @ret undefined. */
int kj_record_read(int fd, uint64_t size, struct kj_le_record *ret);

/* Set state, result and text (NULL: empty; cut to what fits, anything but printable ASCII becomes
 * '?'), t_state = @now; seal, write, fsync. 0 or -errno. */
int kj_record_write(int fd, uint64_t size, struct kj_le_record *r, enum kj_record_state state,
		    uint32_t result, const char *text, uint64_t now);

/* Did the machine reset before this job came to its end? @live: an image of that job is ready to be
 * restored, so it merely waits. 1 or 0. */
int kj_record_unfinished(const struct kj_le_record *r, int live);

/* Seconds since 1970. */
uint64_t kj_record_now(void);

#endif
