/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The end of a program that failed. Only cmd may call this; `make layers` checks it.
 */
#ifndef KJ_SYS_DIE_H
#define KJ_SYS_DIE_H

/* Log one line `progname: OBJECT: what is wrong` at KJ_LOG_ERR and exit with @status, a
 * number of <sysexits.h>, or 1 for a clean no. */
_Noreturn void die(int status, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
