// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Labels of targets on block devices. It must never decide by anything less than the label with
 * its checksum and the device's size.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "cmd/lib/place.h"
#include "cmd/lib/target.h"
#include "sys/compat.h"
#include "sys/io.h"

#ifndef EMEDIUMTYPE
#define EMEDIUMTYPE 124
#endif

int kj_target_label(int fd, uint64_t size, struct kj_le_label *ret)
{
	struct kj_le_label l;
	int err;

	if (!kj_target_usable(size))
		return -ENOENT;
	err = kj_pread_full(fd, &l, sizeof(l), kj_label_offset(size), NULL);
	if (err)
		return err;
	if (kj_block_check(&l, KJ_LABEL_MAGIC) || kj_get_le64(l.dev_size) != size)
		return -ENOENT;
	memcpy(ret, &l, sizeof(l));
	return 0;
}

struct search {
	const struct kj_target_want *w;
	unsigned int hits, near;
	struct kj_blkdev found, other;
};

static int is_zero(const uint8_t id[16])
{
	static const uint8_t zero[16];

	return !memcmp(id, zero, 16);
}

/* Read the extent list at @list, 0: none, of the device @fd, which is mapped by it then; and the label. *sum is that of the
 * list. 0; -ENOMSG, -ENOENT: there is none; -errno. */
static int open_parts(int fd, uint64_t list, uint64_t *size, struct kj_le_label *l, uint64_t *sum)
{
	const char *why;
	struct kj_list x;
	int err = 0;

	memset(&x, 0, sizeof(x));
	*sum = 0;
	if (list)
		err = kj_list_read(fd, list / KJ_BLOCK, &x, &why);
	if (!err && list)
		err = kj_list_map(&x, fd);
	if (!err && list)
		*sum = kj_extents_sum(&x.x);
	if (!err)
		err = kj_block_size(fd, size);
	if (!err)
		err = kj_target_label(fd, *size, l);
	if (!err && list && memcmp(l->uuid, x.x.uuid, 16))
		err = -ENOENT;
	kj_list_free(&x);
	return err;
}

static int look(const struct kj_blkdev *d, void *ctx)
{
	struct search *s = ctx;
	const struct kj_target_want *w = s->w;
	struct kj_le_label l;
	char path[KJ_BLOCK_PATH];
	uint64_t size, sum;
	uint8_t part[16];
	int fd, err;

	fd = kj_block_open(d, O_RDONLY);
	if (fd < 0)
		return 0;
	err = open_parts(fd, w->list, &size, &l, &sum);
	(void)kj_close(fd);
	if (err || memcmp(l.uuid, w->uuid, 16))
		return 0;
	kj_block_path(d, path);
	(void)kj_block_partuuid(path, part);
	if ((w->dev_size && w->dev_size != d->size) || (w->list && w->list_sum != sum) ||
	    (w->partuuid && !is_zero(w->partuuid) && memcmp(w->partuuid, part, 16))) {
		s->near++;
		s->other = *d;
		return 0;
	}
	if (s->hits++ && d->size == s->found.size)
		return 0;
	s->found = *d;
	return 0;
}

static void name_target(const struct kj_blkdev *d, uint64_t list, char path[KJ_TARGET_PATH])
{
	char dev[KJ_BLOCK_PATH];

	kj_block_path(d, dev);
	if (list)
		snprintf(path, KJ_TARGET_PATH, "%s@%llu", dev, (unsigned long long)(list / KJ_BLOCK));
	else
		snprintf(path, KJ_TARGET_PATH, "%s", dev);
}

void kj_target_of_job(const struct kj_le_job *job, struct kj_target_want *ret)
{
	*ret = (struct kj_target_want){ job->label_uuid, kj_get_le64(job->dev_size), job->partuuid,
					kj_get_le64(job->list), kj_get_le64(job->list_sum) };
}

