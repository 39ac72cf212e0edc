// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Open and map files of memory; must never hand out a mapping that can be written.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/compat.h"
#include "sys/io.h"
#include "sys/vmcore.h"

#define PAGE 4096u

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
	*size = (uint64_t)end;
	return fd;
}

int kj_vmcore_map(int fd, uint64_t off, size_t len, const uint8_t **ret)
{
	void *p;
	int err;

	if (!len)
		return -EINVAL;
	/* one call, not a fault for each 16 pages; /proc/vmcore maps at once in any case */
	if (off % PAGE == 0 &&
	    !kj_mmap(len, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, off, &p)) {
		*ret = p;
		return 0;
	}
	err = kj_alloc_pages(len, &p);
	if (err)
		return err;
	err = kj_pread_full(fd, p, len, off, NULL);
	if (err) {
		kj_munmap(p, len);
		return err == -ENODATA ? -EIO : err;
	}
	*ret = p;
	return 0;
}
