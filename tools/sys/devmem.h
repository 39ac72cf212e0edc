/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One page of physical memory through /dev/mem; must never be used for memory that the running
 * kernel owns (its STRICT_DEVMEM refuses that, where it is built in).
 *
 * Only by mmap: read(2) and write(2) on /dev/mem end at the kernel's own high_memory.
 */
#ifndef KJ_SYS_DEVMEM_H
#define KJ_SYS_DEVMEM_H

#include <stddef.h>
#include <stdint.h>

#define KJ_DEVMEM_PATH "/dev/mem"

/* Map the 4096 bytes at @pa, page aligned, of @path (KJ_DEVMEM_PATH, or a file in tests), shared,
 * for reading and, if @rw, writing. *ret is to be released with kj_munmap(*ret, 4096).
 * -EINVAL: @pa is not page aligned; -ENOENT, -EACCES, -EPERM: there is no /dev/mem, or the kernel
 * does not give this page. */
int kj_devmem_map(const char *path, uint64_t pa, int rw, uint8_t **ret);

/* The same for @len bytes, whole pages, of an fd that kj_devmem_open() gave: for who maps many. */
int kj_devmem_open(const char *path, int rw);
int kj_devmem_map_at(int fd, uint64_t pa, size_t len, int rw, uint8_t **ret);

#endif