int kj_target_find(const struct kj_target_want *w, int flags, struct kj_target *ret)
{
	char path[KJ_BLOCK_PATH];
	struct search s;
	int fd, err;

	memset(&s, 0, sizeof(s));
	s.w = w;
	memset(ret, 0, sizeof(*ret));
	ret->fd = -1;
	err = kj_block_scan(look, &s);
	if (err)
		return err;
	if (s.hits + s.near)
		name_target(s.hits ? &s.found : &s.other, w->list, ret->path);
	if (!s.hits)
		return s.near ? -EMEDIUMTYPE : -ENODEV;
	/* a copy of a target (dd, snapshot of a virtual disk) beside it: whose is it? */
	if (s.hits > 1)
		return -EEXIST;
	if (s.found.ro && (flags & O_ACCMODE) != O_RDONLY)
		return -EROFS;
	fd = kj_block_open(&s.found, flags);
	if (fd < 0)
		return fd;
	ret->fd = fd;
	ret->list = w->list;
	kj_block_path(&s.found, path);
	(void)kj_block_partuuid(path, ret->partuuid);
	/* once more, now that nobody else can write it */
	err = open_parts(fd, w->list, &ret->size, &ret->label, &ret->list_sum);
	if (!err && (memcmp(ret->label.uuid, w->uuid, 16) || (w->list && ret->list_sum != w->list_sum)))
		err = -ENODEV;
	ret->usable = kj_target_usable(ret->size);
	if (err)
		kj_target_close(ret);
	return err == -ENOENT || err == -ENOMSG ? -ENODEV : err;
}

int kj_target_again(const struct kj_target *t, int flags)
{
	const char *why;

	return kj_place_open(t->path, flags, &why);
}

int kj_target_open(const char *path, int flags, struct kj_target *ret)
{
	char dev[KJ_TARGET_PATH];
	const char *why;
	uint64_t block;
	int err;

	memset(ret, 0, sizeof(*ret));
	ret->fd = -1;
	if (strlen(path) >= sizeof(ret->path))
		return -ENAMETOOLONG;
	strcpy(ret->path, path);
	err = kj_place_split(path, dev, sizeof(dev), &block);
	if (err)
		return err;
	ret->fd = flags & O_EXCL ? kj_block_open_idle(dev, flags) : kj_open(dev, flags);
	if (ret->fd < 0)
		return ret->fd;
	err = kj_place_map(ret->fd, block, &why);
	if (!err)
		err = kj_block_size(ret->fd, &ret->size);
	if (!err)
		err = kj_target_label(ret->fd, ret->size, &ret->label);
	if (err) {
		kj_target_close(ret);
		return err == -ENOENT || err == -ENOMSG ? -ENODEV : err;
	}
	ret->usable = kj_target_usable(ret->size);
	(void)kj_block_partuuid(dev, ret->partuuid);
	return 0;
}

void kj_target_close(struct kj_target *t)
{
	if (!t || t->fd < 0)
		return;
	(void)kj_close(t->fd);
	t->fd = -1;
}

static int parse_hex(const char *s, uint8_t ret[16])
{
	unsigned int i;

	if (strlen(s) != 32)
		return -EINVAL;
	memset(ret, 0, 16);
	for (i = 0; i < 32; i++) {
		const char *digits = "0123456789abcdef0123456789ABCDEF", *at = strchr(digits, s[i]);

		if (!at)
			return -EINVAL;
		ret[i / 2] = (uint8_t)(ret[i / 2] << 4 | ((at - digits) & 15));
	}
	return 0;
}

int kj_target_resolve(const char *spec, char *path, size_t cap)
{
	struct kj_target_want w = { 0 };
	struct kj_target t;
	uint8_t uuid[16];
	int err;

	w.uuid = uuid;
	if (strncmp(spec, "KJLABEL=", 8))
		return kj_block_resolve(spec, path, cap);
	err = parse_hex(spec + 8, uuid);
	if (!err)
		err = kj_target_find(&w, O_RDONLY, &t);
	if (err)
		return err;
	kj_target_close(&t);
	if (strlen(t.path) >= cap)
		return -ENAMETOOLONG;
	strcpy(path, t.path);
	return 0;
}
