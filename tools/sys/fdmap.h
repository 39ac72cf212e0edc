/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An open device as the pieces of it that are ours, one behind the other; must never let a byte outside those pieces be
 * read or written through the functions of io.h, block.h and aio.h.
 *
 * A target may be a file of A's, or blocks of its swap area: scattered over a device that is not ours. An fd that has
 * been given a map is such a target: offsets count from 0 over its pieces, and everything that takes an fd and an
 * offset works on it without knowing. What the kernel itself does with the fd (mmap, lseek, read) it does to the device.
 *
 * Children of fork() inherit the maps. kj_close() ends one.
 */
#ifndef KJ_SYS_FDMAP_H
#define KJ_SYS_FDMAP_H

#include <stddef.h>
#include <stdint.h>

struct kj_piece {
	uint64_t off, len;	/* bytes on the device */
};

/* Give @fd the map of @n pieces, which are copied. 0; -EINVAL: no or an empty piece, or more bytes than a file offset
 * holds; -EEXIST: it has one; -EMFILE: too many fds have; -ENOMEM. */
int kj_fdmap_set(int fd, const struct kj_piece *piece, size_t n);

/* Without a map nothing happens. */
void kj_fdmap_end(int fd);

/* 1 if @fd has a map, and *size is what its pieces come to; else 0. */
int kj_fdmap_size(int fd, uint64_t *size);

/*
 * Where byte @off is, and how many of @len bytes follow it there. Without a map: all of them, at @off. 0; -ENXIO: it is
 * behind the last piece.
 */
int kj_fdmap_find(int fd, uint64_t off, uint64_t len, uint64_t *at, uint64_t *run);

#endif
