// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The unpacked size of an initramfs. It must never read beyond the file, whatever the sizes in it say.
 */
#include <string.h>

#include "core/cursor.h"
#include "core/initrd.h"
#include "core/le.h"

#define MOST (1ull << 40)
#define CPIO_HEADER 110u
#define ZSTD_BLOCK_MAX (128u << 10)	/* bytes that a block unpacks to at most, if the window is not smaller */

static enum kj_err add(struct kj_initrd *r, uint64_t n)
{
	if (n > MOST - r->unpacked)
		return KJ_ERANGE;
	r->unpacked += n;
	return KJ_OK;
}

/* ---- cpio ---- */

static enum kj_err hex8(const uint8_t *s, uint32_t *ret)
{
	uint32_t v = 0;

	for (int i = 0; i < 8; i++) {
		const uint8_t c = s[i];

		if (c >= '0' && c <= '9')
			v = v << 4 | (uint32_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			v = v << 4 | (uint32_t)(c - 'a' + 10);
		else if (c >= 'A' && c <= 'F')
			v = v << 4 | (uint32_t)(c - 'A' + 10);
		else
			return KJ_EFORMAT;
	}
	*ret = v;
	return KJ_OK;
}

/* Names and data are padded to 4 bytes, counted from the archive's start. */
static enum kj_err skip_padded(struct kj_cursor *c, size_t start, uint32_t n)
{
	size_t pad;
	enum kj_err e = kj_cursor_skip(c, n);

	if (e)
		return e;
	pad = (4 - (c->off - start) % 4) % 4;
	/* the last one need not be padded */
	return kj_cursor_skip(c, pad < kj_cursor_left(c) ? pad : kj_cursor_left(c));
}

/* One archive, up to its trailer or the end of the bytes. */
static enum kj_err cpio(struct kj_cursor *c, struct kj_initrd *r)
{
	const size_t start = c->off;
	const uint8_t *h, *name;
	uint32_t size, namelen;
	enum kj_err e;

	while (kj_cursor_left(c)) {
		e = kj_cursor_bytes(c, CPIO_HEADER, &h);
		if (e)
			return e;
		if (memcmp(h, "070701", 6) && memcmp(h, "070702", 6))
			return KJ_EFORMAT;
		if (hex8(h + 6 + 6 * 8, &size) || hex8(h + 6 + 11 * 8, &namelen))
			return KJ_EFORMAT;
		name = c->buf + c->off;
		e = skip_padded(c, start, namelen);
		if (!e)
			e = skip_padded(c, start, size);
		/* an empty file takes memory too; headers are about as long as what the kernel keeps of one */
		if (!e)
			e = add(r, CPIO_HEADER + (uint64_t)namelen + size);
		if (e)
			return e;
		if (namelen == 11 && !memcmp(name, "TRAILER!!!", 10))
			return KJ_OK;
	}
	return KJ_OK;
}

/* ---- zstd ---- */

/* The blocks of a frame; what they unpack to, as far as they say. */
static enum kj_err zstd_blocks(struct kj_cursor *c, uint64_t *ret)
{
	uint64_t sum = 0;
	uint32_t last = 0;

	while (!last) {
		const uint8_t *b;
		uint32_t head, type, size;
		enum kj_err e = kj_cursor_bytes(c, 3, &b);

		if (e)
			return e;
		head = (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16;
		last = head & 1;
		type = head >> 1 & 3;
		size = head >> 3;
		if (type == 3)
			return KJ_EFORMAT;
		/* raw, one byte many times, compressed; the sum stays far below 2^64, as each block has 3 bytes here */
		sum += type == 2 ? ZSTD_BLOCK_MAX : size;
		e = kj_cursor_skip(c, type == 1 ? 1 : size);
		if (e)
			return e;
	}
	*ret = sum;
	return KJ_OK;
}

static enum kj_err zstd(struct kj_cursor *c, struct kj_initrd *r)
{
	static const uint8_t size_bytes[4] = { 0, 2, 4, 8 }, dict_bytes[4] = { 0, 1, 2, 4 };
	const uint8_t *p;
	uint64_t blocks, size = 0;
	uint8_t desc, single;
	unsigned int n;
	enum kj_err e;

