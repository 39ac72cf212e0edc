/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whole reads and writes, and files opened the one way we open files.
 *
 * Everything returns 0 (kj_open*: an fd) or -errno. EINTR and short transfers are dealt
 * with here and nowhere else. Every fd is close-on-exec. kj_pread_full() and kj_pwrite_full() go by the fd's
 * map, if it has one (fdmap.h): its end is like that of a device.
 */
#ifndef KJ_SYS_IO_H
#define KJ_SYS_IO_H

#include <stddef.h>
#include <stdint.h>

/* Read exactly @len bytes. -ENODATA if the file ends before that; *ret, unless @ret is
 * NULL, is the number of bytes that did arrive, on every return. */
int kj_read_full(int fd, void *buf, size_t len, size_t *ret);
/* The same at byte offset @off; -EOVERFLOW if @off + @len is no file offset. */
int kj_pread_full(int fd, void *buf, size_t len, uint64_t off, size_t *ret);

/* Write exactly @len bytes. A device that takes nothing gives -ENOSPC. */
int kj_write_full(int fd, const void *buf, size_t len);
int kj_pwrite_full(int fd, const void *buf, size_t len, uint64_t off);

/* @flags as open(2), O_CLOEXEC is added. Returns the fd or -errno. */
int kj_open(const char *path, int flags);
int kj_open_read(const char *path);
/* An existing file or device, read and write. */
int kj_open_rw(const char *path);
/* A new file of mode 0600, write only; -EEXIST if there is one. */
int kj_open_new(const char *path);

/* Read a small file (proc, sysfs, configuration) whole. At most @cap - 1 bytes are taken
 * and buf[*ret] is 0. -EFBIG if there is more, -EINVAL if @cap is 0. On error *ret is
 * untouched and @buf undefined. */
int kj_slurp(const char *path, char *buf, size_t cap, size_t *ret);
/* Write all of @buf to an existing file with one write (sysfs). */
int kj_spit(const char *path, const void *buf, size_t len);

int kj_fsync(int fd);
/* -1 is accepted and ignored. Reports what close() says: a late write error. */
int kj_close(int fd);

#endif
