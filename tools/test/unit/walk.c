// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kj_walk_page(): the same pages whether they are mapped or read into a buffer, and the same ones that cannot be had
 * when the file has become shorter.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/lib/keep.h"
#include "mkcore.h"
#include "sys/badpage.h"
#include "sys/compat.h"
#include "sys/vmcore.h"
#include "tap.h"

#define ROOM (16u << 12)

static struct kj_amem m;
static struct mk_core c;

static int holds(const uint8_t *p, uint64_t page)
{
	for (unsigned int i = 0; i < 512; i++) {
		le64 v;

		memcpy(&v, p + 8 * i, 8);
		if (kj_get_le64(v) != mk_word(mk_owner(page), i))
			return 0;
	}
	return 1;
}

/* Pages of the last 64 of RAM that are right; *@bad: that cannot be read. */
static unsigned int walk(struct kj_walk *w, unsigned int *bad)
{
	const uint64_t first = 0x400000 - 64 * 4096;
	unsigned int right = 0, i;

	*bad = 0;
	for (i = 0; i < 64; i++) {
		const uint64_t pa = first + i * 4096;
		const uint8_t *p = NULL;
		const int err = kj_walk_page(w, pa, 0x400000, &p);

		if (!err)
			right += holds(p, pa);
		else if (err == -EIO)
			++*bad;
	}
	kj_walk_end(w);
	return right;
}

int main(void)
{
	char path[] = "/tmp/kjwalk.XXXXXX";
	struct kj_walk maps, reads;
	unsigned int bad;
	const uint8_t *p;
	void *buf;
	int fd = mkstemp(path), none;

	c.file = malloc(MK_MAX);
	if (fd < 0 || !c.file || kj_alloc_pages(ROOM, &buf) || kj_bad_catch())
		return 1;
	mk_core(&c, MK_CRASH);
	if (write(fd, c.file, c.size) != (ssize_t)c.size || kj_amem_open(&m, path))
		return 1;
	memset(&maps, 0, sizeof(maps));
	maps.m = &m;
	maps.max = 1 << 20;
	reads = maps;
	reads.buf = buf;
	reads.room = ROOM;

	is(walk(&maps, &bad), 64, "mapped: all pages are right");
	is(bad, 0, "none is bad");
	is(walk(&reads, &bad), 64, "read: all pages are right");
	is(bad, 0, "none is bad");
	is(kj_walk_page(&reads, 0x400000 - 4096, 0x400000, &p), 0, "a page");
	ok(p == buf, "is in the buffer");
	ok(kj_walk_holds(&reads, 0x400000 - 4096) && !kj_walk_holds(&reads, 0x400000 - 8192), "alone");
	is(-kj_walk_page(&reads, 0x800000, 0x900000, &p), EFAULT, "no memory");
	ok(!kj_walk_holds(&reads, 0x400000 - 4096), "and the buffer holds nothing");

	ok(!ftruncate(fd, (off_t)c.size - 10 * 4096), "the file gets shorter");
	is(walk(&maps, &bad), 54, "mapped: what is left is right");
	is(bad, 10, "the rest is bad");
	is(walk(&reads, &bad), 54, "read: what is left is right");
	is(bad, 10, "the rest is bad");

	is(kj_vmcore_is_file(fd), 1, "a file");
	none = open("/proc/self/maps", O_RDONLY);
	is(kj_vmcore_is_file(none), 0, "none of a disk");
	close(none);
	none = open("/dev/null", O_RDONLY);
	is(kj_vmcore_is_file(none), 0, "a device");
	close(none);
	is(kj_vmcore_is_file(-1), 0, "nothing");
	kj_amem_close(&m);
	unlink(path);
	free(c.file);
	return tap_done();
}
