// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fuzz target: /proc/swaps; what is handed out is a path that ends, and numbers that fit.
 */
#include <stdlib.h>
#include <string.h>

#include "core/swaps.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kj_swaps s;
	size_t pos = 0, before = 0;
	enum kj_err e;

	do {
		e = kj_swaps_next((const char *)data, size, &pos, &s);
		if (pos > size || pos < before || (!e && pos == before))
			abort();
		before = pos;
		if (!e && (!s.path[0] || !memchr(s.path, 0, sizeof(s.path)) || s.used > s.size))
			abort();
	} while (e != KJ_ENOTFOUND);
	return 0;
}
