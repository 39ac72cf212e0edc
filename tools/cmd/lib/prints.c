// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * File systems by kind, UUID, size and partition, on all block devices. It must never take the first of two that look
 * alike, or call one unchanged that it could not read.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "cmd/lib/prints.h"
#include "sys/block.h"
#include "sys/fdmap.h"
#include "sys/io.h"

/* large, and one at a time */
static struct kj_print_dev dev;

static int read_fd(void *ctx, void *buf, size_t len, uint64_t off)
{
	return kj_pread_full(*(const int *)ctx, buf, len, off, NULL);
}

enum kj_err kj_prints_of(int fd, uint64_t size, int take, struct kj_le_print *ret)
{
	enum kj_print_kind kind = KJ_PRINT_NONE;
	uint64_t sum = 0;
	enum kj_err e;

	memset(ret, 0, sizeof(*ret));
	dev.read = read_fd;
	dev.ctx = &fd;
	dev.size = size;
	e = kj_print_identify(&dev, &kind, ret->uuid);
	if (!e && take)
		e = kj_print_take(&dev, &sum);
	ret->kind = kj_put_le32((uint32_t)kind);
	ret->dev_size = kj_put_le64(size);
	ret->sum = kj_put_le64(sum);
	return e;
}

void kj_prints_text(const struct kj_le_print *f, char *text, unsigned int cap)
{
	int n = snprintf(text, cap, "%s file system ", kj_print_name(kj_get_le32(f->kind)));
	const unsigned int bytes = kj_get_le32(f->kind) == KJ_PRINT_VFAT ? 4 : 16;

	for (unsigned int i = 0; i < bytes && n > 0 && (unsigned int)n + 3 <= cap; i++)
		n += snprintf(text + n, cap - (unsigned int)n, "%02x", f->uuid[i]);
}

struct search {
	const struct kj_le_prints *list;
	uint32_t i;			/* the one in it that is looked for, */
	const struct kj_le_print *want;	/* which is this */
	uint64_t size;			/* of the device that it is on */
	uint32_t pieces;		/* 0: all of that */
	unsigned int hits;
	int unreadable;
	struct kj_blkdev found;
};

/* The device @d as the file system has it: of one that device-mapper had made of pieces of it in A, those. */
static int open_view(const struct search *s, const struct kj_blkdev *d)
{
	static struct kj_piece piece[KJ_PRINT_MAX * KJ_PRINT_EACH];
	int err, fd = kj_block_open(d, O_RDONLY);

	if (fd < 0 || !s->pieces)
		return fd;
	for (uint32_t k = 0; k < s->pieces; k++)
		kj_print_piece(s->list, s->i, k, &piece[k].off, &piece[k].len);
	err = kj_fdmap_set(fd, piece, s->pieces);
	if (!err)
		return fd;
	(void)kj_close(fd);
	return err;
}

static int look(const struct kj_blkdev *d, void *ctx)
{
	struct search *s = ctx;
	struct kj_le_print f;
	char path[KJ_BLOCK_PATH];
	uint8_t part[16];
	enum kj_err e;
	int fd;

	if (d->size != s->size)
		return 0;
	fd = open_view(s, d);
	if (fd < 0)
		return 0;
	e = kj_prints_of(fd, kj_get_le64(s->want->dev_size), 0, &f);
	(void)kj_close(fd);
	if (e == KJ_ETRUNC)
		s->unreadable = 1;
	if (e || memcmp(&f.kind, &s->want->kind, sizeof(f.kind)) || memcmp(f.uuid, s->want->uuid, sizeof(f.uuid)))
		return 0;
	kj_block_path(d, path);
	(void)kj_block_partuuid(path, part);
	if (memcmp(part, s->want->partuuid, sizeof(part)))
		return 0;
	s->hits++;
	s->found = *d;
	return 0;
}

/* The sum of number @i of @p as it is now, and the device that it is on. */
static int sum_of(const struct kj_le_prints *p, uint32_t i, uint64_t *sum, char path[KJ_BLOCK_PATH], char *why)
{
	const struct kj_le_print *want = &p->fs[i];
	struct search s = { .list = p, .i = i, .want = want, .size = kj_get_le64(want->dev_size) };
	struct kj_le_print f;
	char text[80];
	enum kj_err e;
	int fd;

	s.pieces = kj_print_pieces(p, i, &s.size);
	kj_prints_text(want, text, sizeof(text));
	if (kj_block_scan(look, &s) || s.hits != 1) {
		snprintf(why, KJ_PRINTS_WHY, s.hits ? "%s: is on more than one device" :
			 s.unreadable ? "%s: cannot be found, a device is unreadable" : "%s: is on no device here",
			 text);
		return s.hits ? EX_DATAERR : s.unreadable ? EX_IOERR : EX_NOINPUT;
	}
	kj_block_path(&s.found, path);
	fd = open_view(&s, &s.found);
	/* what the page cache may hold of it is not what counts */
	if (fd >= 0)
		(void)kj_block_flush(fd);
	e = fd < 0 ? KJ_ETRUNC : kj_prints_of(fd, kj_get_le64(want->dev_size), 1, &f);
	(void)kj_close(fd);
	if (e) {
		snprintf(why, KJ_PRINTS_WHY, "%s: %s: no fingerprint: %s", path, text,
			 e == KJ_ETRUNC ? "it cannot be read whole" : kj_strerror(e));
		return e == KJ_ETRUNC ? EX_IOERR : EX_DATAERR;
	}
	*sum = kj_get_le64(f.sum);
	return 0;
}

int kj_prints_take(struct kj_le_prints *p, char why[KJ_PRINTS_WHY])
{
	char path[KJ_BLOCK_PATH];
	uint64_t sum;

	for (uint32_t i = 0; i < kj_get_le32(p->n) && i < KJ_PRINT_MAX; i = kj_print_next(p, i)) {
		int status = sum_of(p, i, &sum, path, why);

		if (status)
			return status;
		p->fs[i].sum = kj_put_le64(sum);
	}
	return 0;
}

int kj_prints_compare(const struct kj_le_prints *p, unsigned int wait, char why[KJ_PRINTS_WHY])
{
	char path[KJ_BLOCK_PATH], text[80];
	uint64_t sum;

	for (uint32_t i = 0; i < kj_get_le32(p->n) && i < KJ_PRINT_MAX; i = kj_print_next(p, i)) {
		const struct kj_le_print *f = &p->fs[i];
		int status;

		while ((status = sum_of(p, i, &sum, path, why)) == EX_NOINPUT && wait) {
			wait--;
			sleep(1);
		}
		if (status)
			return status;
		if (sum == kj_get_le64(f->sum))
			continue;
		kj_prints_text(f, text, sizeof(text));
		snprintf(why, KJ_PRINTS_WHY, "%s: %s: was written since", path, text);
		return EX_DATAERR;
	}
	return 0;
}
