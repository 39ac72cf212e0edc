// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Extents of a file of our own, on whatever file system the tests run, and calls that fail.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "sys/fiemap.h"
#include "sys/io.h"
#include "sys/snapshot.h"
#include "tap.h"

#define SIZE (1u << 20)

struct seen {
	unsigned int n;
	uint64_t end, bytes;
	int ordered;
};

static int see(const struct kj_fiemap_extent *e, void *ctx)
{
	struct seen *s = ctx;

	s->ordered &= e->logical >= s->end && e->len != 0;
	s->end = e->logical + e->len;
	s->bytes += e->len;
	s->n++;
	return 0;
}

static int stop(const struct kj_fiemap_extent *e, void *ctx)
{
	(void)e;
	++*(unsigned int *)ctx;
	return 42;
}

static void test_file(const char *path)
{
	static uint8_t junk[SIZE];
	struct seen s = { .ordered = 1 };
	unsigned int calls = 0;
	int fd = kj_open(path, O_RDWR | O_CREAT | O_TRUNC), r;

	memset(junk, 0x17, sizeof(junk));
	/* a hole of a MiB in the middle */
	if (fd < 0 || kj_pwrite_full(fd, junk, SIZE, 0) || kj_pwrite_full(fd, junk, SIZE, 2 * SIZE) || kj_fsync(fd))
		exit(1);
	ok(kj_fs_type(fd) != 0, "its file system has a type");
	r = kj_fiemap(fd, see, &s);
	if (r == -EOPNOTSUPP || r == -ENOTTY) {
		skip("this file system does not say where its files are");
	} else {
		is(r, 0, "its extents");
		ok(s.n >= 1 && s.ordered && s.end >= 3 * SIZE, "in order, up to its end");
		ok(s.bytes >= 2 * SIZE, "all that was written");
		is(kj_fiemap(fd, stop, &calls), 42, "stops when told");
		is(calls, 1, "at once");
	}
	is(kj_fs_realtime(fd), 0, "not on a realtime device");
	kj_close(fd);
	unlink(path);
}

static void test_errors(void)
{
	uint64_t off = 77;
	unsigned int calls = 0;
	int null = kj_open("/dev/null", O_RDWR);

	is(-kj_fiemap(-1, stop, &calls), EBADF, "no file");
	ok(kj_fiemap(null, stop, &calls) < 0, "a device has no extents");
	is(calls, 0, "nothing was said of either");
	is(kj_fs_type(-1), 0, "no file, no file system");
	is(kj_fs_realtime(-1), 0, "nor a realtime device");
	is(-kj_snapshot_swap_area(-1, 8, 1, 0), EBADF, "swap area: no file");
	is(-kj_snapshot_swap_area(null, 0x1000, 1, 0), ENODEV, "swap area: no device number");
	is(-kj_snapshot_swap_area(null, 8, 0x100000, 0), ENODEV, "swap area: none either");
	is(-kj_snapshot_swap_area(null, 8, 1, 0), ENOTTY, "swap area: not of /dev/snapshot");
	is(-kj_snapshot_alloc(null, &off), ENOTTY, "a page: neither");
	is(off, 77, "and no place of it");
	kj_close(null);
}

int main(void)
{
	const char *dir = getenv("KJ_TMP");
	char path[4096];

	snprintf(path, sizeof(path), "%s/fiemap", dir ? dir : "/tmp");
	test_file(path);
	test_errors();
	return tap_done();
}
