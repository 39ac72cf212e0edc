// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The sum behind kjump estimate.  The constants were measured with meminfo in kernel B, its initramfs unpacked and nothing
 * run: linux 6.12 with the configuration of our tests and Debian's 6.1, on 1, 2 and 4 CPUs. Beside init_size, initramfs
 * and page descriptors the first had taken 4 MiB and the second 13, and 1 to 2 MiB for each CPU.
 */
#include "core/estimate.h"

#define MIB (1ull << 20)
#define SIZE_MAX_BYTES (1ull << 40)
#define COUNT_MAX 65536u

#define BASE (16 * MIB)
#define CPU (2 * MIB)
#define FIRST_WORKER (12 * MIB)
#define WORKER (4 * MIB)
#define LUKS (128 * MIB)
#define STEP (16 * MIB)

static uint64_t up(uint64_t n, uint64_t step)
{
	return (n + step - 1) / step * step;
}

uint32_t kj_estimate_workers(uint64_t available, uint32_t cpus)
{
	uint64_t more;

	if (!available || cpus <= 1)
		return cpus ? cpus : 1;
	more = available > FIRST_WORKER ? (available - FIRST_WORKER) / WORKER : 0;
	return more < cpus - 1 ? (uint32_t)more + 1 : cpus;
}

enum kj_err kj_estimate(const struct kj_estimate_in *in, struct kj_estimate *ret)
{
	struct kj_estimate e;

	if (in->init_size >= SIZE_MAX_BYTES || in->packed >= SIZE_MAX_BYTES || in->unpacked >= SIZE_MAX_BYTES ||
	    in->jump >= SIZE_MAX_BYTES || !in->cpus || !in->workers || in->cpus > COUNT_MAX || in->workers > COUNT_MAX)
		return KJ_ERANGE;
	e.kernel = in->init_size;
	e.initrd = in->packed + 2 * in->unpacked;
	e.base = BASE;
	e.cpus = in->cpus * CPU;
	e.dump = FIRST_WORKER + (in->workers - 1) * WORKER;
	e.luks = in->luks ? LUKS : 0;
	e.sum = e.kernel + e.initrd + e.base + e.cpus + e.dump;
	/* of what is large and known they need no more */
	e.drivers = e.sum / 8;
	e.sum += e.luks + e.drivers;
	/* of the whole: 64 parts, of which 63 are left */
	e.pages = e.sum / 63;
	e.sum += e.pages;
	e.size = up(e.sum > in->jump ? e.sum : in->jump, STEP);
	*ret = e;
	return KJ_OK;
}
