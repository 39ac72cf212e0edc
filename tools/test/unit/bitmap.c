// SPDX-License-Identifier: GPL-2.0-or-later
/* bitmap.h against an array of one byte per bit, and its edges. */
#include <stdlib.h>

#include "core/bitmap.h"
#include "tap.h"

#define NBITS 200u

static uint8_t model[NBITS];

static int same(const struct kj_bitmap *b)
{
	for (uint64_t i = 0; i < NBITS; i++)
		if (kj_bitmap_test(b, i) != model[i])
			return 0;
	/* bits behind the end stay as they were */
	return b->words[NBITS / 64] >> NBITS % 64 == 0;
}

static int runs_agree(const struct kj_bitmap *b, int want)
{
	uint64_t from = 0, i = 0, start, len;

	for (;;) {
		enum kj_err e = want ? kj_bitmap_next_set(b, from, &start, &len) :
				       kj_bitmap_next_clear(b, from, &start, &len);

		while (i < NBITS && model[i] != want)
			i++;
		if (i == NBITS)
			return e == KJ_ENOTFOUND;
		uint64_t n = 0;

		while (i + n < NBITS && model[i + n] == want)
			n++;
		if (e || start != i || len != n)
			return 0;
		i += n;
		from = start + len;
	}
}

static void test_against_model(void)
{
	uint64_t words[KJ_BITMAP_WORDS(NBITS)] = { 0 }, n;
	struct kj_bitmap b;
	int good = 1, counts = 1, runs = 1;

	kj_bitmap_init(&b, words, NBITS);
	srand(1);
	for (int round = 0; round < 5000; round++) {
		uint64_t start = (uint64_t)rand() % (NBITS + 1);
		uint64_t len = (uint64_t)rand() % (NBITS - start + 1);
		int set = rand() & 1;
		uint64_t sum = 0;

		if (round & 1)
			len = len > 3 ? 3 : len;
		good &= (set ? kj_bitmap_set(&b, start, len) : kj_bitmap_clear(&b, start, len)) ==
			KJ_OK;
		memset(model + start, set, len);
		good &= same(&b);
		start = (uint64_t)rand() % (NBITS + 1);
		len = (uint64_t)rand() % (NBITS - start + 1);
		for (uint64_t i = start; i < start + len; i++)
			sum += model[i];
		counts &= kj_bitmap_count(&b, start, len, &n) == KJ_OK && n == sum;
		runs &= runs_agree(&b, 1) && runs_agree(&b, 0);
	}
	ok(good, "5000 random ranges set and cleared");
	ok(counts, "5000 random ranges counted");
	ok(runs, "runs of set and clear bits");
}

static void test_edges(void)
{
	uint64_t words[2] = { 0x8000000000000001, 1 }, start = 5, len = 5, n = 5;
	struct kj_bitmap b;

	kj_bitmap_init(&b, words, 65);
	is(KJ_BITMAP_WORDS(0), 0, "words of no bits");
	is(KJ_BITMAP_WORDS(64), 1, "words of 64 bits");
	is(KJ_BITMAP_WORDS(65), 2, "words of 65 bits");
	is(kj_bitmap_set(&b, 65, 0), KJ_OK, "an empty range at the end");
	is(kj_bitmap_set(&b, 65, 1), KJ_ERANGE, "set behind the end");
	is(kj_bitmap_set(&b, 0, 66), KJ_ERANGE, "set across the end");
	is(kj_bitmap_set(&b, 66, 0), KJ_ERANGE, "an empty range behind the end");
	is(kj_bitmap_set(&b, 1, UINT64_MAX), KJ_ERANGE, "a range that would wrap");
	is(kj_bitmap_clear(&b, 64, 2), KJ_ERANGE, "clear across the end");
	is(kj_bitmap_count(&b, 0, 66, &n), KJ_ERANGE, "count across the end");
	is(n, 5, "and leaves its result alone");
	ok(words[0] == 0x8000000000000001 && words[1] == 1, "refusals changed no bit");
	is(kj_bitmap_test(&b, 65), 0, "a bit outside is not set");
	is(kj_bitmap_test(&b, UINT64_MAX), 0, "nor is the last one");
	is(kj_bitmap_count(&b, 0, 65, &n), KJ_OK, "count all");
	is(n, 3, "three bits");
	is(kj_bitmap_next_set(&b, 1, &start, &len), KJ_OK, "a run across words");
	ok(start == 63 && len == 2, "starts at 63, two bits");
	is(kj_bitmap_next_set(&b, 64, &start, &len), KJ_OK, "from inside a run");
	ok(start == 64 && len == 1, "its rest");
	is(kj_bitmap_next_set(&b, 65, &start, &len), KJ_ENOTFOUND, "from the end");
	is(kj_bitmap_next_set(&b, UINT64_MAX, &start, &len), KJ_ENOTFOUND, "from far behind");
	is(kj_bitmap_next_clear(&b, 63, &start, &len), KJ_ENOTFOUND, "no clear bit at the end");
	ok(start == 64 && len == 1, "not found leaves the results alone");
	kj_bitmap_init(&b, NULL, 0);
	is(kj_bitmap_next_set(&b, 0, &start, &len), KJ_ENOTFOUND, "an empty map");
	is(kj_bitmap_count(&b, 0, 0, &n), KJ_OK, "an empty map counts");
	is(n, 0, "to nothing");
}

int main(void)
{
	test_against_model();
	test_edges();
	return tap_done();
}
