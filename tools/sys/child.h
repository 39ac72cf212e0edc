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

/* The same, and nobody hears what it says. */
int kj_child_mute(char *const argv[], int *status);

#define KJ_CHILD_PIPE_MAX 8

/* Run @n programs, 1 to KJ_CHILD_PIPE_MAX, found by PATH, each one's stdout the next one's stdin; the first has our stdin,
 * the last our stdout. Waits for all of them; status[i] as above.  0, or -errno if one could not be made: then those that
 * were meet the end of their input, and are waited for as well.
 * @stall not 0, @n at least 2: -ETIMEDOUT if for so many seconds nothing reached the last one, or it did not end after its
 * input had; all of them are killed then. */
int kj_child_pipe(char *const *const argv[], unsigned int n, unsigned int stall, int status[]);

#endif
