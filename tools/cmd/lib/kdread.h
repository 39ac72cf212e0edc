/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a kdump file, or a flattened stream that was saved as it came, says of itself; must never
 * call a dump complete that lacks its descriptors or its end.
 */
#ifndef KJ_CMD_KDREAD_H
#define KJ_CMD_KDREAD_H

#include <stddef.h>
#include <stdint.h>

#include "core/kdump.h"

struct kj_kdread {
	struct kj_kdump k;
	int flat;
	int complete;       /* marked so; a stream: it has its last record, too */
	uint64_t ram, kept; /* pages that the bitmaps name */
};

/* 1: these are the first @len bytes of a kdump or of a stream. */
int kj_kdread_is(const uint8_t *buf, size_t len);

/* Read all of it but the pages. 0; -EBADMSG: damaged, *why says how; -EIO and others: of read().
 * @size bytes; a stream's records may come in any order, but for the headers, which are first. */
int kj_kdread(int fd, uint64_t size, struct kj_kdread *ret, const char **why);

#endif
