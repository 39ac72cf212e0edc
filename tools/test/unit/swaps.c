// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Lines of /proc/swaps, and every one that is none.
 */
#include "core/swaps.h"
#include "tap.h"

static const char good[] = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"
			   "/dev/vdd                                partition\t1048572\t\t20480\t\t-2\n"
			   "\n"
			   "/a\\040b\\134c\\011\\012                  file\t\t4092\t\t0\t\t10\n"
			   "/dev/zram0 partition 0 0 5";

static void test_good(void)
{
	struct kj_swaps s;
	size_t pos = 0;
	const size_t len = sizeof(good) - 1;

	is(kj_swaps_next(good, len, &pos, &s), KJ_OK, "a partition");
	is_str(s.path, "/dev/vdd", "its path");
	ok(!s.is_file && s.size == 1048572ull << 10 && s.used == 20480 << 10, "its numbers");
	is(kj_swaps_next(good, len, &pos, &s), KJ_OK, "a file, behind an empty line");
	is_str(s.path, "/a b\\c\t\n", "characters that were written as numbers");
	ok(s.is_file && s.size == 4092 << 10 && !s.used, "its numbers");
	is(kj_swaps_next(good, len, &pos, &s), KJ_OK, "a line without an end");
	is(kj_swaps_next(good, len, &pos, &s), KJ_ENOTFOUND, "no more");
	is(kj_swaps_next(good, len, &pos, &s), KJ_ENOTFOUND, "and none afterwards");
	pos = 0;
	is(kj_swaps_next("", 0, &pos, &s), KJ_ENOTFOUND, "no text");
}

static enum kj_err line(const char *text)
{
	struct kj_swaps s;
	size_t pos = 0;

	return kj_swaps_next(text, strlen(text), &pos, &s);
}

static void test_bad(void)
{
	static const char zero[] = "\0/a partition 4 0";
	static char longer[700];
	struct kj_swaps none_yet;
	size_t pos = 0;
	unsigned int i, none = 0;

	is(line("/dev/a"), KJ_EFORMAT, "a path alone");
	is(line("/dev/a tape 1 1"), KJ_EFORMAT, "of no kind");
	is(line("/dev/a partition x 1"), KJ_EFORMAT, "size no number");
	is(line("/dev/a partition 10"), KJ_EFORMAT, "no use");
	is(line("/dev/a partition 10 11"), KJ_EFORMAT, "more in use than there is");
	is(line("/dev/a partition 18014398509481984 1"), KJ_EFORMAT, "size out of range");
	is(line("/dev/a\\08 partition 10 1"), KJ_EFORMAT, "no octal digit");
	is(line("/dev/a\\777 partition 10 1"), KJ_EFORMAT, "no byte");
	is(line("/dev/a\\000 partition 10 1"), KJ_EFORMAT, "a zero");
	is(line("/dev/a\\04"), KJ_EFORMAT, "cut off");
	is(kj_swaps_next(zero, sizeof(zero) - 1, &pos, &none_yet), KJ_EFORMAT, "a path that begins with a zero byte");
	memset(longer, 'x', sizeof(longer));
	memcpy(longer + sizeof(longer) - 17, " partition 10 10", 17);
	is(line(longer), KJ_EFORMAT, "a path that is too long");
	for (i = 0; i < sizeof(good); i++) {
		struct kj_swaps s;

		pos = 0;
		while (!kj_swaps_next(good, i, &pos, &s))
			none += s.used > s.size || pos > i;
	}
	is(none, 0, "cut anywhere");
}

int main(void)
{
	test_good();
	test_bad();
	return tap_done();
}
