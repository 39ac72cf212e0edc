/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pages out of a kdump, plain or flattened, unpacked one at a time; must never take bytes for a page that were not
 * checked to be one. Memory: about 700 KiB and 8 bytes for each 128 MiB of the machine.
 *
 * After fork() each process goes on with a copy of its own.
 */
#ifndef KJ_CMD_KDPAGES_H
#define KJ_CMD_KDPAGES_H

#include <stdint.h>

#include "cmd/lib/kdfile.h"
#include "core/kdump.h"

struct kj_kdpages;

/*
 * @fd is the caller's, of a file of @size bytes. 0; -EBADMSG: damaged, *why says how; -ENOMEM; others are of read().
 */
int kj_kdpages_open(int fd, uint64_t size, struct kj_kdpages **ret, const char **why);
void kj_kdpages_close(struct kj_kdpages *p);

const struct kj_kdump *kj_kdpages_head(const struct kj_kdpages *p);
const struct kj_kdfile *kj_kdpages_file(const struct kj_kdpages *p);

/* The first page from @pfn on that is RAM (@is_ram 1) or is none (0); never behind ->max_mapnr. */
uint64_t kj_kdpages_next(struct kj_kdpages *p, uint64_t pfn, int is_ram);

/* 1: page @pfn is RAM; is in the dump. */
int kj_kdpages_ram(struct kj_kdpages *p, uint64_t pfn);
int kj_kdpages_kept(struct kj_kdpages *p, uint64_t pfn);

/* Page @pfn, which is in the dump. 0; -EIO: it is lost, damaged or behind the end of the file. */
int kj_kdpages_read(struct kj_kdpages *p, uint64_t pfn, uint8_t page[4096]);

#endif