	e = kj_cursor_skip(c, 4);
	if (!e)
		e = kj_cursor_u8(c, &desc);
	if (e)
		return e;
	if (desc & 8)
		return KJ_EUNSUPP;
	single = desc >> 5 & 1;
	n = single && !(desc >> 6) ? 1 : size_bytes[desc >> 6];
	e = kj_cursor_skip(c, (single ? 0u : 1u) + dict_bytes[desc & 3]);
	if (!e)
		e = kj_cursor_bytes(c, n, &p);
	if (e)
		return e;
	for (unsigned int i = 0; i < n; i++)
		size |= (uint64_t)p[i] << 8 * i;
	if (n == 2)
		size += 256;
	e = zstd_blocks(c, &blocks);
	if (!e && desc & 4)
		e = kj_cursor_skip(c, 4);
	if (e)
		return e;
	/* its header may lie: then the kernel refuses it, and its blocks are all that it could be */
	if (n && size > blocks)
		return KJ_EFORMAT;
	if (!n)
		r->bound = 1;
	return add(r, n ? size : blocks);
}

/* ---- gzip and xz ---- */

static enum kj_err gzip(struct kj_cursor *c, struct kj_initrd *r)
{
	const uint8_t *p;

	/* header, at least one byte of data, CRC and size */
	if (kj_cursor_left(c) < 10 + 1 + 8)
		return KJ_ETRUNC;
	p = c->buf + c->len - 4;
	c->off = c->len;
	return add(r, (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 | (uint64_t)p[3] << 24);
}

/* A number of 7 bits a byte, the lowest first. */
static enum kj_err vli(struct kj_cursor *c, uint64_t *ret)
{
	uint64_t v = 0;
	uint8_t b;

	for (unsigned int i = 0; i < 9; i++) {
		enum kj_err e = kj_cursor_u8(c, &b);

		if (e)
			return e;
		v |= (uint64_t)(b & 0x7f) << 7 * i;
		if (!(b & 0x80)) {
			*ret = v;
			return KJ_OK;
		}
	}
	return KJ_EFORMAT;
}

/* The index behind the blocks; the footer says how long it is. */
static enum kj_err xz(struct kj_cursor *c, struct kj_initrd *r)
{
	const size_t left = kj_cursor_left(c);
	const uint8_t *foot;
	struct kj_cursor x;
	uint64_t index, n, packed, size;
	uint8_t zero;
	enum kj_err e;

	if (left < 12 + 12)
		return KJ_ETRUNC;
	foot = c->buf + c->len - 12;
	if (foot[10] != 'Y' || foot[11] != 'Z')
		return KJ_ETRUNC;
	index = ((uint64_t)foot[4] | (uint64_t)foot[5] << 8 | (uint64_t)foot[6] << 16 | (uint64_t)foot[7] << 24);
	index = (index + 1) * 4;
	if (index > left - 24)
		return KJ_EFORMAT;
	kj_cursor_init(&x, foot - index, (size_t)index);
	e = kj_cursor_u8(&x, &zero);
	if (!e && zero)
		e = KJ_EFORMAT;
	if (!e)
		e = vli(&x, &n);
	for (; !e && n; n--) {
		e = vli(&x, &packed);
		if (!e)
			e = vli(&x, &size);
		if (!e)
			e = add(r, size);
	}
	c->off = c->len;
	return e == KJ_ETRUNC ? KJ_EFORMAT : e;
}

enum kj_err kj_initrd_measure(const uint8_t *buf, size_t len, struct kj_initrd *ret)
{
	struct kj_initrd r = { 0, 0 };
	struct kj_cursor c;
	unsigned int archives = 0;

	kj_cursor_init(&c, buf, len);
	while (kj_cursor_left(&c)) {
		const uint8_t *p = buf + c.off;
		const size_t left = kj_cursor_left(&c);
		enum kj_err e = KJ_EUNSUPP;

		if (!*p) {
			c.off++;
			continue;
		}
		if (left >= 5 && !memcmp(p, "07070", 5))
			e = cpio(&c, &r);
		else if (left >= 4 && !memcmp(p, "\x28\xb5\x2f\xfd", 4))
			e = zstd(&c, &r);
		else if (left >= 2 && !memcmp(p, "\x1f\x8b", 2))
			e = gzip(&c, &r);
		else if (left >= 6 && !memcmp(p, "\xfd" "7zXZ", 6))
			e = xz(&c, &r);
		if (e)
			return e;
		archives++;
	}
	if (!archives)
		return KJ_ENOTFOUND;
	*ret = r;
	return KJ_OK;
}
