/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A file system in memory that nobody but this process and its children can name, for what another program wants to
 * read or write as a file and no disk may hold; must never be reachable by a path, or go to swap.
 */
#ifndef KJ_SYS_RAMFS_H
#define KJ_SYS_RAMFS_H

#include <stddef.h>

#define KJ_RAMFS_PATH 64u

/* Make one. Its fd, which a child inherits, or -errno: -ENOSYS before linux 5.2. kj_close() ends it. */
int kj_ramfs_open(void);

/* The path of its file @name, for this process and its children alone. */
void kj_ramfs_path(int fd, const char *name, char path[KJ_RAMFS_PATH]);

/* Zeros over what a file of it holds, and it is gone. 0; -ENOENT; -errno. */
int kj_ramfs_wipe(int fd, const char *name);

#endif
