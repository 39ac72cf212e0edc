// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Device-mapper tables as the kernel writes them, every one that is none, and mappings on top of each other.
 */
#include "core/dmtable.h"
#include "tap.h"

#define MIB (1ull << 20)

static uint8_t data[4096];
static size_t len;
static uint32_t count;
static struct kj_remap map, below, sum;
static char type[KJ_DM_TYPE];

static void put(size_t pos, const void *p, size_t n)
{
	memcpy(data + pos, p, n);
}

static void begin(void)
{
	memset(data, 0xa5, sizeof(data));
	len = count = 0;
}

/* The next target, sectors; as retrieve_status() of drivers/md/dm-ioctl.c lays them out. */
static void target(uint64_t start, uint64_t n, const char *name, const char *text)
{
	const size_t at = (len + 7) & ~(size_t)7;
	uint32_t next;
	char padded[16];

	memset(padded, 0, sizeof(padded));
	memcpy(padded, name, strlen(name));
	len = at + 40 + strlen(text) + 1;
	next = (uint32_t)((len + 7) & ~(size_t)7);
	put(at, &start, 8);
	put(at + 8, &n, 8);
	memset(data + at + 16, 0, 4);
	put(at + 20, &next, 4);
	put(at + 24, padded, 16);
	put(at + 40, text, strlen(text) + 1);
	count++;
}

static enum kj_err parse(void)
{
	return kj_dm_table(data, len, count, &map, type);
}

static enum kj_err one(uint64_t start, uint64_t n, const char *text)
{
	begin();
	target(start, n, "linear", text);
	return parse();
}

static void two(void)
{
	begin();
	target(0, 2048, "linear", "8:3 4096");
	target(2048, 6144, "linear", "259:70000 0");
}

static void test_good(void)
{
	two();
	is(parse(), KJ_OK, "two targets");
	is(map.n, 2, "two pieces");
	ok(map.p[0].from == 0 && map.p[0].to == 2 * MIB && map.p[0].len == MIB, "the first one's place");
	ok(map.p[0].major == 8 && map.p[0].minor == 3, "its device");
	ok(map.p[1].from == MIB && map.p[1].to == 0 && map.p[1].len == 3 * MIB, "the second one's place");
	ok(map.p[1].major == 259 && map.p[1].minor == 70000, "its device");
	is(kj_remap_size(&map), 4 * MIB, "bytes of both");
	begin();
	for (unsigned int i = 0; i < 60; i++)
		target(i * 8, 8, "linear", "8:3 4096");
	is(parse(), KJ_OK, "many");
	is(map.n, 60, "all of them");
}

static void test_bad(void)
{
	unsigned int wrong = 0;
	size_t whole;

	begin();
	is(parse(), KJ_ENOTFOUND, "no target");
	target(0, 2048, "crypt", "aes-xts-plain64 0000 0 8:3 4096");
	is(parse(), KJ_EUNSUPP, "of another kind");
	is_str(type, "crypt", "its name");
	begin();
	target(0, 2048, "linear", "8:3 4096");
	target(2048, 2048, "snapshot-origin1", "8:3");
	is(parse(), KJ_EUNSUPP, "the second is of another kind");
	is_str(type, "snapshot-origin1", "a name that fills its field");
	begin();
	target(0, 8, "linearity", "8:3 0");
	is(parse(), KJ_EUNSUPP, "a name that begins alike");
	is(one(0, 0, "8:3 0"), KJ_ERANGE, "an empty one");
	is(one(8, 8, "8:3 0"), KJ_EFORMAT, "a gap before the first");
	is(one(0, 8, "8:3"), KJ_EFORMAT, "no start");
	is(one(0, 8, "8 0"), KJ_EFORMAT, "no minor number");
	is(one(0, 8, "/dev/sda3 0"), KJ_EFORMAT, "a path");
	is(one(0, 8, "8:3 0 1"), KJ_EFORMAT, "more words");
	is(one(0, 8, "8:3 18014398509481984"), KJ_EFORMAT, "a start out of range");
	is(one(0, 1ull << 55, "8:3 0"), KJ_ERANGE, "a length out of range");
	is(one(0, 16, "8:3 18014398509481976"), KJ_ERANGE, "an end out of range");
	begin();
	target(0, 2048, "linear", "8:3 4096");
	target(1024, 2048, "linear", "8:3 4096");
	is(parse(), KJ_EFORMAT, "one over the other");
	two();
	memset(data + 20, 0, 4);
	is(parse(), KJ_EFORMAT, "a next one that is the first");
	two();
	whole = len;
	/* less than that is also too little for what the first says of the second */
	for (len = 0; len < whole; len++)
		wrong += parse() == KJ_OK;
	is(wrong, 0, "every truncation is refused");
	len = whole;
	count = KJ_REMAP_MAX + 1;
	is(parse(), KJ_ELIMIT, "more than fit");
	count = 3;
	ok(parse() != KJ_OK, "fewer than were announced");
}

