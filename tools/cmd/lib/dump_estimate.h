/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How large a kdump would be, from the struct pages alone; must never read, or map, a page for its content.
 */
#ifndef KJ_CMD_DUMP_ESTIMATE_H
#define KJ_CMD_DUMP_ESTIMATE_H

#include "cmd/lib/dump.h"

/*
 * KEY=value lines on standard output and, if not ->quiet, a table for people on standard error, for the filters 1, 17,
 * 31 and @filter (-1: no other).  @d as the caller of kj_dump_kdump() sets it, with ->target the name of the source; what it
 * opened is closed again.  0, or an exit status; the text is in @why then.
 */
int kj_dump_estimate(struct kj_dump *d, int filter, char why[200]);

#endif
