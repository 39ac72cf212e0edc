// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Labels of targets on block devices. It must never decide by anything less than the label with
 * its checksum and the device's size.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

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
	const uint8_t *uuid;
	uint64_t dev_size;
	const uint8_t *partuuid;
	unsigned int hits, near;
	struct kj_blkdev found, other;
	struct kj_le_label label;
};

static int is_zero(const uint8_t id[16])
{
	static const uint8_t zero[16];

	return !memcmp(id, zero, 16);
}

static int look(const struct kj_blkdev *d, void *ctx)
{
	struct search *s = ctx;
	struct kj_le_label l;
	char path[KJ_BLOCK_PATH];
	uint8_t part[16];
	int fd, err;

	fd = kj_block_open(d, O_RDONLY);
	if (fd < 0)
		return 0;
	err = kj_target_label(fd, d->size, &l);
	(void)kj_close(fd);
	if (err || memcmp(l.uuid, s->uuid, 16))
		return 0;
	kj_block_path(d, path);
	(void)kj_block_partuuid(path, part);
	if ((s->dev_size && s->dev_size != d->size) ||
	    (s->partuuid && !is_zero(s->partuuid) && memcmp(s->partuuid, part, 16))) {
		s->near++;
		s->other = *d;
		return 0;
	}
	if (s->hits++ && d->size == s->found.size)
		return 0;
	s->found = *d;
	s->label = l;
	return 0;
}

int kj_target_find(const uint8_t uuid[16], uint64_t dev_size, const uint8_t *partuuid, int flags,
		   struct kj_target *ret)
{
	struct search s;
	int fd, err;

	memset(&s, 0, sizeof(s));
	s.uuid = uuid;
	s.dev_size = dev_size;
	s.partuuid = partuuid;
	memset(ret, 0, sizeof(*ret));
	ret->fd = -1;
	err = kj_block_scan(look, &s);
	if (err)
		return err;
	if (s.hits + s.near)
		kj_block_path(s.hits ? &s.found : &s.other, ret->path);
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
	ret->size = s.found.size;
	ret->usable = kj_target_usable(ret->size);
	(void)kj_block_partuuid(ret->path, ret->partuuid);
	/* once more, now that nobody else can write it */
	err = kj_target_label(fd, ret->size, &ret->label);
	if (!err && memcmp(ret->label.uuid, uuid, 16))
		err = -ENODEV;
	if (err)
		kj_target_close(ret);
	return err == -ENOENT ? -ENODEV : err;
}

int kj_target_open(const char *path, int flags, struct kj_target *ret)
{
	int err;

	memset(ret, 0, sizeof(*ret));
	if (strlen(path) >= sizeof(ret->path)) {
		ret->fd = -1;
		return -ENAMETOOLONG;
	}
	strcpy(ret->path, path);
	ret->fd = kj_open(path, flags);
	if (ret->fd < 0)
		return ret->fd;
	err = kj_block_size(ret->fd, &ret->size);
	if (!err)
		err = kj_target_label(ret->fd, ret->size, &ret->label);
	if (err) {
		kj_target_close(ret);
		return err == -ENOENT ? -ENODEV : err;
	}
	ret->usable = kj_target_usable(ret->size);
	(void)kj_block_partuuid(path, ret->partuuid);
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
	struct kj_target t;
	uint8_t uuid[16];
	int err;

	if (strncmp(spec, "KJLABEL=", 8))
		return kj_block_resolve(spec, path, cap);
	err = parse_hex(spec + 8, uuid);
	if (!err)
		err = kj_target_find(uuid, 0, NULL, O_RDONLY, &t);
	if (err)
		return err;
	kj_target_close(&t);
	if (strlen(t.path) >= cap)
		return -ENAMETOOLONG;
	strcpy(path, t.path);
	return 0;
}
