// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fuzz target: what kj_bzimage_parse() accepts can be planned, and gives boot_params, without leaving the file.
 */
#include <stdlib.h>

#include "core/bootparams.h"
#include "core/loadplan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int good)
{
	if (!good)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct kj_e820 map = { 1, { { 0x1000, 0x9f000, 1 } } };
	static const struct kj_ranges own = { 1, { { 0x10000000, 0x18000000 } } };
	static uint8_t bp[KJ_BOOTPARAMS_SIZE];
	struct kj_load_plan plan;
	struct kj_bzimage bz;

	if (kj_bzimage_parse(data, size, &bz))
		return 0;
	check(bz.code_off < size && bz.code_len <= size - bz.code_off && bz.init_size >= bz.code_len);

	const struct kj_bootparams in = { .image = data, .bz = &bz, .map = &map, .cmdline_len = 200 };
	const struct kj_load_ask ask = { .window = own.r[0], .own = &own, .kernel_len = bz.code_len,
					 .init_size = bz.init_size, .align = bz.align,
					 .pref_address = bz.pref_address, .cmdline_len = 4096, .purgatory_len = 6000,
					 .initrd_len = 100000, .header_len = 300, .notes_len = 4000,
					 .limit = UINT64_MAX };

	check(kj_bootparams_emit(&in, bp) == KJ_OK);
	if (kj_load_plan(&ask, &plan))
		return 0;
	check(plan.kernel >= own.r[0].start && plan.kernel + bz.init_size <= plan.boot_params);
	check(plan.pages == (own.r[0].end - own.r[0].start) / KJ_PAGE);
	return 0;
}
