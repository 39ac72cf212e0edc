/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Run another program and learn what became of it; must never go through a shell.
 */
#ifndef KJ_SYS_CHILD_H
#define KJ_SYS_CHILD_H

#include <stddef.h>

/* Run argv[0] (a path; no PATH search) with our stderr, stdin from /dev/null, and its stdout in @out: at most @cap - 1
 * bytes, the rest is read and dropped, out[*len] is 0.  @out NULL: our stdout.  0 and *status = its exit status, or 128
 * + the signal that ended it; 127 if it could not be started.  -errno if no child could be made. */
int kj_child_run(char *const argv[], char *out, size_t cap, size_t *len, int *status);

#endif
