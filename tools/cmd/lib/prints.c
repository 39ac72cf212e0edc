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
	const struct kj_le_print *want;
	unsigned int hits;
	int unreadable;
	struct kj_blkdev found;
};

static int look(const struct kj_blkdev *d, void *ctx)
{
	struct search *s = ctx;
	struct kj_le_print f;
	char path[KJ_BLOCK_PATH];
	uint8_t part[16];
	enum kj_err e;
	int fd;

	if (d->size != kj_get_le64(s->want->dev_size))
		return 0;
	fd = kj_block_open(d, O_RDONLY);
	if (fd < 0)
		return 0;
	e = kj_prints_of(fd, d->size, 0, &f);
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

/* The sum of @want as it is now, and the device that it is on. */
static int sum_of(const struct kj_le_print *want, uint64_t *sum, char path[KJ_BLOCK_PATH], char *why)
{
	struct search s = { .want = want };
	struct kj_le_print f;
	char text[80];
	enum kj_err e;
	int fd;

	kj_prints_text(want, text, sizeof(text));
	if (kj_block_scan(look, &s) || s.hits != 1) {
		snprintf(why, KJ_PRINTS_WHY, s.hits ? "%s: is on more than one device" :
			 s.unreadable ? "%s: cannot be found, a device is unreadable" : "%s: is on no device here",
			 text);
		return s.hits ? EX_DATAERR : s.unreadable ? EX_IOERR : EX_NOINPUT;
	}
	kj_block_path(&s.found, path);
	fd = kj_block_open(&s.found, O_RDONLY);
	/* what the page cache may hold of it is not what counts */
	if (fd >= 0)
		(void)kj_block_flush(fd);
	e = fd < 0 ? KJ_ETRUNC : kj_prints_of(fd, s.found.size, 1, &f);
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

	for (uint32_t i = 0; i < kj_get_le32(p->n) && i < KJ_PRINT_MAX; i++) {
		int status = sum_of(&p->fs[i], &sum, path, why);

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

	for (uint32_t i = 0; i < kj_get_le32(p->n) && i < KJ_PRINT_MAX; i++) {
		const struct kj_le_print *f = &p->fs[i];
		int status;

		while ((status = sum_of(f, &sum, path, why)) == EX_NOINPUT && wait) {
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
