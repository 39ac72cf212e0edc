// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fuzz target: device-mapper tables; a mapping that is handed out has no gaps, and each byte of it a place. The first byte is how
 * many targets the table is said to have.
 */
#include <stdlib.h>
#include <string.h>

#include "core/dmtable.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct kj_remap map, sum;
	char type[KJ_DM_TYPE];
	uint64_t end = 0, at, run;
	enum kj_err e;

	if (!size)
		return 0;
	e = kj_dm_table(data + 1, size - 1, data[0], &map, type);
	if (e == KJ_EUNSUPP && !memchr(type, 0, sizeof(type)))
		abort();
	if (e)
		return 0;
	if (map.n != data[0])
		abort();
	for (uint32_t i = 0; i < map.n; i++) {
		const struct kj_remap_piece *p = &map.p[i];

		if (p->from != end || !p->len || p->len > INT64_MAX - p->from || p->len > INT64_MAX - p->to)
			abort();
		end += p->len;
		if (kj_remap_find(&map, p->from, UINT64_MAX, &at, &run) || at != p->to || run != p->len)
			abort();
	}
	if (kj_remap_size(&map) != end || kj_remap_find(&map, end, 1, &at, &run) != KJ_ERANGE)
		abort();
	/* on top of itself, if it is that device */
	e = kj_remap_through(&map, map.p[0].major, map.p[0].minor, &map, &sum);
	if (!e && kj_remap_size(&sum) != end)
		abort();
	return 0;
}
