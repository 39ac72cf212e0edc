// SPDX-License-Identifier: GPL-2.0-or-later
/* le.h: byte order, every byte's place, and the round trip. err.h: a text for every error. */
#include "core/err.h"
#include "core/le.h"
#include "tap.h"

int main(void)
{
	const uint8_t raw[] = { 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0xf8 };
	le16 a;
	le32 b;
	le64 c;

	memcpy(&a, raw, sizeof(a));
	memcpy(&b, raw + 1, sizeof(b));
	memcpy(&c, raw, sizeof(c));
	is(kj_get_le16(a), 0x0201, "le16 is little-endian");
	is(kj_get_le32(b), 0x05040302, "le32 is little-endian");
	is(kj_get_le64(c), 0xf807060504030201, "le64 is little-endian");

	a = kj_put_le16(0xfffe);
	b = kj_put_le32(0xfffefdfc);
	c = kj_put_le64(0xfffefdfcfbfaf9f8);
	ok(a.b[0] == 0xfe && a.b[1] == 0xff, "put le16");
	ok(b.b[0] == 0xfc && b.b[3] == 0xff, "put le32");
	ok(c.b[0] == 0xf8 && c.b[7] == 0xff, "put le64");

	int good = 1;

	for (unsigned int i = 0; i < 64; i++)
		good &= kj_get_le64(kj_put_le64(1ULL << i)) == 1ULL << i;
	for (unsigned int i = 0; i < 32; i++)
		good &= kj_get_le32(kj_put_le32(1U << i)) == 1U << i;
	for (unsigned int i = 0; i < 16; i++)
		good &= kj_get_le16(kj_put_le16((uint16_t)(1U << i))) == 1U << i;
	ok(good, "every bit survives the round trip");

	for (int e = KJ_OK; e <= KJ_ELIMIT; e++) {
		const char *s = kj_strerror((enum kj_err)e);

		ok(s[0] >= 'a' && s[0] <= 'z' && s[strlen(s) - 1] != '.' &&
			   strcmp(s, "unknown error"),
		   "error %d: '%s'", e, s);
	}
	is_str(kj_strerror((enum kj_err)4711), "unknown error", "a number that is no error");
	return tap_done();
}