static void test_stack(void)
{
	uint32_t major = 0, minor = 0;
	uint64_t at = 0, run = 0;

	/* 253:0 begins at 5 MiB of 8:1, but its second MiB is at 64 MiB */
	begin();
	target(0, 2048, "linear", "8:1 10240");
	target(2048, 2048, "linear", "8:1 131072");
	target(4096, 4096, "linear", "8:1 14336");
	is(parse(), KJ_OK, "the lower one");
	below = map;
	kj_remap_plain(&map, 253, 1, 3 * MIB);
	is(kj_remap_other(&map, 253, 1, &major, &minor), 0, "a device is on itself");
	begin();
	target(0, 5120, "linear", "253:0 1024");
	target(5120, 1024, "linear", "8:1 0");
	is(parse(), KJ_OK, "the upper one");
	is(kj_remap_through(&map, 253, 0, &below, &sum), KJ_OK, "one through the other");
	is(sum.n, 4, "cut where the lower one is");
	ok(sum.p[0].from == 0 && sum.p[0].to == 5 * MIB + MIB / 2 && sum.p[0].len == MIB / 2, "the rest of the first MiB");
	ok(sum.p[1].from == MIB / 2 && sum.p[1].to == 64 * MIB && sum.p[1].len == MIB, "the second");
	ok(sum.p[2].to == 7 * MIB && sum.p[2].len == MIB, "what it takes of the third");
	ok(sum.p[3].from == 5 * MIB / 2 && sum.p[3].to == 0 && sum.p[3].len == MIB / 2, "and what was there before");
	is(kj_remap_other(&sum, 8, 1, &major, &minor), 0, "all of it on one device");
	is(kj_remap_other(&map, 8, 1, &major, &minor), 1, "which was not so before");
	ok(major == 253 && minor == 0, "the other device");
	is(kj_remap_find(&sum, MIB, 4096, &at, &run), KJ_OK, "a block");
	ok(at == 64 * MIB + MIB / 2 && run == 4096, "where it is");
	is(kj_remap_find(&sum, 3 * MIB / 2 - 4096, 8192, &at, &run), KJ_OK, "over the end of a piece");
	ok(at == 65 * MIB - 4096 && run == 4096, "its first half");
	is(kj_remap_find(&sum, 3 * MIB, 1, &at, &run), KJ_ERANGE, "behind the end");
	kj_remap_plain(&map, 253, 0, 4 * MIB + 4096);
	is(kj_remap_through(&map, 253, 0, &below, &sum), KJ_ERANGE, "larger than what it is on");
	kj_remap_plain(&map, 253, 0, 2 * MIB);
	map.p[0].to = MIB;
	is(kj_remap_through(&map, 253, 0, &below, &sum), KJ_OK, "a piece in the middle");
	is(sum.n, 2, "of two");
	/* as many pieces as there is room for, each cut in two */
	kj_remap_plain(&below, 8, 1, MIB);
	below.n = 2;
	below.p[0].len = 4096;
	below.p[1] = (struct kj_remap_piece){ 4096, 8 * MIB, 4096, 8, 1 };
	map.n = KJ_REMAP_MAX;
	for (uint32_t i = 0; i < map.n; i++)
		map.p[i] = (struct kj_remap_piece){ i * 8192ull, 0, 8192, 253, 0 };
	is(kj_remap_through(&map, 253, 0, &below, &sum), KJ_ELIMIT, "more pieces than there is room for");
	map.n = 0;
	is(kj_remap_size(&map), 0, "nothing has no size");
}

int main(void)
{
	test_good();
	test_bad();
	test_stack();
	return tap_done();
}
