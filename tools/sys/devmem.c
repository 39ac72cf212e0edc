// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One page of physical memory through /dev/mem. It must never map more than was asked for.
 */
#include <errno.h>

#include "sys/compat.h"
#include "sys/devmem.h"
#include "sys/io.h"

int kj_devmem_map(const char *path, uint64_t pa, int rw, uint8_t **ret)
{
	int fd, r;
	void *p;

	if (pa & 4095)
		return -EINVAL;
	/* without O_SYNC: RAM stays cached, as the kernel that owns it has it */
	fd = kj_open(path, rw ? O_RDWR : O_RDONLY);
	if (fd < 0)
		return fd;
	r = kj_mmap(4096, rw ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, fd, pa, &p);
	kj_close(fd);
	if (!r)
		*ret = p;
	return r;
}
