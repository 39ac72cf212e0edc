// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fuzz target: a file as a source of memory, whatever it is (ELF core, kdump, flattened stream), from opening to
 * pages; what is read twice is the same, and what a run promises can be asked for.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/lib/amem.h"
#include "cmd/lib/kdfile.h"
#include "cmd/lib/kdread.h"
#include "sys/badpage.h"
#include "sys/compat.h"
#include "sys/io.h"

#define PAGES 64u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int good)
{
	if (!good)
		abort();
}

static void check_hole(struct kj_amem *m, uint64_t pa)
{
	const uint64_t hole = kj_amem_run(m, pa, 4096) ? 0 : kj_amem_hole(m, pa, 1 << 20);

	check(hole % 4096 == 0 && hole <= 1 << 20 && (hole || kj_amem_run(m, pa, 4096)));
	check(!hole || !kj_amem_run(m, pa + hole - 4096, 4096));
}

static void check_page(struct kj_amem *m, uint64_t pa)
{
	static uint8_t one[4096], two[4096];
	const uint8_t *map;
	uint64_t at;
	int err;

	check_hole(m, pa);
	if (kj_amem_locate(m, pa, &at))
		return;
	check(kj_amem_run(m, at, 4096) == 4096);
	err = kj_amem_read(m, pa, one, sizeof(one));
	check(err == 0 || err == -EIO);
	if (kj_amem_map(m, at, 4096, &map))
		return;
	(void)*(const volatile uint8_t *)map;
	memcpy(two, map, sizeof(two));
	check(!err == !kj_bad_count(map, 4096));
	check(err || !memcmp(one, two, 4096));
	kj_amem_unmap(m, map, 4096);
	check(!kj_bad_count(NULL, SIZE_MAX));
	if (!err && !kj_amem_read(m, pa + 1000, two, 100))
		check(!memcmp(one + 1000, two, 100));
}

static void check_memory(struct kj_amem *m)
{
	unsigned int n = 0;
	uint32_t i;
	uint64_t pa;

	check(m->ram.n <= KJ_RAM_MAX && (!m->facts.re || m->is_jump || m->is_logical));
	for (i = 0; i < m->ram.n; i++) {
		check(m->ram.r[i].start < m->ram.r[i].end && (!i || m->ram.r[i - 1].end <= m->ram.r[i].start));
		for (pa = m->ram.r[i].start; pa < m->ram.r[i].end && n < PAGES; pa += 4096, n++)
			check_page(m, pa);
		check_page(m, m->ram.r[i].end - 4096);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct kj_amem m;
	static struct kj_kdread r;
	const char *why;
	char path[32];
	int fd = kj_memfd("fuzz", 0);

	check(fd >= 0 && !kj_bad_catch());
	check(!kj_pwrite_full(fd, data, size, 0));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (!kj_amem_open_any(&m, path, 0)) {
		check_memory(&m);
		kj_amem_close(&m);
	}
	/* what opens strictly opens raw; notes may be anything then */
	if (!kj_amem_open_any(&m, path, 1)) {
		check_memory(&m);
		kj_amem_close(&m);
	}
	if (kj_kdfile_is(data, size) && !kj_kdread(fd, size, &r, &why))
		check(r.kept <= r.k.half * 8 && r.ram <= r.k.half * 8);
	kj_close(fd);
	return 0;
}
