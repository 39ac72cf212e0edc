/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which path a restore takes on this machine (core/restplan.h chooses); must never leave a person without the reason.
 */
#ifndef KJ_CMD_RESTORE_PATH_H
#define KJ_CMD_RESTORE_PATH_H

#include "cmd/lib/restore_run.h"

/* Choose for @r, which has its plan, on a machine with @ram. 0, or an exit status; one line says which path and why, or
 * why there is none. *ret is set if there is one. */
int kj_restore_path(struct kj_restore *r, const struct kj_ranges *ram, enum kj_path *ret);

#endif
