/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a kdump file, or a flattened stream that was saved as it came, says of itself; must never
 * call a dump complete that lacks its descriptors or its end.
 */
#ifndef KJ_CMD_KDREAD_H
#define KJ_CMD_KDREAD_H

#include <stddef.h>
#include <stdint.h>

#include "cmd/lib/kdfile.h"
#include "core/kdump.h"

struct kj_kdread {
	struct kj_kdump k;
	int flat;
	int complete;       /* marked so; a stream: it has its last record, too */
	uint64_t ram, kept; /* pages that the bitmaps name */
};

/* Headers. 0; -EBADMSG: *why says what is wrong; -EIO and others: of read(). */
int kj_kdread_head(const struct kj_kdfile *f, struct kj_kdump *ret, const char **why);

/* Read all of it but the pages; errors as above. @size bytes. */
int kj_kdread(int fd, uint64_t size, struct kj_kdread *ret, const char **why);

#endif
