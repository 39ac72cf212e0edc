// SPDX-License-Identifier: GPL-2.0-or-later
/* estimate.h: a sum worked out by hand, that each part counts, and the limits. */
#include "core/estimate.h"
#include "tap.h"

#define MIB (1ull << 20)

static const struct kj_estimate_in usual = {
	.init_size = 64 * MIB, .packed = MIB, .unpacked = 4 * MIB, .cpus = 4, .workers = 2, .jump = 115 * MIB,
};

static void test_sum(void)
{
	struct kj_estimate e;

	is(kj_estimate(&usual, &e), KJ_OK, "a distribution's kernel, four CPUs");
	is(e.kernel, 64 * MIB, "the kernel");
	is(e.initrd, 9 * MIB, "its initramfs: packed, unpacked, loaded");
	is(e.base, 16 * MIB, "base");
	is(e.cpus, 8 * MIB, "CPUs");
	is(e.dump, 16 * MIB, "two workers");
	is(e.luks, 0, "no LUKS volume");
	is(e.drivers, 113 * MIB / 8, "an eighth of that");
	is(e.pages, (113 * MIB + 113 * MIB / 8) / 63, "a 64th of the whole");
	is(e.sum, e.kernel + e.initrd + e.base + e.cpus + e.dump + e.drivers + e.pages, "the sum is that of the parts");
	is(e.size, 144 * MIB, "rounded up to 16 MiB");
}

/* More of anything never asks for less memory. */
static void test_grows(void)
{
	struct kj_estimate least, e;
	struct kj_estimate_in in = usual;

	kj_estimate(&usual, &least);
	in.jump = 145 * MIB;
	ok(!kj_estimate(&in, &e) && e.size == 160 * MIB && e.sum == least.sum, "a jump that needs more gets it");
	in = usual;
	in.init_size += 16 * MIB;
	ok(!kj_estimate(&in, &e) && e.size > least.size, "a larger kernel");
	in = usual;
	in.unpacked += 8 * MIB;
	ok(!kj_estimate(&in, &e) && e.size > least.size, "a larger initramfs");
	in = usual;
	in.cpus += 8;
	ok(!kj_estimate(&in, &e) && e.size > least.size, "more CPUs");
	in = usual;
	in.workers += 4;
	ok(!kj_estimate(&in, &e) && e.size > least.size, "more workers");
	in = usual;
	in.luks = 1;
	ok(!kj_estimate(&in, &e) && e.luks == 128 * MIB && e.drivers == least.drivers &&
		   e.sum == e.kernel + e.initrd + e.base + e.cpus + e.dump + e.luks + e.drivers + e.pages &&
		   e.size >= least.size + 128 * MIB,
	   "a LUKS volume");
}

static void test_limits(void)
{
	static const uint64_t tib = 1ull << 40;
	struct kj_estimate e = { .sum = 77 };
	struct kj_estimate_in in;

	in = usual, in.init_size = tib;
	is(kj_estimate(&in, &e), KJ_ERANGE, "a kernel of 1 TiB");
	in = usual, in.packed = tib;
	is(kj_estimate(&in, &e), KJ_ERANGE, "an initramfs of 1 TiB");
	in = usual, in.unpacked = UINT64_MAX;
	is(kj_estimate(&in, &e), KJ_ERANGE, "or one that unpacks to more");
	in = usual, in.jump = tib;
	is(kj_estimate(&in, &e), KJ_ERANGE, "a window of 1 TiB");
	in = usual, in.cpus = 0;
	is(kj_estimate(&in, &e), KJ_ERANGE, "no CPU");
	in = usual, in.workers = 0;
	is(kj_estimate(&in, &e), KJ_ERANGE, "no worker");
	in = usual, in.cpus = 65537;
	is(kj_estimate(&in, &e), KJ_ERANGE, "too many CPUs");
	in = usual, in.workers = 65537;
	is(kj_estimate(&in, &e), KJ_ERANGE, "too many workers");
	is(e.sum, 77, "the result is untouched");
	in = (struct kj_estimate_in){ tib - 1, tib - 1, tib - 1, 65536, 65536, 1, tib - 1 };
	ok(!kj_estimate(&in, &e) && e.size >= e.sum && e.sum > 4 * (tib - 1), "the largest of all does not overflow");
}

static void test_workers(void)
{
	is(kj_estimate_workers(0, 64), 64, "workers: nobody knows the memory");
	is(kj_estimate_workers(0, 0), 1, "nor the CPUs");
	is(kj_estimate_workers(1ull << 40, 8), 8, "one for each CPU");
	is(kj_estimate_workers(1ull << 40, 1), 1, "for the only one");
	is(kj_estimate_workers(40 * MIB, 8), 8, "40 MiB, 8 CPUs");
	is(kj_estimate_workers(40 * MIB - 1, 8), 7, "a byte less");
	is(kj_estimate_workers(16 * MIB, 8), 2, "16 MiB");
	is(kj_estimate_workers(16 * MIB - 1, 8), 1, "less");
	is(kj_estimate_workers(1, 8), 1, "hardly any");
	is(kj_estimate_workers(UINT64_MAX, UINT32_MAX), UINT32_MAX, "as much as there can be");
}

int main(void)
{
	test_sum();
	test_grows();
	test_limits();
	test_workers();
	return tap_done();
}
