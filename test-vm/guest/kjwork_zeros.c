// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kjwork zeros: fresh memory from the kernel has to be zero. Must never look at a page that was not just taken from the
 * free ones, nor take so many that the machine runs out.
 *
 * With init_on_free the kernel hands out free pages as they are: what a restore left in them shows here.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sysexits.h>

#include "kjwork.h"

#define PIECE (4u << 20)

/* Pages of @p that are not zero. */
static uint64_t dirty_pages(const uint8_t *p, size_t len)
{
	uint64_t n = 0;

	for (size_t at = 0; at < len; at += 4096) {
		const uint64_t *q = (const uint64_t *)(p + at);
		uint64_t any = 0;

		for (size_t i = 0; i < 4096 / sizeof(*q); i++)
			any |= q[i];
		n += any != 0;
	}
	return n;
}

int kj_zeros(int argc, char **argv)
{
	uint64_t pages, dirty = 0;

	if (argc != 2)
		kj_die(EX_USAGE, "%s: takes a percentage", argv[0]);
	pages = kj_meminfo_pages("MemFree") * kj_parse(argv[1], 10, 90, "percent") / 100;
	/* all of it is held until the end, or the same pages would come again and again */
	for (uint64_t at = 0; at + PIECE / 4096 <= pages; at += PIECE / 4096) {
		uint8_t *p = mmap(NULL, PIECE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (p == MAP_FAILED)
			kj_die(EX_OSERR, "%s: mmap: %s", argv[0], strerror(errno));
		(void)madvise(p, PIECE, MADV_NOHUGEPAGE);
		/* reading would show the one zero page that all share */
		for (size_t i = 0; i < PIECE; i += 4096)
			((volatile uint8_t *)p)[i] = 0;
		dirty += dirty_pages(p, PIECE);
	}
	kj_kv("", "ZEROS_PAGES", "%llu", (unsigned long long)pages);
	kj_kv("", "ZEROS_DIRTY", "%llu", (unsigned long long)dirty);
	return dirty ? 1 : 0;
}
