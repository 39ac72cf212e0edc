// SPDX-License-Identifier: GPL-2.0-or-later
/* core/snappy: each kind of element by hand, each way to be damaged. */
#include "core/snappy.h"
#include "tap.h"

static uint8_t out[4096];

static enum kj_err un(const char *s, size_t n, size_t len)
{
	memset(out, 0xee, sizeof(out));
	return kj_snappy_unpack((const uint8_t *)s, n, out, len);
}
#define UN(s, len) un(s, sizeof(s) - 1, len)

int main(void)
{
	static uint8_t big[4096 + 5];
	size_t i;

	is(UN("\3\010abc", 3), KJ_OK, "a literal");
	ok(!memcmp(out, "abc", 3), "its bytes");
	is(UN("\3\360\2abc", 3), KJ_OK, "a literal with its length in a byte");
	ok(!memcmp(out, "abc", 3), "its bytes");
	is(UN("\10\010abc\005\3", 8), KJ_OK, "a copy that overlaps, offset of 11 bits");
	ok(!memcmp(out, "abcabcab", 8), "its bytes");
	is(UN("\7\010abc\016\3\0", 7), KJ_OK, "a copy, offset of 16 bits");
	ok(!memcmp(out, "abcabca", 7), "its bytes");
	is(UN("\7\010abc\017\3\0\0\0", 7), KJ_OK, "a copy, offset of 32 bits");
	ok(!memcmp(out, "abcabca", 7), "its bytes");
	memcpy(big, "\200\040\364\377\017", 5);
	for (i = 0; i < 4096; i++)
		big[5 + i] = (uint8_t)(i * 7);
	is(kj_snappy_unpack(big, sizeof(big), out, 4096), KJ_OK, "a page as a literal, length in two bytes");
	ok(!memcmp(out, big + 5, 4096), "its bytes");
	for (i = 0; i < 600; i++)
		if (!kj_snappy_unpack(big, i, out, 4096))
			break;
	is(i, 600, "cut anywhere it is damaged");
	is(UN("\4\010abc", 4), KJ_ECODEC, "too few bytes");
	is(UN("\3\010abc", 4), KJ_ECODEC, "another length");
	is(UN("\2\010abc", 2), KJ_ECODEC, "too many bytes");
	is(UN("\5\010abc\005\3", 5), KJ_ECODEC, "a copy behind the end");
	is(UN("\7\010abc\005\4", 7), KJ_ECODEC, "a copy from before the start");
	is(UN("\7\010abc\005\0", 7), KJ_ECODEC, "a copy from nowhere");
	is(UN("\7\010abc\016\3", 7), KJ_ECODEC, "an offset that is cut");
	is(UN("\3\364\2", 3), KJ_ECODEC, "a length that is cut");
	is(UN("\377\377\377\377\377\1", 3), KJ_ECODEC, "a length that never ends");
	is(UN("", 0), KJ_ECODEC, "nothing");
	return tap_done();
}
