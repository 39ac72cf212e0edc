// SPDX-License-Identifier: GPL-2.0-or-later
/* cursor.h: values, and at every length that a failed call changes nothing. */
#include "core/cursor.h"
#include "tap.h"

static const uint8_t bytes[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 };

static void test_values(void)
{
	struct kj_cursor c, sub;
	uint8_t v8;
	uint16_t v16;
	uint32_t v32;
	uint64_t v64;
	const uint8_t *p;
	uint8_t copy[2];

	kj_cursor_init(&c, bytes, sizeof(bytes));
	is(kj_cursor_u8(&c, &v8), KJ_OK, "u8");
	is(v8, 1, "u8 value");
	is(kj_cursor_le16(&c, &v16), KJ_OK, "le16, unaligned");
	is(v16, 0x0302, "le16 value");
	is(kj_cursor_le32(&c, &v32), KJ_OK, "le32, unaligned");
	is(v32, 0x07060504, "le32 value");
	is(kj_cursor_le64(&c, &v64), KJ_OK, "le64, unaligned");
	is(v64, 0x0f0e0d0c0b0a0908, "le64 value");
	is(kj_cursor_left(&c), 1, "one byte left");
	is(kj_cursor_seek(&c, 2), KJ_OK, "seek");
	is(kj_cursor_bytes(&c, 3, &p), KJ_OK, "bytes");
	ok(p == bytes + 2 && c.off == 5, "bytes are in place");
	is(kj_cursor_copy(&c, 2, copy), KJ_OK, "copy");
	ok(copy[0] == 6 && copy[1] == 7, "copy's bytes");
	is(kj_cursor_align(&c, 4), KJ_OK, "align");
	is(c.off, 8, "align goes forward");
	is(kj_cursor_align(&c, 4), KJ_OK, "align again");
	is(c.off, 8, "an aligned cursor stays");
	is(kj_cursor_sub(&c, 4, &sub), KJ_OK, "sub");
	is(c.off, 12, "the outer cursor is behind it");
	is(kj_cursor_skip(&sub, 4), KJ_OK, "sub has its bytes");
	is(kj_cursor_skip(&sub, 1), KJ_ETRUNC, "and no more");
	is(kj_cursor_seek(&c, sizeof(bytes)), KJ_OK, "seek to the end");
	is(kj_cursor_left(&c), 0, "nothing left there");
}

/* With @n bytes left of what needs more, everything fails and nothing moves. */
static void test_short(size_t n)
{
	struct kj_cursor c, sub = { bytes, 1, 1 };
	uint8_t v8 = 0x5a, copy[8] = { 0x5a };
	uint16_t v16 = 0x5a5a;
	uint32_t v32 = 0x5a5a5a5a;
	uint64_t v64 = 0x5a5a5a5a5a5a5a5a;
	const uint8_t *p = copy;

	kj_cursor_init(&c, bytes, n);
	if (n < 1)
		is(kj_cursor_u8(&c, &v8), KJ_ETRUNC, "u8 of too few");
	if (n < 2)
		is(kj_cursor_le16(&c, &v16), KJ_ETRUNC, "le16 of too few");
	if (n < 4)
		is(kj_cursor_le32(&c, &v32), KJ_ETRUNC, "le32 of too few");
	is(kj_cursor_le64(&c, &v64), KJ_ETRUNC, "le64 of too few");
	is(kj_cursor_bytes(&c, 8, &p), KJ_ETRUNC, "bytes of too few");
	is(kj_cursor_bytes(&c, SIZE_MAX, &p), KJ_ETRUNC, "bytes: SIZE_MAX");
	is(kj_cursor_copy(&c, 8, copy), KJ_ETRUNC, "copy of too few");
	is(kj_cursor_skip(&c, n + 1), KJ_ETRUNC, "skip of too few");
	is(kj_cursor_sub(&c, n + 1, &sub), KJ_ETRUNC, "sub of too few");
	is(kj_cursor_seek(&c, n + 1), KJ_ETRUNC, "seek behind the end");
	ok(c.off == 0 && v8 == 0x5a && v16 == 0x5a5a && v32 == 0x5a5a5a5a &&
		   v64 == 0x5a5a5a5a5a5a5a5a && p == copy && copy[0] == 0x5a && sub.off == 1,
	   "%zu bytes: failures change nothing", n);
}

int main(void)
{
	struct kj_cursor c;

	test_values();
	for (size_t n = 0; n < 8; n++)
		test_short(n);

	kj_cursor_init(&c, bytes, 5);
	is(kj_cursor_skip(&c, 5), KJ_OK, "skip to the end");
	is(kj_cursor_align(&c, 8), KJ_ETRUNC, "align behind the end");
	is(c.off, 5, "and stays");

	kj_cursor_init(&c, NULL, 0);
	is(kj_cursor_skip(&c, 0), KJ_OK, "an empty buffer may be NULL");
	is(kj_cursor_copy(&c, 0, NULL), KJ_OK, "and nothing be copied from it");
	is(kj_cursor_skip(&c, 1), KJ_ETRUNC, "but has no byte");
	return tap_done();
}
