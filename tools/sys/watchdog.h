/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A hardware watchdog that covers the time in which nothing else can: from A's jump to B's first breath; must never be
 * left running in A.
 */
#ifndef KJ_SYS_WATCHDOG_H
#define KJ_SYS_WATCHDOG_H

/* Open /dev/watchdog and start it with about @seconds.  Returns an fd, -ENOENT where there is none, or -errno (-EBUSY:
 * somebody else feeds it). */
int kj_watchdog_arm(unsigned int seconds);
/* Stop it and close.  -1 is accepted.  -errno if it cannot be stopped (nowayout). */
int kj_watchdog_disarm(int fd);

#endif
