// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Maps of open files: what is read and written lands in the pieces and nowhere else, across their borders too, whichever
 * function does it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "sys/aio.h"
#include "sys/block.h"
#include "sys/compat.h"
#include "sys/fdmap.h"
#include "sys/io.h"
#include "tap.h"

#define P 4096u
#define SIZE (16u * P)

/* out of order, touching, and one at the very end of the file */
static const struct kj_piece pieces[] = { { 9 * P, 2 * P }, { 2 * P, P }, { 3 * P, 3 * P }, { 15 * P, P } };
#define N (sizeof(pieces) / sizeof(pieces[0]))
#define BYTES (7 * P)

static char path[4096];
static uint8_t *buf, *back, *whole;
static int fd;

/* Is the file @fill everywhere but in the pieces? */
static int outside_is(uint8_t fill)
{
	int plain = kj_open_read(path);

	if (plain < 0 || kj_pread_full(plain, whole, SIZE, 0, NULL))
		exit(1);
	kj_close(plain);
	for (size_t i = 0; i < SIZE; i++) {
		int in = 0;

		for (size_t k = 0; k < N; k++)
			in |= i >= pieces[k].off && i < pieces[k].off + pieces[k].len;
		if (!in && whole[i] != fill)
			return 0;
	}
	return 1;
}

/* The pieces, read without a map. */
static void gather(uint8_t *to)
{
	for (size_t k = 0; k < N; k++) {
		memcpy(to, whole + pieces[k].off, pieces[k].len);
		to += pieces[k].len;
	}
}

static void test_transfers(void)
{
	uint64_t n;
	size_t got = 0;

	for (size_t i = 0; i < BYTES; i++)
		buf[i] = (uint8_t)(i * 7 + i / P);
	is(kj_pwrite_full(fd, buf, BYTES, 0), 0, "all of it is written");
	ok(outside_is(0xee), "and nothing beside it");
	gather(back);
	ok(!memcmp(back, buf, BYTES), "in order");
	memset(back, 0, BYTES);
	is(kj_pread_full(fd, back, BYTES, 0, NULL), 0, "and read");
	ok(!memcmp(back, buf, BYTES), "the same bytes");
	is(kj_pread_full(fd, back, 3 * P, P + 100, NULL), 0, "a part over two borders");
	ok(!memcmp(back, buf + P + 100, 3 * P), "is that part");
	is(-kj_pread_full(fd, back, P, BYTES - 100, &got), ENODATA, "reading over the end");
	is(got, 100, "gives what is there");
	is(-kj_pwrite_full(fd, buf, P, BYTES - P + 1), ENOSPC, "writing over it fails");
	is(-kj_pwrite_full(fd, buf, P, UINT64_MAX / 2), EOVERFLOW, "far behind it too");
	ok(outside_is(0xee), "nothing of that was written beside it");
	is(kj_block_size(fd, &n), 0, "size");
	is(n, BYTES, "of the pieces");
	is(-kj_block_zeroout(fd, BYTES, P), ENXIO, "no zeros behind the end");
}

static void test_aio(void)
{
	struct kj_aio a;
	int direct = kj_open(path, O_RDWR | O_DIRECT);
	const int has = direct >= 0;

	/* a file system without O_DIRECT still has the other way */
	if (!has)
		direct = kj_open_rw(path);
	is(kj_fdmap_set(direct, pieces, N), 0, "a map for the second fd");
	memset(buf, 0x31, BYTES);
	kj_aio_open(&a);
	kj_aio_start(&a, direct, fd, has, buf, P, 4 * P);
	is(kj_aio_wait(&a), 0, "asynchronous, within a piece");
	kj_aio_start(&a, direct, fd, has, buf, 3 * P, P);
	is(kj_aio_wait(&a), 0, "and over borders");
	kj_aio_start(&a, direct, fd, 0, buf, 2 * P, 5 * P);
	is(kj_aio_wait(&a), 0, "and through the cache");
	kj_aio_start(&a, direct, fd, has, buf, P, 7 * P);
	ok(kj_aio_wait(&a) != 0, "not behind the end");
	kj_close(direct);
	is(kj_pread_full(fd, back, BYTES - P, P, NULL), 0, "read back");
	ok(!memcmp(back, buf, BYTES - P), "what was written");
	ok(outside_is(0xee), "and nothing beside it");
}

static void test_maps(void)
{
	static const struct kj_piece none[] = { { 0, P }, { P, 0 } };
	static const struct kj_piece huge[] = { { 0, INT64_MAX }, { 0, P } };
	static const struct kj_piece far[] = { { (uint64_t)INT64_MAX + 1, P } };
	static const struct kj_piece over[] = { { INT64_MAX - 1, P } };
	uint64_t at, run;
	unsigned int set = 0;

	is(-kj_fdmap_set(fd, pieces, N), EEXIST, "a second map");
	is(-kj_fdmap_set(99, pieces, 0), EINVAL, "no pieces");
	is(-kj_fdmap_set(99, none, 2), EINVAL, "an empty one");
	is(-kj_fdmap_set(99, huge, 2), EINVAL, "more than an offset holds");
	is(-kj_fdmap_set(99, far, 1), EINVAL, "a piece beyond all files");
	is(-kj_fdmap_set(99, over, 1), EINVAL, "one that ends there");
	is(kj_fdmap_size(99, &at), 0, "none of them is a map");
	is(kj_fdmap_find(99, 12345, 678, &at, &run), 0, "without a map");
	ok(at == 12345 && run == 678, "nothing is moved");
	is(kj_fdmap_find(fd, 3 * P - 1, P, &at, &run), 0, "last byte of a piece");
	ok(at == 3 * P - 1 && run == 1, "is one byte");
	is(-kj_fdmap_find(fd, BYTES, 1, &at, &run), ENXIO, "behind the last");
	while (set < 100 && !kj_fdmap_set(1000 + (int)set, pieces, N))
		set++;
	is(-kj_fdmap_set(1000 + (int)set, pieces, N), EMFILE, "there are only so many");
	while (set--)
		kj_fdmap_end(1000 + (int)set);
	is(kj_fdmap_set(1000, pieces, 1), 0, "after they ended there is room");
	kj_fdmap_end(1000);
	kj_fdmap_end(1000);
}

int main(void)
{
	const char *dir = getenv("KJ_TMP");
	void *p;

	snprintf(path, sizeof(path), "%s/device", dir ? dir : "/tmp");
	fd = kj_open(path, O_RDWR | O_CREAT | O_TRUNC);
	if (fd < 0 || kj_alloc_pages(3 * SIZE, &p))
		return 1;
	buf = p;
	back = buf + SIZE;
	whole = back + SIZE;
	memset(buf, 0xee, SIZE);
	if (kj_pwrite_full(fd, buf, SIZE, 0))
		return 1;
	is(kj_fdmap_set(fd, pieces, N), 0, "a map");
	test_transfers();
	test_aio();
	test_maps();
	kj_close(fd);
	is(kj_fdmap_size(fd, &(uint64_t){ 0 }), 0, "closing ends a map");
	unlink(path);
	return tap_done();
}
