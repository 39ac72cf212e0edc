// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Targets that are parts of a device, on a file that stands in for one: lists written and found again, by their block or by a
 * swap area's header, and everything that makes them be refused.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd/lib/imgread.h"
#include "cmd/lib/place.h"
#include "cmd/lib/target.h"
#include "sys/io.h"
#include "tap.h"

#define P 4096ull
#define BLOCKS 1400u
#define SIZE (BLOCKS * P)

static char path[4096], place[5000];
static int fd;
static struct kj_list list;

static void clear(void)
{
	static uint8_t junk[1 << 16];

	memset(junk, 0x99, sizeof(junk));
	for (uint64_t off = 0; off < SIZE; off += sizeof(junk))
		if (kj_pwrite_full(fd, junk, SIZE - off < sizeof(junk) ? SIZE - off : sizeof(junk), off))
			exit(1);
}

/* Every second block from block 4 on, @n of them. */
static void make(enum kj_extents_kind kind, uint32_t n)
{
	kj_list_free(&list);
	clear();
	if (kj_list_alloc(&list, n))
		exit(1);
	list.x.kind = kind;
	list.x.dev_size = SIZE;
	memset(list.x.uuid, 0x51, 16);
	for (uint32_t i = 0; i < n; i++)
		if (kj_extents_add(&list.x, (4 + 2 * i) * P, P))
			exit(1);
}

static void write_swap(uint64_t block)
{
	static uint8_t page[4096];

	memset(page, 0, sizeof(page));
	page[1024] = 1;
	memcpy(page + 4086, "SWAPSPACE2", 10);
	kj_swap_mark(page, list.at);
	if (kj_pwrite_full(fd, page, sizeof(page), block * P))
		exit(1);
}

static const char *at(uint64_t block)
{
	snprintf(place, sizeof(place), "%s@%llu", path, (unsigned long long)block);
	return place;
}

static void put_label(void)
{
	const char *why;
	struct kj_le_label l;
	int part = kj_place_open(at(4), O_RDWR, &why);

	memset(&l, 0, sizeof(l));
	memset(l.uuid, 0x51, 16);
	l.dev_size = kj_put_le64(list.x.size);
	kj_block_seal(&l, KJ_LABEL_MAGIC);
	if (part < 0 || kj_pwrite_full(part, &l, sizeof(l), kj_label_offset(list.x.size)))
		exit(1);
	kj_close(part);
}

static void test_split(void)
{
	char dev[64], odd[5000];
	uint64_t n;

	is(kj_place_split("/dev/sda2", dev, sizeof(dev), &n), 0, "a device");
	ok(!strcmp(dev, "/dev/sda2") && n == KJ_PLACE_WHOLE, "whole");
	is(kj_place_split("/dev/sda2@34816", dev, sizeof(dev), &n), 0, "a place on it");
	ok(!strcmp(dev, "/dev/sda2") && n == 34816, "block 34816");
	is(-kj_place_split("/dev/sda2@", dev, sizeof(dev), &n), EINVAL, "no number");
	is(-kj_place_split("/dev/sda2@x1", dev, sizeof(dev), &n), EINVAL, "none either");
	is(-kj_place_split("/dev/sda2@2251799813685248", dev, sizeof(dev), &n), EINVAL, "no block of any device");
	is(-kj_place_split("/dev/sda2@1", dev, 9, &n), ENAMETOOLONG, "a name that is too long");
	snprintf(odd, sizeof(odd), "%s@7", path);
	if (symlink(path, odd))
		exit(1);
	is(-kj_place_split(odd, dev, sizeof(dev), &n), strlen(odd) < sizeof(dev) ? 0 : ENAMETOOLONG, "a file with such a name");
	unlink(odd);
}

static void test_list(void)
{
	const char *why;
	struct kj_list l;
	struct kj_target t;
	int r;

	make(KJ_EXTENTS_FILE, 600);
	is(kj_list_plan(&list), 0, "plan");
	ok(list.nblock == 3 && list.at == 4 * P && list.x.n == 597 && list.x.e[0].off == 10 * P, "the list has the first blocks");
	is(kj_list_write(&list, fd, 0), 0, "write");
	is(kj_list_read(fd, 4, &l, &why), 0, "read");
	ok(l.x.n == 597 && l.at == 4 * P && kj_extents_sum(&l.x) == kj_extents_sum(&list.x), "the same list");
	kj_list_free(&l);
	is(-kj_target_open(at(4), O_RDWR, &t), ENODEV, "without a label it is no target");
	put_label();
	is(kj_target_open(at(4), O_RDWR, &t), 0, "with one it is");
	is(t.size, 597 * P, "as large as its extents");
	is(t.usable, 595 * P, "but for label and record");
	r = kj_target_again(&t, O_RDONLY);
	ok(r >= 0, "opened once more");
	is(kj_pwrite_full(t.fd, "0123456789", 10, 7 * P + 4090), 0, "written over a border");
	{
		char back[10];

		is(kj_pread_full(r, back, 10, 7 * P + 4090, NULL), 0, "read by the other fd");
		ok(!memcmp(back, "0123456789", 10), "the same bytes");
		is(kj_pread_full(fd, back, 6, (10 + 14) * P + 4090, NULL), 0, "on the device");
		ok(!memcmp(back, "012345", 6), "where the list says");
	}
	kj_close(r);
	kj_target_close(&t);
	is(-kj_target_open(at(5), O_RDWR, &t), ENODEV, "no list there");
	is(t.fd, -1, "nothing is open");
	is(-kj_target_open(at(BLOCKS), O_RDWR, &t), ENODEV, "nor behind the device");
	make(KJ_EXTENTS_FILE, 3);
	is(-kj_list_plan(&list), ENOSPC, "too few blocks for a target");
	make(KJ_EXTENTS_FILE, 1);
	is(-kj_list_plan(&list), ENOSPC, "none left");
	make(KJ_EXTENTS_FILE, 8);
	list.x.e[7].off = 8 * P;
	is(-kj_list_plan(&list), EINVAL, "a block twice");
}

