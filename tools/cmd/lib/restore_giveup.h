/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The end of an image that is not restored, and word of a job that never ended. Must never make an image that was used
 * look as if it had not been, nor give a swap area back while an image in it could be restored.
 *
 * Each function returns 0, 1 (there is nothing of that kind) or an exit status (sysexits), having logged one line that
 * says why.
 */
#ifndef KJ_CMD_RESTORE_GIVEUP_H
#define KJ_CMD_RESTORE_GIVEUP_H

#include "cmd/lib/restore_run.h"

/* Whatever image there is on ->path will not be restored, ours or the kernel's own; a swap area is one again. */
int kj_restore_stale(struct kj_restore *r);

/* Says on stdout, once, which job on @path never finished. Dies if that cannot be said or noted. */
int kj_restore_report(const char *path);

#endif
