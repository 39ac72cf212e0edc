/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines of /proc/PID/mountinfo (Documentation/filesystems/proc.rst, section 3.5); must never be asked to open anything.
 */
#ifndef KJ_CORE_MOUNTINFO_H
#define KJ_CORE_MOUNTINFO_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"

#define KJ_MNT_TEXT 256u

struct kj_mount {
	uint32_t major, minor;		/* of the super block; 0: no block device, or btrfs */
	int rw;				/* of the super block, not of this mount of it */
	char point[KJ_MNT_TEXT];	/* cut to what fits */
	char type[32];
	char source[KJ_MNT_TEXT];	/* likewise; a cut one begins with no '/' */
};

/* The mount of the line at @*pos of @text[@len], and @*pos moved behind it.  KJ_OK; KJ_ENOTFOUND: no line is left;
 * KJ_EFORMAT: it is no such line (@*pos is moved too). */
enum kj_err kj_mountinfo_next(const char *text, size_t len, size_t *pos, struct kj_mount *m);

#endif
