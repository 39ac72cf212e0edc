/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The live table of a device-mapper device, through /dev/mapper/control; must never change or load one.
 */
#ifndef KJ_SYS_DM_H
#define KJ_SYS_DM_H

#include <stddef.h>
#include <stdint.h>

#define KJ_DM_BUF 131072u	/* bytes that kj_dm_status() wants, page aligned or not */
#define KJ_DM_NAME 128u

/*
 * Ask for the table of the device @major:@minor: @count targets, in the @len bytes at @data, which lie in @buf; and what it is
 * called. 0; -ENXIO: no such device; -ENOENT: there is no device-mapper; -E2BIG: the table is larger than @buf; -EAGAIN: it has
 * none, or a new one is being put in its place; other -errno.
 */
int kj_dm_status(uint32_t major, uint32_t minor, void *buf, const uint8_t **data, size_t *len, uint32_t *count,
		 char name[KJ_DM_NAME]);

#endif
