/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The firmware's memory map as text, from /sys/firmware/memmap; must never interpret it.
 */
#ifndef KJ_SYS_MEMMAP_H
#define KJ_SYS_MEMMAP_H

#include <stddef.h>

/* Three small files of a directory, without their newlines: "0x100000", "0x3fffffff", "System RAM". */
struct kj_memmap_text {
	char start[24];
	char end[24];	/* the last byte */
	char type[40];
};

/* Entries 0, 1, 2... of @root/sys/firmware/memmap (@root "" for the running kernel) in that order, which is the
 * firmware's.  0 and *n >= 1; -ENOENT: there is no such directory; -E2BIG: more than @max; -EIO and others as read. */
int kj_memmap_read(const char *root, struct kj_memmap_text *ret, size_t max, size_t *n);

#endif
