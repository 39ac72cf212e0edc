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

struct kj_target {
	int fd; /* opened with the flags given; -1: closed */
	char path[KJ_BLOCK_PATH];
	uint64_t size;
	uint64_t usable; /* bytes from 0 on that a dump may use */
	struct kj_le_label label;
	uint8_t partuuid[16]; /* zero: not in a GPT */
};

/*
 * The one device whose label says @uuid and whose size is @dev_size (0: any) and which is the GPT
 * partition @partuuid (NULL or zero: any), opened with @flags (O_RDWR | O_EXCL to write).
 * 0; -ENODEV: no device has that label; -EMEDIUMTYPE: one has the label, but another size or
 * PARTUUID; -EEXIST: more than one; -EBUSY: something else has it open; -EROFS; other -errno.
 * On error ret->path names the device, if it was about one, else is empty.
 */
int kj_target_find(const uint8_t uuid[16], uint64_t dev_size, const uint8_t *partuuid, int flags,
		   struct kj_target *ret);

/* The same for a device by path (a program's argument): it must carry a label. -ENODEV: none. */
int kj_target_open(const char *path, int flags, struct kj_target *ret);

/* NULL and a closed one are accepted. */
void kj_target_close(struct kj_target *t);

/* Device path of "/dev/NAME", "PARTUUID=GUID" or "KJLABEL=32 HEX DIGITS". As kj_block_resolve(),
 * kj_target_find(). */
int kj_target_resolve(const char *spec, char *path, size_t cap);

/* Read the label of an open device or file of @size bytes. 0, -ENOENT: no valid one; -errno. */
int kj_target_label(int fd, uint64_t size, struct kj_le_label *ret);

#endif
