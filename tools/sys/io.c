// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * EINTR, short transfers and file offsets, written once. It must never retry an error
 * that is not EINTR, or report success for fewer bytes than asked for.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <unistd.h>

#include "sys/compat.h"
#include "sys/fdmap.h"
#include "sys/io.h"

static int check_span(uint64_t off, size_t len)
{
	return off > INT64_MAX || len > INT64_MAX - off ? -EOVERFLOW : 0;
}

int kj_read_full(int fd, void *buf, size_t len, size_t *ret)
{
	char *p = buf;
	size_t done = 0;
	int err = 0;

	while (done < len) {
		ssize_t n = read(fd, p + done, len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			err = n ? -errno : -ENODATA;
			break;
		}
		done += (size_t)n;
	}
	if (ret)
		*ret = done;
	return err;
}

int kj_pread_full(int fd, void *buf, size_t len, uint64_t off, size_t *ret)
{
	char *p = buf;
	size_t done = 0;
	int err = check_span(off, len);

	while (!err && done < len) {
		uint64_t at, run;
		ssize_t n;

		if (kj_fdmap_find(fd, off + done, len - done, &at, &run)) {
			err = -ENODATA;
			break;
		}
		n = pread(fd, p + done, (size_t)run, (off_t)at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			err = n ? -errno : -ENODATA;
		else
			done += (size_t)n;
	}
	if (ret)
		*ret = done;
	return err;
}

int kj_write_full(int fd, const void *buf, size_t len)
{
	const char *p = buf;

	while (len) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -ENOSPC;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

int kj_pwrite_full(int fd, const void *buf, size_t len, uint64_t off)
{
	const char *p = buf;
	int err = check_span(off, len);

	if (err)
		return err;
	while (len) {
		uint64_t at, run;
		ssize_t n;

		if (kj_fdmap_find(fd, off, len, &at, &run))
			return -ENOSPC;
		n = pwrite(fd, p, (size_t)run, (off_t)at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -ENOSPC;
		p += n;
		len -= (size_t)n;
		off += (uint64_t)n;
	}
	return 0;
}

static int open_mode(const char *path, int flags, mode_t mode)
{
	int fd;

	do {
		fd = open(path, flags | O_CLOEXEC, mode);
	} while (fd < 0 && errno == EINTR);
	return fd < 0 ? -errno : fd;
}

int kj_open(const char *path, int flags)
{
	return open_mode(path, flags, 0600);
}

int kj_open_read(const char *path)
{
	return open_mode(path, O_RDONLY, 0);
}

int kj_open_rw(const char *path)
{
	return open_mode(path, O_RDWR, 0);
}

int kj_open_new(const char *path)
{
	return open_mode(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
}

int kj_slurp(const char *path, char *buf, size_t cap, size_t *ret)
{
	size_t len = 0;
	int fd, err;

	if (!cap)
		return -EINVAL;
	fd = kj_open_read(path);
	if (fd < 0)
		return fd;
	/* asking for one byte too many is how a file that just fits is told apart */
	err = kj_read_full(fd, buf, cap, &len);
	(void)kj_close(fd);
	if (!err)
		return -EFBIG;
	if (err != -ENODATA)
		return err;
	buf[len] = '\0';
	*ret = len;
	return 0;
}

int kj_spit(const char *path, const void *buf, size_t len)
{
	int fd = open_mode(path, O_WRONLY, 0);
	int err, cerr;

	if (fd < 0)
		return fd;
	err = kj_write_full(fd, buf, len);
	cerr = kj_close(fd);
	return err ? err : cerr;
}

int kj_fsync(int fd)
{
	int r;

	do {
		r = fsync(fd);
	} while (r < 0 && errno == EINTR);
	return r < 0 ? -errno : 0;
}

int kj_close(int fd)
{
	kj_fdmap_end(fd);
	/* no retry: on Linux the fd is gone even after EINTR */
	if (fd < 0 || !close(fd) || errno == EINTR)
		return 0;
	return -errno;
}
