// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Bounds-checked reading. All arithmetic is `n > len - off`: it must never add to an
 * offset before the comparison.
 */
#include <string.h>

#include "core/cursor.h"
#include "core/le.h"

void kj_cursor_init(struct kj_cursor *c, const void *buf, size_t len)
{
	c->buf = buf;
	c->len = len;
	c->off = 0;
}

size_t kj_cursor_left(const struct kj_cursor *c)
{
	return c->len - c->off;
}

enum kj_err kj_cursor_bytes(struct kj_cursor *c, size_t n, const uint8_t **ret)
{
	if (n > c->len - c->off)
		return KJ_ETRUNC;
	/* NULL + 0 is undefined, and an empty buffer may be NULL */
	*ret = c->off ? c->buf + c->off : c->buf;
	c->off += n;
	return KJ_OK;
}

enum kj_err kj_cursor_copy(struct kj_cursor *c, size_t n, void *ret)
{
	const uint8_t *p;
	enum kj_err e = kj_cursor_bytes(c, n, &p);

	if (!e && n)
		memcpy(ret, p, n);
	return e;
}

enum kj_err kj_cursor_skip(struct kj_cursor *c, size_t n)
{
	const uint8_t *p;

	return kj_cursor_bytes(c, n, &p);
}

enum kj_err kj_cursor_sub(struct kj_cursor *c, size_t n, struct kj_cursor *ret)
{
	const uint8_t *p;
	enum kj_err e = kj_cursor_bytes(c, n, &p);

	if (!e)
		kj_cursor_init(ret, p, n);
	return e;
}

enum kj_err kj_cursor_align(struct kj_cursor *c, size_t align)
{
	return kj_cursor_skip(c, -c->off & (align - 1));
}

enum kj_err kj_cursor_seek(struct kj_cursor *c, size_t off)
{
	if (off > c->len)
		return KJ_ETRUNC;
	c->off = off;
	return KJ_OK;
}

enum kj_err kj_cursor_u8(struct kj_cursor *c, uint8_t *ret)
{
	return kj_cursor_copy(c, 1, ret);
}

enum kj_err kj_cursor_le16(struct kj_cursor *c, uint16_t *ret)
{
	le16 v;
	enum kj_err e = kj_cursor_copy(c, sizeof(v), &v);

	if (!e)
		*ret = kj_get_le16(v);
	return e;
}

enum kj_err kj_cursor_le32(struct kj_cursor *c, uint32_t *ret)
{
	le32 v;
	enum kj_err e = kj_cursor_copy(c, sizeof(v), &v);

	if (!e)
		*ret = kj_get_le32(v);
	return e;
}

enum kj_err kj_cursor_le64(struct kj_cursor *c, uint64_t *ret)
{
	le64 v;
	enum kj_err e = kj_cursor_copy(c, sizeof(v), &v);

	if (!e)
		*ret = kj_get_le64(v);
	return e;
}
