// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where the bytes of a kdump go: to their place in a file or on a device, or as records of a
 * stream. It must never let the records of two processes mix.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/lib/kd.h"
#include "sys/block.h"
#include "sys/compat.h"
#include "sys/io.h"

#define ZEROS (1u << 16)
#define AHEAD (64u << 20)

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

static int in_capacity(const struct kj_dump *d, size_t len, uint64_t off)
{
	return off <= d->capacity && len <= d->capacity - off;
}

int kj_kd_put(struct kj_kd *kd, const void *buf, size_t len, uint64_t off)
{
	struct kj_dump *d = kd->d;
	int err;

	if (d->flat)
		err = record(kd, buf, len, off);
	else
		err = in_capacity(d, len, off) ? kj_pwrite_full(d->fd, buf, len, off) : -ENOSPC;
	return err ? kj_dump_fail_io(d, d->target, err) : 0;
}

/* A write behind the end of a file is waited for, even if it goes round the page cache: keep the end
 * ahead of the workers. Whoever moves the mark makes the room. */
static void make_room(struct kj_dump *d, uint64_t end)
{
	uint64_t room = __atomic_load_n(&d->sh->room, __ATOMIC_RELAXED), more;

	if (end <= room || end > UINT64_MAX - AHEAD)
		return;
	more = end + AHEAD;
	if (!__atomic_compare_exchange_n(&d->sh->room, &room, more, 0, __ATOMIC_RELAXED,
					 __ATOMIC_RELAXED))
		return;
	/* a full disk says so when the bytes come */
	if (kj_fallocate(d->fd, 0, room, more - room))
		__atomic_store_n(&d->sh->room, UINT64_MAX, __ATOMIC_RELAXED);
}

int kj_kd_start(struct kj_kd *kd, struct kj_aio *a, const void *buf, size_t len, uint64_t off)
{
	struct kj_dump *d = kd->d;
	const int direct = d->dfd != d->fd;

	if (d->flat)
		return record(kd, buf, len, off);
	if (!in_capacity(d, len, off))
		return -ENOSPC;
	if (direct && !d->is_dev)
		make_room(d, off + len);
	kj_aio_start(a, d->dfd, d->fd, direct, buf, len, off);
	return 0;
}

void kj_kd_open_direct(struct kj_kd *kd)
{
	struct kj_dump *d = kd->d;
	char path[32];
	int fd;

	if (d->flat || d->is_dev || d->dfd != d->fd)
		return;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", d->fd);
	fd = kj_open(path, O_RDWR | O_DIRECT);
	if (fd >= 0)
		d->dfd = fd;
}

int kj_kd_cut(struct kj_kd *kd)
{
	struct kj_dump *d = kd->d;

	if (d->flat || d->is_dev || !d->sh->room)
		return 0;
	return ftruncate(d->fd, (off_t)d->sh->next) ? -errno : 0;
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
