// SPDX-License-Identifier: GPL-2.0-or-later
/* elf_head: runs of what a dump has stay few, in their RAM range, and cover each page that was added. */
#include "cmd/lib/elf_head.h"
#include "tap.h"

#define MIB (1ull << 20)

static struct kj_elf_runs r;

static void start(void)
{
	memset(&r, 0, sizeof(r));
}

static int has(uint64_t pa)
{
	for (uint32_t i = 0; i < r.n; i++)
		if (pa >= r.run[i].start && pa < r.run[i].end)
			return 1;
	return 0;
}

static void test_gaps(void)
{
	start();
	kj_elf_runs_add(&r, 0x1000, 0);
	kj_elf_runs_add(&r, 0x2000, 0);
	kj_elf_runs_add(&r, 0x2000 + MIB, 0);
	is(r.n, 1, "a gap of less than a MiB is closed");
	kj_elf_runs_add(&r, 0x3000 + MIB + MIB, 0);
	is(r.n, 2, "one of a MiB is not");
	is(r.run[0].end, 0x3000 + MIB, "the run ends with its last page");
	kj_elf_runs_add(&r, 0x4000 + 2 * MIB, 1);
	is(r.n, 3, "another RAM range is another run, without a gap");
}

static void test_many(void)
{
	uint64_t i;
	int good = 1;

	start();
	/* three RAM ranges, far more gaps than there are runs */
	for (i = 0; i < 3000; i++)
		kj_elf_runs_add(&r, i * 4 * MIB, (uint32_t)(i / 1000));
	is(r.n, 3, "gaps of one size are closed together");
	for (i = 0; i < 3000; i++)
		good &= has(i * 4 * MIB);
	ok(good, "each page is in one");
	for (i = 1; i < r.n; i++)
		good &= r.run[i].start >= r.run[i - 1].end && r.in[i] >= r.in[i - 1];
	ok(good, "ascending");
	for (i = 0; i < r.n; i++)
		good &= r.run[i].start / (4000 * MIB) == r.in[i] &&
			(r.run[i].end - 1) / (4000 * MIB) == r.in[i];
	ok(good, "each within its RAM range");
}

/* A few large gaps among many small ones stay. */
static void test_large(void)
{
	uint64_t i, pa = 0;

	start();
	for (i = 0; i < 1000; i++) {
		kj_elf_runs_add(&r, pa, 0);
		pa += i % 50 ? 2 * MIB : 1024 * MIB;
	}
	is(r.n, 21, "runs between the large gaps");
}

static void test_all(void)
{
	static const struct kj_ranges ram = { 2, { { 0x1000, 0x9f000 }, { 0x100000, 0x400000 } } };

	kj_elf_runs_all(&r, &ram);
	ok(r.n == 2 && r.run[1].start == 0x100000 && r.run[1].end == 0x400000 && r.in[1] == 1, "all RAM");
}

int main(void)
{
	test_gaps();
	test_many();
	test_large();
	test_all();
	return tap_done();
}
