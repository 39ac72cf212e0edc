/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How large a reservation kernel B needs, from the sizes of what it is made of. It must never promise: drivers take what
 * they take, and only a test tells.
 *
 *	kernel	init_size of the bzImage: from there it unpacks itself and runs
 *	initrd	its file, and twice what is in it: as files, and as the modules and programs that are loaded of it
 *	base	what a kernel allocates before it does anything: 16 MiB
 *	cpus	2 MiB for each: its areas, stacks and caches
 *	dump	kjump-dump: 12 MiB, and 4 MiB for each worker but the first (kjump-dump(8))
 *	luks	128 MiB if B has to open a LUKS volume: what initramfs/luks lets a key slot want
 *	drivers	an eighth of all that: rings of network cards and disks, the cache of a file system
 *	pages	what describes each page: a 64th of the reservation
 *
 * and all that rounded up to 16 MiB, as that is how boot loaders and people write it. The reservation also has to be one
 * that the loader takes for a jump (kj_window_least()).
 */
#ifndef KJ_CORE_ESTIMATE_H
#define KJ_CORE_ESTIMATE_H

#include <stdint.h>

#include "core/err.h"

struct kj_estimate_in {
	uint64_t init_size;	/* of the kernel, bytes */
	uint64_t packed, unpacked;	/* of the initramfs, bytes */
	uint32_t cpus;		/* that B will run on, at least 1 */
	uint32_t workers;	/* of kjump-dump, at least 1 */
	int luks;		/* one of its targets is a LUKS volume */
	uint64_t jump;		/* the least that a jump takes, bytes */
};

struct kj_estimate {
	uint64_t kernel, initrd, base, cpus, dump, luks, drivers, pages;	/* bytes */
	uint64_t sum;		/* of those */
	uint64_t size;		/* what to reserve: a multiple of 16 MiB, not less than sum and jump */
};

/* KJ_ERANGE: a size of 1 TiB or more, no CPU or no worker, or more than 65536 of them; *ret is untouched then. */
enum kj_err kj_estimate(const struct kj_estimate_in *in, struct kj_estimate *ret);

/*
 * How many workers of kjump-dump have room in @available bytes, 0 being unknown: at least 1, as it is made with what there
 * is, and at most @cpus (at least 1).
 */
uint32_t kj_estimate_workers(uint64_t available, uint32_t cpus);

#endif
