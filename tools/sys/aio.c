// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * io_setup(2) and its sisters, one request at a time. It must never hand a request to the kernel
 * while another is under way.
 *
 * Layouts: include/uapi/linux/aio_abi.h.
 */
#include <errno.h>
#include <string.h>

#include "sys/aio.h"
#include "sys/compat.h"
#include "sys/fdmap.h"
#include "sys/io.h"

#define IOCB_CMD_PWRITE 1u
#define IOCB_CMD_FSYNC 2u

#ifndef SYNC_FILE_RANGE_WRITE
#define SYNC_FILE_RANGE_WRITE 2u
#endif

enum { AIO_IDLE, AIO_BUSY, AIO_OVER };

struct iocb {
	uint64_t data;
	uint32_t key, rw_flags;
	uint16_t opcode;
	int16_t prio;
	uint32_t fd;
	uint64_t buf, len;
	int64_t off;
	uint64_t reserved;
	uint32_t flags, resfd;
};
_Static_assert(sizeof(struct iocb) == 64, "linux/aio_abi.h");

struct io_event {
	uint64_t data, obj;
	int64_t res, res2;
};
_Static_assert(sizeof(struct io_event) == 32, "linux/aio_abi.h");

void kj_aio_open(struct kj_aio *a)
{
	memset(a, 0, sizeof(*a));
	if (kj_syscall(SYS_io_setup, 1, (long)&a->ctx, 0, 0, 0, 0))
		a->ctx = 0;
}

static int submit(struct kj_aio *a, uint16_t opcode, uint64_t at)
{
	struct iocb cb, *list = &cb;

	if (!a->ctx)
		return 0;
	memset(&cb, 0, sizeof(cb));
	cb.opcode = opcode;
	cb.fd = (uint32_t)a->fd;
	cb.buf = (uintptr_t)a->buf;
	cb.len = a->len;
	cb.off = (int64_t)at;
	if (kj_syscall(SYS_io_submit, (long)a->ctx, 1, (long)&list, 0, 0, 0) != 1)
		return 0;
	a->state = AIO_BUSY;
	return 1;
}

static int submit_write(struct kj_aio *a)
{
	uint64_t at, run;

	/* in pieces it is not one request */
	if (kj_fdmap_find(a->fd, a->off, a->len, &at, &run) || run < a->len)
		return 0;
	return submit(a, IOCB_CMD_PWRITE, at);
}

void kj_aio_start(struct kj_aio *a, int fd, int fallback, int direct, const void *buf, size_t len,
		  uint64_t off)
{
	uint64_t at;

	a->fd = fd;
	a->fallback = fallback;
	a->buf = buf;
	a->len = len;
	a->off = off;
	if (direct && off <= INT64_MAX - len && submit_write(a))
		return;
	a->state = AIO_OVER;
	a->err = direct ? kj_pwrite_full(fd, buf, len, off) : -EINVAL;
	if (a->err != -EINVAL)
		return;
	a->err = kj_pwrite_full(fallback, buf, len, off);
	if (!a->err && !kj_fdmap_size(fallback, &at))
		(void)kj_syscall(SYS_sync_file_range, fallback, (long)off, (long)len,
				 SYNC_FILE_RANGE_WRITE, 0, 0);
}

void kj_aio_flush(struct kj_aio *a, int fd)
{
	a->fd = a->fallback = fd;
	a->buf = NULL;
	a->len = 0;
	a->off = 0;
	if (submit(a, IOCB_CMD_FSYNC, 0))
		return;
	a->state = AIO_OVER;
	a->err = kj_fsync(fd);
}

/* What the request that is under way came to: bytes, or -errno. */
static int64_t outcome(struct kj_aio *a)
{
	struct io_event ev;
	long n;

	memset(&ev, 0, sizeof(ev));
	do {
		n = kj_syscall(SYS_io_getevents, (long)a->ctx, 1, 1, (long)&ev, 0, 0);
	} while (n == -EINTR || !n);
	return n == 1 ? ev.res : n;
}

int kj_aio_wait(struct kj_aio *a)
{
	const int was = a->state;
	int64_t n;

	a->state = AIO_IDLE;
	if (was != AIO_BUSY)
		return was == AIO_OVER ? a->err : 0;
	n = outcome(a);
	if (n == (int64_t)a->len)
		return 0;
	if (n < 0 && n != -EINVAL)
		return (int)n;
	if (!a->buf)
		return kj_fsync(a->fallback);
	/* a part, which ends where no block does, or a file that is not written that way after all: all
	 * once more, and pwrite() says what is in the way */
	return kj_pwrite_full(a->fallback, a->buf, a->len, a->off);
}
