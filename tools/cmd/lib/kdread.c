// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Headers and bitmaps of a kdump, plain or flattened. It must never read behind what the file is
 * known to hold.
 */
#include <errno.h>
#include <string.h>

#include "cmd/lib/kdread.h"
#include "core/kdump.h"
#include "sys/io.h"

#define PIECE 8192u

int kj_kdread_is(const uint8_t *buf, size_t len)
{
	static const char magic[8] = "KDUMP   ";

	return (len >= sizeof(magic) && !memcmp(buf, magic, sizeof(magic))) ||
	       kj_flat_parse(buf, len) == KJ_OK;
}

static uint64_t weight(const uint8_t *p, size_t n)
{
	uint64_t bits = 0;
	size_t i;

	for (i = 0; i < n; i++)
		bits += (unsigned int)__builtin_popcount(p[i]);
	return bits;
}

/* Count the bits of [from, to) that lie in the dump's bytes [off, off + len), which stand at
 * @at of the file. */
static int count(int fd, uint64_t at, uint64_t off, uint64_t len, uint64_t from, uint64_t to,
		 uint64_t *bits)
{
	uint8_t buf[PIECE];
	uint64_t end = off + len < to ? off + len : to;
	int err;

	if (from < off)
		from = off;
	for (; from < end; from += PIECE) {
		const size_t n = end - from < PIECE ? (size_t)(end - from) : PIECE;

		err = kj_pread_full(fd, buf, n, at + (from - off), NULL);
		if (err)
			return err;
		*bits += weight(buf, n);
	}
	return 0;
}

/* The bitmaps' parts in the dump's bytes [off, off + len). */
static int count_both(int fd, uint64_t at, uint64_t off, uint64_t len, struct kj_kdread *r)
{
	const struct kj_kdump *k = &r->k;
	int err = count(fd, at, off, len, k->bitmap1, k->bitmap2, &r->ram);

	return err ? err : count(fd, at, off, len, k->bitmap2, k->desc, &r->kept);
}

static int bad(const char **why, const char *what)
{
	*why = what;
	return -EBADMSG;
}

static int read_head(int fd, uint64_t at, uint64_t len, uint64_t file_size, struct kj_kdump *k,
		     const char **why)
{
	uint8_t head[KJ_KDUMP_HEAD];
	enum kj_err e;
	int err;

	if (len < sizeof(head))
		return bad(why, "headers are cut");
	err = kj_pread_full(fd, head, sizeof(head), at, NULL);
	if (err)
		return err;
	e = kj_kdump_parse(head, sizeof(head), file_size, k);
	return e ? bad(why, kj_strerror(e)) : 0;
}

static int read_plain(int fd, uint64_t size, struct kj_kdread *r, const char **why)
{
	int err = read_head(fd, 0, size, size, &r->k, why);

	if (!err)
		err = count_both(fd, 0, 0, size, r);
	if (err)
		return err;
	if (r->kept > (size - r->k.desc) / sizeof(struct kj_le_page_desc))
		return bad(why, "the file ends in the descriptors");
	r->complete = !(r->k.status & KJ_KDUMP_INCOMPLETE);
	return 0;
}

static int read_flat(int fd, uint64_t size, struct kj_kdread *r, const char **why)
{
	uint64_t at = KJ_FLAT_HEAD, off, len;
	uint8_t rec[KJ_FLAT_RECORD];
	int err, first = 1;
	enum kj_err e;

	for (;; first = 0) {
		if (size < at || size - at < sizeof(rec))
			return first ? bad(why, "headers are cut") : 0;
		err = kj_pread_full(fd, rec, sizeof(rec), at, NULL);
		if (err)
			return err;
		e = kj_flat_next(rec, &off, &len);
		if (e == KJ_ENOTFOUND) {
			r->complete = !first && !(r->k.status & KJ_KDUMP_INCOMPLETE);
			return first ? bad(why, "an empty stream") : 0;
		}
		if (e)
			return bad(why, "a record that cannot be");
		at += sizeof(rec);
		/* cut within a record: what is there still counts */
		if (len > size - at)
			len = size - at;
		if (first && off)
			return bad(why, "its first record is not the headers");
		err = first ? read_head(fd, at, len, 0, &r->k, why) : 0;
		if (!err)
			err = count_both(fd, at, off, len, r);
		if (err)
			return err;
		at += len;
	}
}

int kj_kdread(int fd, uint64_t size, struct kj_kdread *ret, const char **why)
{
	uint8_t buf[32];
	int err = kj_pread_full(fd, buf, sizeof(buf), 0, NULL);

	*why = "";
	memset(ret, 0, sizeof(*ret));
	if (err)
		return err == -ENODATA ? bad(why, "headers are cut") : err;
	ret->flat = kj_flat_parse(buf, sizeof(buf)) == KJ_OK;
	err = ret->flat ? read_flat(fd, size, ret, why) : read_plain(fd, size, ret, why);
	return err == -ENODATA ? bad(why, "the file ends early") : err;
}
