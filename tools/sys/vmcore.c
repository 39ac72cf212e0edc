// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Open and map files of memory; must never hand out a mapping that can be written.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "sys/badpage.h"
#include "sys/compat.h"
#include "sys/io.h"
#include "sys/vmcore.h"

#define PAGE 4096u
#define PROC_MAGIC 0x9fa0 /* linux/magic.h */

/* Not a file of /proc. */
static int on_disk(int fd)
{
	struct statfs fs;

	return !fstatfs(fd, &fs) && fs.f_type != PROC_MAGIC;
}

int kj_vmcore_open(const char *path, uint64_t *size)
{
	/* O_NONBLOCK: a FIFO or a drive without medium must not hold us up */
	int fd = kj_open(path, O_RDONLY | O_NONBLOCK);
	struct stat st;
	off_t end = 0;
	int err = 0;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st))
		err = -errno;
	else if (S_ISREG(st.st_mode))
		end = st.st_size;
	else if (S_ISBLK(st.st_mode))
		end = lseek(fd, 0, SEEK_END);
	else
		err = S_ISDIR(st.st_mode) ? -EISDIR : -ENODEV;
	if (!err && end < 0)
		err = -errno;
	if (err) {
		kj_close(fd);
		return err;
	}
	/* a kernel that was entered again has another /proc/vmcore, of which an inode that was there before knows nothing */
	*size = on_disk(fd) ? (uint64_t)end : 0;
	return fd;
}

/* What cannot be mapped is copied, and what cannot be read stays zero. */
static int copy(int fd, uint64_t off, size_t len, uint8_t *p)
{
	int err = kj_pread_full(fd, p, len, off, NULL);
	size_t at, n;

	if (!err || err == -ENOMEM || err == -EINVAL)
		return err;
	for (at = 0; at < len; at += n) {
		n = len - at < PAGE ? len - at : PAGE;
		if (!kj_pread_full(fd, p + at, n, off + at, NULL))
			continue;
		memset(p + at, 0, n);
		kj_bad_note(p + at);
	}
	return 0;
}

int kj_vmcore_map(int fd, uint64_t off, size_t len, const uint8_t **ret)
{
	void *p;
	int err;

	if (!len)
		return -EINVAL;
	/* /proc/vmcore maps all at once; of a file, a fault brings 16 pages, and MAP_POPULATE would look each up besides */
	if (off % PAGE == 0 &&
	    !kj_mmap(len, PROT_READ, MAP_PRIVATE, fd, off, &p)) {
		kj_bad_watch(p, len);
		*ret = p;
		return 0;
	}
	err = kj_alloc_pages(len, &p);
	if (err)
		return err;
	err = copy(fd, off, len, p);
	if (err) {
		kj_vmcore_unmap(p, len);
		return err;
	}
	*ret = p;
	return 0;
}

int kj_vmcore_is_file(int fd)
{
	struct stat st;

	return !fstat(fd, &st) && S_ISREG(st.st_mode) && on_disk(fd);
}

void kj_vmcore_unmap(const uint8_t *p, size_t len)
{
	if (!p)
		return;
	kj_bad_forget(p, len);
	kj_munmap((void *)(uintptr_t)p, len);
}
