/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One at a time: a lock that goes with its process; must never wait for anybody.
 */
#ifndef KJ_SYS_LOCK_H
#define KJ_SYS_LOCK_H

/* Take the lock that the file @path stands for; it is made, mode 0600, if it is not there, and stays.  The lock is this
 * process' until it ends: not its children's, and not that of a program which it becomes.  0, also if this process has
 * it; -EBUSY: another one has it, whose id is *@owner then, 0 if it cannot be seen from here; -errno. */
int kj_lock_take(const char *path, int *owner);

#endif
