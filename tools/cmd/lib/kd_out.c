// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where the bytes of a kdump go: to their place in a file or on a device, or as records of a
 * stream. It must never let the records of two processes mix.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "cmd/lib/kd.h"
#include "sys/block.h"
#include "sys/compat.h"
#include "sys/io.h"

#define ZEROS (1u << 16)

/* Released by the kernel when its holder dies. */
static int lock(struct kj_kd *kd, short type)
{
	struct flock l;
	int r;

	memset(&l, 0, sizeof(l));
	l.l_type = type;
	l.l_whence = SEEK_SET;
	do {
		r = fcntl(kd->lock, F_SETLKW, &l);
	} while (r < 0 && errno == EINTR);
	return r < 0 ? -errno : 0;
}

static int record(struct kj_kd *kd, const void *buf, size_t len, uint64_t off)
{
	uint8_t head[KJ_FLAT_RECORD];
	int err = lock(kd, F_WRLCK), e;

	if (err)
		return err;
	kj_flat_record(head, off, len);
	err = kj_write_full(STDOUT_FILENO, head, sizeof(head));
	if (!err)
		err = kj_write_full(STDOUT_FILENO, buf, len);
	e = lock(kd, F_UNLCK);
	return err ? err : e;
}

int kj_kd_try(struct kj_kd *kd, const void *buf, size_t len, uint64_t off)
{
	struct kj_dump *d = kd->d;
	int err;

	if (d->flat)
		return record(kd, buf, len, off);
	if (off > d->capacity || len > d->capacity - off)
		return -ENOSPC;
	if (d->dfd == d->fd || (off | len | (uintptr_t)buf) % KJ_KDUMP_BLOCK)
		return kj_pwrite_full(d->fd, buf, len, off);
	err = kj_pwrite_full(d->dfd, buf, len, off);
	/* O_DIRECT that the device takes at open and refuses here */
	return err == -EINVAL ? kj_pwrite_full(d->fd, buf, len, off) : err;
}

int kj_kd_put(struct kj_kd *kd, const void *buf, size_t len, uint64_t off)
{
	int err = kj_kd_try(kd, buf, len, off);

	return err ? kj_dump_fail_io(kd->d, kd->d->target, err) : 0;
}

int kj_kd_zeros(struct kj_kd *kd, uint64_t off, uint64_t len)
{
	static const uint8_t zeros[ZEROS];
	struct kj_dump *d = kd->d;
	int status = 0;

	if (!len || (!d->is_dev && !d->flat))
		return 0;
	if (d->is_dev && !((off | len) % KJ_KDUMP_BLOCK) && off <= d->capacity &&
	    len <= d->capacity - off && !kj_block_zeroout(d->fd, off, len))
		return 0;
	while (!status && len) {
		const size_t n = len < ZEROS ? (size_t)len : ZEROS;

		status = kj_kd_put(kd, zeros, n, off);
		off += n;
		len -= n;
	}
	return status;
}
