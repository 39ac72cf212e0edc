/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Device-mapper devices through /dev/mapper/control: the live table of one, and making and removing one of our own;
 * must never change a device that it has not made.
 */
#ifndef KJ_SYS_DM_H
#define KJ_SYS_DM_H

#include <stddef.h>
#include <stdint.h>

#define KJ_DM_BUF 131072u	/* bytes that kj_dm_status() wants, page aligned or not */
#define KJ_DM_NAME 128u
#define KJ_DM_PARAMS 512u	/* bytes of a target's parameters, with their end */
#define KJ_DM_TARGETS 3u	/* of a device that kj_dm_create() makes */

/*
 * Ask for the table of the device @major:@minor: @count targets, in the @len bytes at @data, which lie in @buf; and what it is
 * called. 0; -ENXIO: no such device; -ENOENT: there is no device-mapper; -E2BIG: the table is larger than @buf; -EAGAIN: it has
 * none, or a new one is being put in its place; other -errno. @buf may then have keys in it: kj_wipe().
 */
int kj_dm_status(uint32_t major, uint32_t minor, void *buf, const uint8_t **data, size_t *len, uint32_t *count,
		 char name[KJ_DM_NAME]);

/* A part of a device, sectors of 512 bytes. */
struct kj_dm_target {
	uint64_t start, len;
	const char *type, *params;
};

/*
 * Make the device @name of @n targets, which cannot be written if @ro, and which udev is to leave alone; *major, *minor
 * are its numbers. The kernel's copies of @params and ours are wiped. 0; -EEXIST: there is one of that name; -ENOENT:
 * there is no device-mapper, or no such cipher; -EBUSY: somebody else has the device below; -EINVAL: no such type of
 * target, or it refuses its parameters; other -errno.
 */
int kj_dm_create(const char *name, const struct kj_dm_target *t, uint32_t n, int ro, uint32_t *major, uint32_t *minor);

/* Does the device @name do what its table says? 0; -EAGAIN: it has none, whoever was making it was killed; -ENXIO: there is no
 * such device; -ENOENT: there is no device-mapper; other -errno. */
int kj_dm_works(const char *name);

/* Remove it: at once, or when nobody has it open any more. 0; -ENXIO: there is none; other -errno. */
int kj_dm_remove(const char *name);

#endif
