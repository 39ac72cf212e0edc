// SPDX-License-Identifier: GPL-2.0-or-later
/* aio.h: writes that go on meanwhile, by both ways, what their errors are, and when they come. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "sys/aio.h"
#include "sys/compat.h"
#include "sys/io.h"
#include "tap.h"

#define LEN 65536u

static uint8_t *buf, *back;

static int same(int fd, uint64_t off)
{
	return !kj_pread_full(fd, back, LEN, off, NULL) && !memcmp(buf, back, LEN);
}

/* Both buffers of a writer, in turn; @fd may be O_DIRECT. */
static void test_writes(const char *how, struct kj_aio *a, int fd, int plain)
{
	unsigned int i;
	int err = 0, bad = 0;

	for (i = 0; i < 20; i++) {
		memset(buf, (int)i + 1, LEN);
		kj_aio_start(a, fd, plain, fd != plain, buf, LEN, (uint64_t)i * LEN);
		err |= kj_aio_wait(a);
		bad += !same(plain, (uint64_t)i * LEN);
	}
	ok(!err && !bad, "%s: all bytes are there", how);
	is(kj_aio_wait(a), 0, "nothing under way: no error");
}

static void test_errors(const char *how, struct kj_aio *a, int fd, int plain)
{
	struct rlimit was, low;
	int ro = kj_open("/dev/null", O_RDONLY);

	kj_aio_start(a, ro, ro, fd != plain, buf, LEN, 0);
	ok(kj_aio_wait(a) == -EBADF, "%s: an fd that is read-only", how);
	is(kj_aio_wait(a), 0, "an error is told once");
	kj_aio_start(a, fd, plain, fd != plain, buf, LEN, UINT64_MAX - 4095);
	ok(kj_aio_wait(a) == -EOVERFLOW, "%s: no file offset", how);
	/* a write that goes half way */
	getrlimit(RLIMIT_FSIZE, &was);
	low = was;
	low.rlim_cur = 30 * LEN + LEN / 2;
	setrlimit(RLIMIT_FSIZE, &low);
	kj_aio_start(a, fd, plain, fd != plain, buf, LEN, 30 * LEN);
	ok(kj_aio_wait(a) == -EFBIG, "%s: a part of it, then no more room", how);
	setrlimit(RLIMIT_FSIZE, &was);
	kj_close(ro);
}

static void test_flush(const char *how, struct kj_aio *a, int fd)
{
	int end[2];

	kj_aio_flush(a, fd);
	ok(!kj_aio_wait(a), "%s: a flush", how);
	kj_aio_flush(a, -1);
	ok(kj_aio_wait(a) == -EBADF, "%s: a flush of no fd", how);
	ok(!kj_aio_wait(a), "%s: that is told once", how);
	if (pipe(end))
		abort();
	kj_aio_flush(a, end[1]);
	ok(kj_aio_wait(a) == -EINVAL, "%s: a flush of what has no disk", how);
	kj_close(end[0]);
	kj_close(end[1]);
}

/* What the kernel refuses to write past the page cache. */
static void test_odd(struct kj_aio *a, int fd, int plain)
{
	memset(buf, 0xaa, LEN);
	kj_aio_start(a, fd, plain, 1, buf, LEN, 100);
	ok(!kj_aio_wait(a) && same(plain, 100), "an odd offset: by the page cache");
}

int main(void)
{
	char path[] = "/tmp/kjaio.XXXXXX";
	struct kj_aio a, none;
	int plain = mkstemp(path), fd;
	void *p;

	(void)signal(SIGXFSZ, SIG_IGN);
	if (plain < 0 || kj_alloc_pages(2 * LEN, &p))
		abort();
	buf = p;
	back = buf + LEN;
	kj_aio_open(&a);
	memset(&none, 0, sizeof(none));
	test_writes("page cache", &a, plain, plain);
	test_errors("page cache", &a, plain, plain);
	fd = kj_open(path, O_RDWR | O_DIRECT);
	if (fd < 0) {
		skip("no O_DIRECT in /tmp");
	} else {
		test_writes("direct", &a, fd, plain);
		test_errors("direct", &a, fd, plain);
		test_odd(&a, fd, plain);
		test_writes("direct, no context", &none, fd, plain);
		test_errors("direct, no context", &none, fd, plain);
		test_odd(&none, fd, plain);
		kj_close(fd);
	}
	test_flush("with a context", &a, plain);
	test_flush("no context", &none, plain);
	unlink(path);
	kj_close(plain);
	return tap_done();
}
