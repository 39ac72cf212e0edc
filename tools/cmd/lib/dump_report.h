/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What kjump-dump says of a dump that is done; must never end up in the dump's own file.
 */
#ifndef KJ_CMD_DUMP_REPORT_H
#define KJ_CMD_DUMP_REPORT_H

#include <stdint.h>

#include "cmd/lib/dump.h"

/* One line to the log, and even if ->quiet one about what is not in it, if that is so. */
void kj_dump_report(const struct kj_dump *d, uint32_t format, uint64_t ms);

/* The same as KEY=value lines in the file @path.  0; -EEXIST: that is the dump, or its source; -errno. */
int kj_dump_stats(const struct kj_dump *d, const char *path, uint32_t format, uint64_t ms);

/* KEY of the pages of a class (enum kj_class); NULL: it has none, those pages are kept. */
const char *kj_class_key(uint32_t cls);

#endif
