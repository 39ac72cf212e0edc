/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A dump, ELF or kdump, from the target to a file of A's; must never leave a file that looks whole and is not.
 */
#ifndef KJ_CMD_FRONT_COPY_H
#define KJ_CMD_FRONT_COPY_H

#include "cmd/lib/front.h"

/* Make a new file of mode 0600; 0 or an exit status, with one line on stderr. */
int kj_front_copy_open(const char *path, int *fd);
/* Copy the dump that stands at the start of the target, zeros as holes, flushed.  0 or an exit status. */
int kj_front_copy(const struct kj_front_target *t, int fd, const char *path);

#endif
