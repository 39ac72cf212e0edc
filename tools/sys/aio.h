/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One write, or flush, that goes on while its caller works, so that one CPU packs while the disk writes; must
 * never call it done before kj_aio_wait() has said so.
 *
 * With an fd opened O_DIRECT the kernel's own asynchronous I/O does it. Where that is not to be had
 * (no CONFIG_AIO), and for other fds, the bytes are copied to the page cache at once and the disk is
 * told to begin. A flush that the kernel cannot do meanwhile (before 4.18) is waited for.
 */
#ifndef KJ_SYS_AIO_H
#define KJ_SYS_AIO_H

#include <stddef.h>
#include <stdint.h>

struct kj_aio {
	uint64_t ctx; /* 0: none */
	int fd, fallback;
	const uint8_t *buf; /* NULL: a flush */
	size_t len;
	uint64_t off;
	int state; /* AIO_*, aio.c */
	int err;   /* of what was over at once */
};

/* Zeroed memory is an ->ctx of 0, and works. Contexts are a process's own: after fork(). They end with it, all at once;
 * to give back one after the other would take an RCU grace period each, some 30 ms (fs/aio.c). */
void kj_aio_open(struct kj_aio *a);

/*
 * Begin to write @len bytes at @off. @fd is O_DIRECT if @direct, and then all three are multiples
 * of its block size; @fallback is the same file without, and takes what the kernel refuses to write
 * that way. @buf must stay as it is until kj_aio_wait(), which has to come before the next start.
 */
void kj_aio_start(struct kj_aio *a, int fd, int fallback, int direct, const void *buf, size_t len,
		  uint64_t off);
/* Begin to flush @fd: what was written before is on the disk when kj_aio_wait(), which has to come before the next
 * start, returns 0. */
void kj_aio_flush(struct kj_aio *a, int fd);
/* 0, or -errno of what was started; 0 if there is none. */
int kj_aio_wait(struct kj_aio *a);

#endif
