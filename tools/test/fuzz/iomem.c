// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fuzz target: whatever /proc/iomem says, ranges are whole pages in order, and a window is RAM clear of A's kernel.
 */
#include <stdlib.h>

#include "core/iomem.h"
#include "core/loadplan.h"
#include "core/parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int good)
{
	if (!good)
		abort();
}

static void check_ranges(const struct kj_ranges *r)
{
	check(r->n <= KJ_RAM_MAX);
	for (uint32_t i = 0; i < r->n; i++) {
		check(r->r[i].start < r->r[i].end && !(r->r[i].start % KJ_PAGE) && !(r->r[i].end % KJ_PAGE));
		check(!i || r->r[i].start > r->r[i - 1].end);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct kj_iomem io;
	static struct kj_e820 map;
	struct kj_window_ask ask = { .start = KJ_ANYWHERE, .least = 96u << 20, .limit = 1ull << 40 };
	struct kj_range taken = { 0, 0 };
	struct kj_ranges own;
	struct kj_window w;

	if (kj_iomem_parse((const char *)data, size, &io))
		return 0;
	check_ranges(&io.ram);
	check_ranges(&io.crash);
	check_ranges(&io.kernel);
	check(io.ram.n && io.map.n <= KJ_E820_MAX);
	(void)kj_window_low(&io, &own);
	if (kj_window_choose(&io, &ask, &w))
		return 0;
	check(w.r.end > w.r.start && w.r.end - w.r.start >= ask.least && w.r.end <= 1ull << 32);
	check(w.reserved || (kj_ranges_contain(&io.ram, w.r.start, w.r.end - w.r.start) &&
			     !kj_ranges_overlap(&io.kernel, w.r.start, w.r.end - w.r.start)));
	own = (struct kj_ranges){ 1, { w.r } };
	(void)kj_e820_confine(&io.map, &io.ram, &own, &taken, &map);
	return 0;
}
