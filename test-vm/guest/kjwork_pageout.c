// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kjwork pageout: asks the kernel to swap out what a file in tmpfs holds. Must never write to it.
 *
 * To fill memory until something goes swaps out whatever the kernel likes, and on a slow machine little of it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "kjwork.h"

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21 /* linux/mman-common.h, since 5.4 */
#endif

int kj_pageout(int argc, char **argv)
{
	struct stat st;
	volatile uint8_t sum = 0;

	if (argc != 2)
		kj_die(EX_USAGE, "%s: takes a file", argv[0]);
	int fd = open(argv[1], O_RDWR | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &st))
		kj_die(EX_NOINPUT, "%s: %s", argv[1], strerror(errno));
	size_t len = (size_t)st.st_size & ~(KJ_PAGE - 1);

	if (!len)
		kj_die(EX_NOINPUT, "%s: not a page long", argv[1]);
	uint8_t *p = mmap(NULL, len, PROT_READ, MAP_SHARED, fd, 0);

	if (p == MAP_FAILED)
		kj_die(EX_OSERR, "%s: %s", argv[1], strerror(errno));
	/* only what is mapped can be asked for */
	for (size_t at = 0; at < len; at += KJ_PAGE)
		sum = (uint8_t)(sum + p[at]);
	if (madvise(p, len, MADV_PAGEOUT))
		kj_die(EX_OSERR, "%s: cannot be swapped out: %s", argv[1], strerror(errno));
	munmap(p, len);
	close(fd);
	return 0;
}
