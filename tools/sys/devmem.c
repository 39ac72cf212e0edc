// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Pages of physical memory through /dev/mem. It must never map more than was asked for.
 */
#include <errno.h>

#include "sys/compat.h"
#include "sys/devmem.h"
#include "sys/io.h"

int kj_devmem_open(const char *path, int rw)
{
	/* without O_SYNC: RAM stays cached, as the kernel that owns it has it */
	return kj_open(path, rw ? O_RDWR : O_RDONLY);
}

int kj_devmem_map_at(int fd, uint64_t pa, size_t len, int rw, uint8_t **ret)
{
	void *p;
	int r;

	if (pa & 4095 || len & 4095 || !len)
		return -EINVAL;
	r = kj_mmap(len, rw ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, fd, pa, &p);
	if (!r)
		*ret = p;
	return r;
}

int kj_devmem_map(const char *path, uint64_t pa, int rw, uint8_t **ret)
{
	int fd, r;

	if (pa & 4095)
		return -EINVAL;
	fd = kj_devmem_open(path, rw);
	if (fd < 0)
		return fd;
	r = kj_devmem_map_at(fd, pa, 4096, rw, ret);
	kj_close(fd);
	return r;
}
