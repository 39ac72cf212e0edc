// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fuzz target: the input is a control page, a PAGES note, and the memory from 0x800000 on, where the list starts; an accepted
 * map covers the window, page by page and once.
 */
#include <stdlib.h>
#include <string.h>

#include "core/map.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
	const uint8_t *data;
	size_t size;
};

static const struct kj_ranges ram = { 2, { { 0x1000, 0x9f000 }, { 0x100000, 0x1000000 } } };
static const struct kj_ranges window = { 2, { { 0x1000, 0x5000 }, { 0x200000, 0x204000 } } };

static void check(int good)
{
	if (!good)
		abort();
}

static int read_input(void *ctx, uint64_t pa, void *buf, size_t len)
{
	const struct input *in = ctx;

	check(kj_ranges_contain(&ram, pa, len) && !kj_ranges_overlap(&window, pa, len));
	memset(buf, 0, len);
	if (pa >= 0x800000 && pa - 0x800000 < in->size) {
		size_t off = pa - 0x800000, n = in->size - off;

		memcpy(buf, in->data + off, n < len ? n : len);
	}
	return pa == 0x900000;
}

static void check_page(const struct kj_map *m, uint64_t pa)
{
	const struct kj_map_run *r = kj_map_by_dst(m, pa);
	uint64_t src;

	check(r && pa >= r->dst && pa < r->dst + r->n * 4096ull);
	src = r->src + (pa - r->dst);
	check(kj_ranges_contain(&ram, src, 4096) && (src == pa || !kj_ranges_overlap(&window, src, 4096)));
	check(kj_map_by_src(m, src) == r && kj_map_next_src(m, src) == r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	struct kj_map_run run[8];
	struct kj_map_page p;
	struct kj_map m;
	uint8_t page[4096] = { 0 };
	uint32_t pos = 0, n = 0;
	size_t needed = 0;
	enum kj_err e;

	memcpy(page, data, size < sizeof(page) ? size : sizeof(page));
	while (!kj_map_page_next(page, 0x500000, &ram, &window, &pos, &p)) {
		check(n++ < 512 && p.table != p.swap && !(p.table & 4095) && (p.head & 4095) == 2 && p.cr4 & 0x20);
		check(kj_ranges_contain(&ram, p.table, 4096) && kj_ranges_contain(&ram, p.swap, 4096));
	}
	e = kj_map_list(data, size, &window, &ram, run, 8, &m, &needed);
	check(e != KJ_ENOSPC);
	if (e)
		e = kj_map_build(0x800000 | 2, &window, &ram, read_input, &in, run, 8, &m, &needed);
	check(e != KJ_ENOSPC);
	if (e)
		return 0;
	check(m.n <= needed && m.npages == 8);
	for (uint64_t i = 0; i < 4; i++) {
		check_page(&m, 0x1000 + i * 4096);
		check_page(&m, 0x200000 + i * 4096);
	}
	return 0;
}
