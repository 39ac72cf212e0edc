// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fuzz target: number parsing against strtoull() where both speak the same language, and a
 * span that was taken never wraps.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *s = (const char *)data;
	struct kj_span span;
	uint64_t n;
	int i;

	if (!kj_parse_u64(s, size, &n)) {
		char text[64];
		const char *p = s;
		size_t len = size;

		/* leading zeros are all that can make it long */
		while (len > 40 && *p == '0' && p[1] == '0')
			p++, len--;
		if (len < sizeof(text)) {
			snprintf(text, sizeof(text), "%.*s", (int)len, p);
			int hex = len > 1 && (text[1] == 'x' || text[1] == 'X');

			errno = 0;
			if (strtoull(text, NULL, hex ? 16 : 10) != n || errno)
				abort();
		}
	}
	if (!kj_parse_span(s, size, &span)) {
		if (!span.len || (span.start != KJ_ANYWHERE && span.len > UINT64_MAX - span.start))
			abort();
	}
	if (!kj_parse_int_in(s, size, -64, 9, &i) && (i < -64 || i > 9))
		abort();
	(void)kj_parse_size(s, size, &n);
	(void)kj_parse_seconds(s, size, &n);
	(void)kj_parse_hex(s, size, &n);
	return 0;
}
