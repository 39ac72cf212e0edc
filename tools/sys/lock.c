// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A record lock, fcntl(2): unlike flock(2)'s, a child that lives on does not have it, and the kernel knows whose it is.
 * Must never close its file: that would give the lock away.
 */
#include "sys/lock.h"

#include <errno.h>
#include <fcntl.h>

#include "sys/io.h"

int kj_lock_take(const char *path, int *owner)
{
	struct flock l = { .l_type = F_WRLCK, .l_whence = 0 };
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	int err;

	if (fd < 0)
		return -errno;
	if (!fcntl(fd, F_SETLK, &l))
		return 0;
	err = errno == EACCES || errno == EAGAIN ? -EBUSY : -errno;
	*owner = 0;
	if (err == -EBUSY && !fcntl(fd, F_GETLK, &l) && l.l_type != F_UNLCK && l.l_pid > 0)
		*owner = l.l_pid;
	kj_close(fd);
	return err;
}
