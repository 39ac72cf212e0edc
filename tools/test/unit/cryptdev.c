// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cmd/lib/cryptdev.h on a device-mapper of its own, which holds one device; must never make one in this machine's.
 */
#include <errno.h>
#include <string.h>

#include "cmd/lib/cryptdev.h"
#include "sys/dm.h"
#include "tap.h"

/* ---- in place of sys/dm.c ---- */

static enum { NONE, HALF, LIVE } there;
static int made, removed, stuck;

int kj_dm_status(uint32_t major, uint32_t minor, void *buf, const uint8_t **data, size_t *len, uint32_t *count,
		 char name[KJ_DM_NAME])
{
	(void)major, (void)minor, (void)buf, (void)data, (void)len, (void)count, (void)name;
	return -ENXIO;
}

int kj_dm_create(const char *name, const struct kj_dm_target *t, uint32_t n, int ro, uint32_t *major, uint32_t *minor)
{
	(void)t, (void)n, (void)ro, (void)major, (void)minor;
	/* others of the same size */
	if (strcmp(name, "kjump-target-0"))
		return -EBUSY;
	if (there != NONE)
		return -EEXIST;
	there = LIVE;
	made++;
	return 0;
}

int kj_dm_works(const char *name)
{
	(void)name;
	return there == LIVE ? 0 : there == HALF ? -EAGAIN : -ENXIO;
}

int kj_dm_remove(const char *name)
{
	if (strcmp(name, "kjump-target-0") || there == NONE)
		return -ENXIO;
	if (stuck)
		return -EBUSY;
	there = NONE;
	removed++;
	return 0;
}

/* ---- tests ---- */

static int first(const struct kj_blkdev *d, void *ctx)
{
	*(uint64_t *)ctx = d->size;
	return d->size != 0;
}

static int open_it(struct kj_le_dmcrypt *c, struct kj_cryptdev *d)
{
	char why[KJ_CRYPTDEV_WHY];

	made = removed = 0;
	return kj_cryptdev_open(c, kj_get_le64(c->below_size), 0, d, why);
}

int main(void)
{
	struct kj_le_dmcrypt c = { .sector_size = kj_put_le32(512), .key_len = kj_put_le32(32), .cipher = "aes-xts-plain64" };
	struct kj_cryptdev d;
	uint64_t size = 0;

	if (kj_block_scan(first, &size) != 1) {
		skip("no block device here");
		return tap_done();
	}
	c.below_size = c.hi = kj_put_le64(size);
	if (open_it(&c, &d) == -EEXIST) {
		skip("too many block devices of one size here");
		return tap_done();
	}
	ok(made == 1 && there == LIVE, "it is made");
	is(open_it(&c, &d), 0, "once more");
	ok(!made && !removed, "what works is left as it is");
	there = HALF;
	is(open_it(&c, &d), 0, "one whose maker was killed");
	ok(made == 1 && removed == 1 && there == LIVE, "is made anew");
	there = HALF;
	stuck = 1;
	is(open_it(&c, &d), -EBUSY, "and if it cannot be removed");
	ok(!made && there == HALF, "is not taken for a good one");
	stuck = 0;
	is(open_it(&c, &d), 0, "afterwards it can");
	kj_cryptdev_close(&d);
	ok(there == NONE, "closed");
	return tap_done();
}
