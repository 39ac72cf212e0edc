// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Labels and records on a file that stands in for a device, names of devices, and the devices
 * of this machine looked at but never written.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd/lib/record.h"
#include "cmd/lib/target.h"
#include "sys/io.h"
#include "tap.h"

#define SIZE (1u << 20)

static char path[4096];
static int fd;

static void put_label(uint64_t said_size)
{
	struct kj_le_label l;

	memset(&l, 0, sizeof(l));
	memset(l.uuid, 0x77, 16);
	l.dev_size = kj_put_le64(said_size);
	kj_block_seal(&l, KJ_LABEL_MAGIC);
	if (kj_pwrite_full(fd, &l, sizeof(l), kj_label_offset(SIZE)))
		exit(1);
}

static void test_label(void)
{
	struct kj_target t;
	struct kj_le_label l;

	is(-kj_target_open(path, O_RDWR, &t), ENODEV, "no label");
	is(t.fd, -1, "nothing is open");
	put_label(SIZE + 4096);
	is(-kj_target_open(path, O_RDWR, &t), ENODEV, "label of a device of another size");
	put_label(SIZE);
	is(kj_target_open(path, O_RDWR, &t), 0, "label");
	is(t.size, SIZE, "size");
	is(t.usable, kj_target_usable(SIZE), "usable");
	is(t.label.uuid[5], 0x77, "uuid");
	kj_target_close(&t);
	kj_target_close(&t);
	kj_target_close(NULL);
	is(-kj_target_label(fd, 4096, &l), ENOENT, "too small for a label");
	is(-kj_target_open("/nonexistent/x", O_RDWR, &t), ENOENT, "no such file");
	is(-kj_target_open("/dev/null", O_RDWR, &t), ENOTBLK, "no block device");
}

static void test_record(void)
{
	struct kj_le_record r, s;

	is(-kj_record_read(fd, SIZE, &r), ENOENT, "no record");
	is(kj_get_le32(r.state), KJ_REC_NONE, "state none");
	memset(r.id, 9, 16);
	is(kj_record_write(fd, SIZE, &r, KJ_REC_ENTERED, 74, "a\nb\x80", 123), 0, "write");
	is(kj_record_read(fd, SIZE, &s), 0, "read");
	ok(kj_get_le32(s.state) == KJ_REC_ENTERED && kj_get_le32(s.result) == 74 &&
		   kj_get_le64(s.t_state) == 123 && s.id[15] == 9,
	   "what was written");
	is_str(s.text, "a?b?", "text is printable");
	{
		static char longer[1000];

		memset(longer, 'x', sizeof(longer) - 1);
		is(kj_record_write(fd, SIZE, &r, KJ_REC_SAVED, 0, longer, 1), 0, "long text");
	}
	is(kj_record_read(fd, SIZE, &s), 0, "read");
	is(strlen(s.text), sizeof(s.text) - 1, "is cut");
	is(kj_record_write(fd, SIZE, &r, KJ_REC_SAVED, 0, NULL, 1), 0, "no text");
	is_str(r.text, "", "is empty");
	is(-kj_record_read(fd, 4096, &s), EINVAL, "no room for a record");
	is(-kj_record_write(fd, 4096, &s, KJ_REC_SAVED, 0, NULL, 1), EINVAL, "nor to write one");
	ok(kj_record_now() > 1500000000, "the clock");
}

static int count(const struct kj_blkdev *d, void *ctx)
{
	unsigned int *n = ctx;

	*n += !d->size || !d->name[0] || strchr(d->name, '!') != NULL;
	return 0;
}

static int stop(const struct kj_blkdev *d, void *ctx)
{
	(void)d;
	(void)ctx;
	return 42;
}

static int first(const struct kj_blkdev *d, void *ctx)
{
	*(struct kj_blkdev *)ctx = *d;
	return 1;
}

static void test_names(void)
{
	static const uint8_t nobody[16] = { 1, 2, 3 };
	const struct kj_target_want w = { .uuid = nobody }, parts = { .uuid = nobody, .list = 4096 };
	struct kj_blkdev none = { .major = 4095 }, one = { .major = 0 }, number = { .major = 0 };
	struct kj_target t;
	char got[KJ_BLOCK_PATH];
	unsigned int bad = 0;
	uint8_t guid[16];
	int r;

	is(-kj_block_resolve("vda", got, sizeof(got)), EINVAL, "no path");
	is(-kj_block_resolve("/dev/null", got, sizeof(got)), ENOTBLK, "no block device");
	is(-kj_block_resolve("/nonexistent", got, sizeof(got)), ENOENT, "no such path");
	is(-kj_block_resolve("PARTUUID=123", got, sizeof(got)), EINVAL, "no GUID");
	is(-kj_block_resolve("PARTUUID=0011223344556677-8899-aabb-ccddeeff", got, sizeof(got)),
	   EINVAL, "no GUID either");
	is(-kj_block_resolve("PARTUUID=0123456g-01", got, sizeof(got)), EINVAL, "no number of an MBR");
	is(-kj_block_resolve("PARTUUID=01234567-00", got, sizeof(got)), EINVAL, "no partition of an MBR");
	is(-kj_target_resolve("KJLABEL=12", got, sizeof(got)), EINVAL, "no label");
	is(-kj_target_resolve("KJLABEL=0123456789abcdef0123456789abcdeg", got, sizeof(got)), EINVAL,
	   "no hex");
	is(-kj_block_partuuid("/dev/null", guid), ENOTBLK, "GUID of no block device");
	r = kj_block_scan(count, &bad);
	if (r) {
		skip("no /sys/class/block here");
		return;
	}
	is(bad, 0, "devices of this machine");
	r = kj_block_scan(stop, NULL);
	ok(r == 42 || r == 0, "a scan stops when told");
	is(-kj_block_find(&none), ENODEV, "nobody's number");
	is(none.major, 4095, "it is as it was");
	r = kj_block_scan(first, &one);
	number.major = one.major;
	number.minor = one.minor;
	ok(r != 1 || (!kj_block_find(&number) && !strcmp(number.name, one.name)), "found by its number");
	is(-kj_target_find(&parts, O_RDONLY, &t), ENODEV, "nobody's extents");
	is(-kj_target_find(&w, O_RDONLY, &t), ENODEV, "nobody's label");
	is(t.fd, -1, "nothing is open");
	is(-kj_block_resolve("PARTUUID=00112233-4455-6677-8899-aabbccddeeff", got, sizeof(got)),
	   ENODEV, "nobody's partition");
	is(-kj_block_resolve("PARTUUID=00112233-01", got, sizeof(got)), ENODEV, "nobody's partition of an MBR");
}

int main(void)
{
	const char *dir = getenv("KJ_TMP");

	snprintf(path, sizeof(path), "%s/target", dir ? dir : "/tmp");
	fd = kj_open(path, O_RDWR | O_CREAT | O_TRUNC);
	if (fd < 0 || ftruncate(fd, SIZE))
		return 1;
	test_label();
	test_record();
	test_names();
	kj_close(fd);
	unlink(path);
	return tap_done();
}