/* A file: the list goes through the file, to whose first blocks it belongs. */
static void test_file(void)
{
	static struct kj_le_extents b;

	make(KJ_EXTENTS_FILE, 600);
	is(kj_list_plan(&list), 0, "plan a file");
	is(kj_list_write(&list, fd, 1), 0, "written through the file");
	is(kj_pread_full(fd, &b, sizeof(b), P, NULL), 0, "its second block");
	ok(!kj_block_check(&b, KJ_EXTENTS_MAGIC) && kj_get_le32(b.first) == KJ_EXTENTS_BLOCK && kj_get_le64(b.next) == 8 * P,
	   "is the list's second");
}

static void flip(uint64_t off)
{
	uint8_t c;

	if (kj_pread_full(fd, &c, 1, off, NULL))
		exit(1);
	c ^= 4;
	if (kj_pwrite_full(fd, &c, 1, off))
		exit(1);
}

static void test_damage(void)
{
	const char *why;
	struct kj_img img;
	struct kj_list l;

	make(KJ_EXTENTS_FILE, 600);
	if (kj_list_plan(&list) || kj_list_write(&list, fd, 0))
		exit(1);
	is(-kj_img_open(&img, at(4), 0), ENOMSG, "no image on it");
	flip(4 * P + 130);
	is(-kj_list_read(fd, 4, &l, &why), EBADMSG, "first block");
	is_str(why, "checksum mismatch", "why");
	is(-kj_img_open(&img, at(4), 0), EBADMSG, "an image is not looked for");
	is_str(img.why, "extent list: checksum mismatch", "why");
	flip(4 * P + 130);
	flip(6 * P + 4000);
	is(-kj_list_read(fd, 4, &l, &why), EBADMSG, "second block");
	flip(6 * P + 4000);
	flip(8 * P);
	is(-kj_list_read(fd, 4, &l, &why), EBADMSG, "magic of the third");
	flip(8 * P);
	is(kj_list_read(fd, 4, &l, &why), 0, "all right again");
	kj_list_free(&l);
	if (ftruncate(fd, SIZE - 4096))
		exit(1);
	is(-kj_list_read(fd, 4, &l, &why), EBADMSG, "a device of another size");
	if (ftruncate(fd, SIZE))
		exit(1);
	flip(4 * P);
	is(-kj_list_read(fd, 4, &l, &why), ENOMSG, "no magic");
}

static void test_swap(void)
{
	static uint8_t page[4096];
	const char *why;
	struct kj_list l;
	uint64_t where;

	make(KJ_EXTENTS_SWAP, 100);
	list.x.swap = 2 * P;
	if (kj_list_plan(&list) || kj_list_write(&list, fd, 0))
		exit(1);
	is(-kj_list_read(fd, 4, &l, &why), ENOMSG, "a header that is not marked");
	write_swap(2);
	is(kj_list_read(fd, 2, &l, &why), 0, "found by the header");
	ok(l.at == 4 * P && l.x.swap == 2 * P && l.x.kind == KJ_EXTENTS_SWAP, "the list");
	kj_list_free(&l);
	is(kj_list_read(fd, 4, &l, &why), 0, "and by its own block");
	is(kj_list_unmark(&l, fd), 0, "given back");
	if (kj_pread_full(fd, page, sizeof(page), 2 * P, NULL))
		exit(1);
	is(kj_swap_check(page), KJ_OK, "a swap area again");
	is(kj_swap_marked(page, &where), KJ_EMAGIC, "and no mark");
	is(-kj_list_unmark(&l, fd), ENOMSG, "only once");
	kj_list_free(&l);
	is(-kj_list_read(fd, 2, &l, &why), ENOMSG, "then there is nothing");
	list.at += P;
	write_swap(2);
	list.at -= P;
	is(-kj_list_read(fd, 4, &l, &why), ENOMSG, "a header that points elsewhere");
	list.x.kind = KJ_EXTENTS_SWAP;
	list.x.swap = 10 * P;
	is(-kj_list_plan(&list), EINVAL, "an extent over the header");
}

int main(void)
{
	const char *dir = getenv("KJ_TMP");

	snprintf(path, sizeof(path), "%s/place", dir ? dir : "/tmp");
	fd = kj_open(path, O_RDWR | O_CREAT | O_TRUNC);
	if (fd < 0)
		return 1;
	test_split();
	test_list();
	test_file();
	test_damage();
	test_swap();
	kj_list_free(&list);
	kj_close(fd);
	unlink(path);
	return tap_done();
}
