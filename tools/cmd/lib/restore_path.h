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

/* ---- for tests ---- */

#define KJ_PATH_LINE 512u	/* bytes; all reasons together are shorter */

/* Why the path of @c was taken, for @want, and the memory that it needs. */
void kj_restore_path_taken(const struct kj_path_facts *f, enum kj_path want, const struct kj_path_choice *c,
			   char ret[KJ_PATH_LINE]);
/* Why there is none: of what was wanted, else of each path that this kernel could go. EX_TEMPFAIL if more free memory
 * would help, else EX_UNAVAILABLE. */
int kj_restore_path_none(const struct kj_path_facts *f, enum kj_path want, const struct kj_path_choice *c,
			 char ret[KJ_PATH_LINE]);

#endif
