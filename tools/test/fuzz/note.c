// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fuzz target: a note area; whatever is accepted keeps the promises of core/note.h.
 */
#include <stdlib.h>

#include "core/note.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int good)
{
	if (!good)
		abort();
}

static void check_ranges(const struct kj_ranges *r, uint32_t max)
{
	check(r->n <= max);
	for (uint32_t i = 0; i < r->n; i++) {
		check(r->r[i].start < r->r[i].end && !((r->r[i].start | r->r[i].end) & 4095));
		check(!i || r->r[i - 1].end < r->r[i].start);
		check(kj_ranges_contain(r, r->r[i].start, r->r[i].end - r->r[i].start));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct kj_facts f, again;
	static uint8_t buf[4096];
	size_t used = 0;

	check(kj_note_whole(data, size) <= size);
	if (kj_note_parse(data, size, &f)) {
		/* what is whole is not truncated any more */
		check(kj_note_parse(data, kj_note_whole(data, size), &f) != KJ_ETRUNC);
		return 0;
	}
	check(kj_note_whole(data, size) == size);
	check_ranges(&f.window, KJ_WIN_MAX);
	check_ranges(&f.ram, KJ_RAM_MAX);
	check(f.vmcoreinfo_off <= size && f.vmcoreinfo_len <= size - f.vmcoreinfo_off);
	check(!(f.have & KJ_HAVE(KJ_NT_PAGES)) || (f.pages_off >= 20 && f.pages_len >= 16 && f.pages_off <= size &&
						   f.pages_len <= size - f.pages_off));
	check(!f.job_pa || !kj_ranges_overlap(&f.window, f.job_pa, 4096));
	/* what was read can be written and read again */
	if (!(f.have & KJ_HAVE(KJ_NT_RAM)))
		return 0;
	check(!kj_note_append_ranges(buf, sizeof(buf), &used, KJ_NT_RAM, &f.ram));
	check(!kj_note_parse(buf, used, &again));
	check(again.ram.n == f.ram.n && again.ram.r[f.ram.n - 1].end == f.ram.r[f.ram.n - 1].end);
	return 0;
}
