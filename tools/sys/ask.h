/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One line from a person, or from what stands in for one; must never show what is typed, nor read beyond the line.
 */
#ifndef KJ_SYS_ASK_H
#define KJ_SYS_ASK_H

#include <stddef.h>

/* A line of @fd into @buf, without its end, zero terminated; a terminal does not show it.  @seconds for all of it, 0:
 * for ever.  0; -ENODATA: the input has ended; -ETIMEDOUT; -EINTR: a signal; -E2BIG: longer than @cap - 1, and
 * dropped; -errno.  After an error @buf may hold a part of it. */
int kj_ask(int fd, unsigned int seconds, char *buf, size_t cap, size_t *ret);

#endif
