// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From the job's words on an encrypted device to that device. It must never leave a key in memory of this process.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "cmd/lib/cryptdev.h"
#include "sys/compat.h"
#include "sys/dm.h"

#define SECTOR 512u

struct search {
	const struct kj_le_dmcrypt *c;
	unsigned int n;
	struct kj_blkdev found[KJ_CRYPTDEV_MAX];
};

static int is_zero(const uint8_t id[16])
{
	static const uint8_t zero[16];

	return !memcmp(id, zero, 16);
}

static int look(const struct kj_blkdev *d, void *ctx)
{
	struct search *s = ctx;
	char path[KJ_BLOCK_PATH];
	uint8_t part[16];

	if (d->size != kj_get_le64(s->c->below_size))
		return 0;
	kj_block_path(d, path);
	(void)kj_block_partuuid(path, part);
	if (!is_zero(s->c->partuuid) && memcmp(part, s->c->partuuid, 16))
		return 0;
	if (s->n == KJ_CRYPTDEV_MAX)
		return -EEXIST;
	s->found[s->n++] = *d;
	return 0;
}

static void name_of(unsigned int i, int ro, char name[32])
{
	snprintf(name, 32, "kjump-%s-%u", ro ? "read" : "target", i);
}

static int make(const struct kj_le_dmcrypt *c, uint64_t size, uint64_t lo, uint64_t hi, const struct kj_blkdev *below,
		const char *name, int ro, struct kj_blkdev *ret)
{
	char params[KJ_DMCRYPT_TEXT];
	struct kj_dm_target t[KJ_DM_TARGETS];
	uint32_t n = 0;
	int err;

	if (lo)
		t[n++] = (struct kj_dm_target){ 0, lo / SECTOR, "error", "" };
	t[n++] = (struct kj_dm_target){ lo / SECTOR, (hi - lo) / SECTOR, "crypt", params };
	if (hi != size)
		t[n++] = (struct kj_dm_target){ hi / SECTOR, (size - hi) / SECTOR, "error", "" };
	kj_dmcrypt_params(c, below->major, below->minor, lo, params);
	memset(ret, 0, sizeof(*ret));
	err = kj_dm_create(name, t, n, ro, &ret->major, &ret->minor);
	kj_wipe(params, sizeof(params));
	snprintf(ret->name, sizeof(ret->name), "dm-%u", ret->minor);
	ret->size = size;
	ret->ro = ro;
	return err;
}

/* One of that name may be there, of somebody who was killed, or hangs. He may not have got far with it. */
static int make_once(const struct kj_le_dmcrypt *c, uint64_t size, uint64_t lo, uint64_t hi, const struct kj_blkdev *below,
		     const char *name, int ro)
{
	struct kj_blkdev d;
	int err = make(c, size, lo, hi, below, name, ro, &d);

	if (err != -EEXIST)
		return err;
	if (kj_dm_works(name) != -EAGAIN)
		return 0;
	err = kj_dm_remove(name);
	return err ? err : make(c, size, lo, hi, below, name, ro, &d);
}

int kj_cryptdev_try(const struct kj_le_dmcrypt *c, uint64_t size, const struct kj_blkdev *below, const char *name,
		    struct kj_blkdev *ret)
{
	return make(c, size, 0, size, below, name, 1, ret);
}

/* Which of its errors are about this kernel, and not about a device. */
static int explain(int err, const struct kj_le_dmcrypt *c, char *why)
{
	switch (err) {
	case -ENODEV:
		snprintf(why, KJ_CRYPTDEV_WHY, "no partition or disk is like the one below its encrypted device");
		return err;
	case -EBUSY:
		snprintf(why, KJ_CRYPTDEV_WHY, "what is below its encrypted device is in use");
		return err;
	case -ENOENT:
	case -EINVAL:
		snprintf(why, KJ_CRYPTDEV_WHY, "this kernel has no dm-crypt with %.63s", c->cipher);
		return -EOPNOTSUPP;
	default:
		snprintf(why, KJ_CRYPTDEV_WHY, "its encrypted device cannot be opened: %s", strerror(-err));
		return err;
	}
}

int kj_cryptdev_open(const struct kj_le_dmcrypt *c, uint64_t size, int ro, struct kj_cryptdev *ret,
		     char why[KJ_CRYPTDEV_WHY])
{
	const uint64_t lo = ro ? 0 : kj_get_le64(c->lo), hi = ro ? size : kj_get_le64(c->hi);
	struct search s = { .c = c };
	unsigned int made = 0;
	char name[32];
	int err;

	*ret = (struct kj_cryptdev){ .ro = ro };
	why[0] = 0;
	if (!kj_get_le64(c->below_size))
		return 0;
	err = kj_block_scan(look, &s);
	if (!err && !s.n)
		err = -ENODEV;
	if (err)
		return explain(err, c, why);
	/* they are numbered by what was found: of two of the same size one may be busy */
	ret->n = s.n;
	for (unsigned int i = 0; i < s.n; i++) {
		int rc;

		name_of(i, ro, name);
		rc = make_once(c, size, lo, hi, &s.found[i], name, ro);
		if (!rc)
			made++;
		else if (!err || err == -EBUSY)
			err = rc;
	}
	if (made)
		return 0;
	kj_cryptdev_close(ret);
	return explain(err, c, why);
}

void kj_cryptdev_close(struct kj_cryptdev *d)
{
	char name[32];

	for (unsigned int i = 0; i < d->n; i++) {
		name_of(i, d->ro, name);
		(void)kj_dm_remove(name);
	}
	d->n = 0;
}

int kj_cryptdev_target(const struct kj_le_job *job, int flags, struct kj_cryptdev *d, struct kj_target *ret,
		       char why[KJ_CRYPTDEV_WHY])
{
	struct kj_target_want w;
	int err;

	memset(ret, 0, sizeof(*ret));
	ret->fd = -1;
	err = kj_cryptdev_open(&job->crypt, kj_get_le64(job->dev_size), 0, d, why);
	if (err)
		return err;
	kj_target_of_job(job, &w);
	err = kj_target_find(&w, flags, ret);
	if (err)
		kj_cryptdev_close(d);
	return err;
}
