// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From a device to the one below it, until there is none. It must never go on from a device that it could not look into.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/lib/front_prints.h"
#include "cmd/lib/stack.h"
#include "core/job.h"
#include "sys/compat.h"
#include "sys/dm.h"

#define DEPTH 8u	/* tables on top of each other */

/* All that is needed on the way. */
struct work {
	struct kj_remap map, below, sum;
	uint8_t buf[KJ_DM_BUF];
};

__attribute__((format(printf, 3, 4)))
static int refuse(char *why, int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, KJ_STACK_WHY, fmt, ap);
	va_end(ap);
	return err;
}

static int is_dm(const struct kj_blkdev *d)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/dm", d->major, d->minor);
	return !access(path, F_OK);
}

/* The live table of @d, as ->below; 1: it is encrypted. */
static int table(const struct kj_blkdev *d, struct work *w, char name[KJ_DM_NAME], char *why)
{
	struct kj_dm_only only;
	char type[KJ_DM_TYPE];
	const uint8_t *data;
	uint32_t count;
	size_t len;
	enum kj_err e;
	int err = kj_dm_status(d->major, d->minor, w->buf, &data, &len, &count, name);

	if (err)
		return refuse(why, err == -ENOMEM ? err : -ENOTBLK, "is on /dev/%s, whose device-mapper table cannot be read: %s", d->name,
			      strerror(-err));
	if (!kj_dm_only(data, len, count, "crypt", &only))
		return 1;
	e = kj_dm_table(data, len, count, &w->below, type);
	if (e == KJ_EUNSUPP)
		return refuse(why, -ENOTBLK, "is on /dev/%s (%s), a '%s' mapping; only linear ones can be followed", d->name, name, type);
	if (!e && kj_remap_size(&w->below) != d->size)
		e = KJ_EMISMATCH;
	if (e)
		return refuse(why, -ENOTBLK, "is on /dev/%s (%s), whose device-mapper table cannot be used: %s", d->name, name,
			      kj_strerror(e));
	return 0;
}

/* One device further down: @d is the one that ->map leads to, and becomes the next. 1: an encrypted one, it ends
 * here. */
static int step(struct kj_blkdev *d, struct work *w, char name[KJ_DM_NAME], char *why)
{
	int err = table(d, w, name, why);
	enum kj_err e;

	if (err)
		return err;
	e = kj_remap_through(&w->map, d->major, d->minor, &w->below, &w->sum);
	if (e)
		return refuse(why, -ENOTBLK, "is on /dev/%s, whose device-mapper table cannot be used: %s", d->name, kj_strerror(e));
	memcpy(&w->map, &w->sum, sizeof(w->map));
	d->major = w->map.p[0].major;
	d->minor = w->map.p[0].minor;
	return 0;
}

static int go_down(struct kj_stack *s, struct work *w, char *why)
{
	struct kj_blkdev *d = &s->dev;
	uint32_t major, minor;

	for (unsigned int depth = 0; ; depth++) {
		int err;

		if (kj_block_find(d))
			return refuse(why, -ENODEV, "is on no block device, which is no plain disk or partition");
		if (!depth)
			kj_remap_plain(&w->map, d->major, d->minor, d->size);
		if (kj_front_is_memory(d))
			return refuse(why, -ENOTBLK, "is on /dev/%s, which is no plain disk or partition", d->name);
		if (!kj_front_is_mapped(d))
			break;
		if (!is_dm(d) || depth == DEPTH)
			return refuse(why, -ENOTBLK, "is on /dev/%s, which is made of other devices", d->name);
		err = step(d, w, s->name, why);
		if (err < 0)
			return err;
		if (err) {
			s->crypt = 1;
			break;
		}
		s->name[0] = 0;
		s->mapped = 1;
	}
	if (kj_remap_other(&w->map, d->major, d->minor, &major, &minor))
		return refuse(why, -ENOTBLK, "is on more than one disk or partition, %u:%u and %u:%u", d->major, d->minor, major, minor);
	return 0;
}

int kj_stack_open(uint32_t major, uint32_t minor, struct kj_stack *ret, char why[KJ_STACK_WHY])
{
	struct kj_stack s;
	void *p, *map;
	int err;

	memset(&s, 0, sizeof(s));
	memset(ret, 0, sizeof(*ret));
	s.dev.major = major;
	s.dev.minor = minor;
	err = kj_alloc_pages(sizeof(struct work), &p);
	if (err)
		return refuse(why, err, "%s", strerror(-err));
	err = go_down(&s, p, why);
	if (!err) {
		err = kj_alloc_pages(sizeof(*s.map), &map);
		if (err)
			refuse(why, err, "%s", strerror(-err));
	}
	if (!err) {
		memcpy(map, &((struct work *)p)->map, sizeof(*s.map));
		s.map = map;
		*ret = s;
	}
	/* tables have keys in them */
	kj_wipe(((struct work *)p)->buf, KJ_DM_BUF);
	kj_munmap(p, sizeof(struct work));
	return err;
}

void kj_stack_close(struct kj_stack *s)
{
	if (s->map)
		kj_munmap(s->map, sizeof(*s->map));
	memset(s, 0, sizeof(*s));
}

void kj_stack_path(const struct kj_stack *s, char path[KJ_DM_NAME + 16])
{
	if (s->crypt)
		snprintf(path, KJ_DM_NAME + 16, "/dev/mapper/%s", s->name);
	else
		kj_block_path(&s->dev, path);
}

int kj_stack_block(const struct kj_stack *s, uint64_t off, uint64_t *at)
{
	uint64_t to, run;

	if (!s->map || kj_remap_find(s->map, off, KJ_BLOCK, &to, &run) || run != KJ_BLOCK || to % KJ_BLOCK)
		return -ERANGE;
	*at = to;
	return 0;
}

static int place(const struct kj_stack *s, const struct kj_extents *from, struct kj_extents *to)
{
	for (uint32_t i = 0; i < from->n; i++) {
		uint64_t off = from->e[i].off, len = from->e[i].len, at, run;

		for (; len; off += run, len -= run) {
			enum kj_err e = kj_remap_find(s->map, off, len, &at, &run);

			if (!e)
				e = kj_extents_add(to, at, run);
			if (e)
				return e == KJ_ENOSPC ? -ENOSPC : -ERANGE;
		}
	}
	return 0;
}

int kj_stack_list(const struct kj_stack *s, struct kj_list *l)
{
	struct kj_list to;
	int err;

	if (!s->mapped)
		return 0;
	err = kj_list_alloc(&to, KJ_EXTENTS_MAX);
	if (!err)
		err = place(s, &l->x, &to.x);
	if (err) {
		kj_list_free(&to);
		return err;
	}
	kj_list_free(l);
	*l = to;
	return 0;
}
