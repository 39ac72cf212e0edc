// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fuzz target: any text either is refused with a line and a reason, or comes back the same
 * from the canonical form.
 */
#include <stdlib.h>
#include <string.h>

#include "core/conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int good)
{
	if (!good)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char buf[KJ_CONF_EMIT_MAX];
	struct kj_conf a, b;
	struct kj_conf_error err;
	size_t len;

	if (kj_conf_parse((const char *)data, size, &a, &err)) {
		check(err.what && err.line && memchr(err.token, 0, sizeof(err.token)));
		return 0;
	}
	check(kj_conf_emit(&a, KJ_CONF_FILE, buf, sizeof(buf), &len) == KJ_OK);
	check(kj_conf_parse(buf, len, &b, &err) == KJ_OK);
	check(!memcmp(&a, &b, sizeof(a)));
	check(kj_conf_emit(&a, KJ_CONF_SHELL, buf, sizeof(buf), &len) == KJ_OK);

	/* every line of the shell form has exactly two single quotes, around the value */
	unsigned int quotes = 0;

	for (size_t i = 0; i < len; i++) {
		quotes += buf[i] == '\'';
		if (buf[i] == '\n')
			check(quotes == 2 && buf[i - 1] == '\''), quotes = 0;
	}
	return 0;
}
