// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fuzz target: whatever another tool's configuration says, what we make of it is a kjump.conf, and each note has a line
 * that exists and text that can be printed.
 */
#include <stdlib.h>
#include <string.h>

#include "core/import.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int good)
{
	if (!good)
		abort();
}

static void check_text(const char *s, size_t cap)
{
	check(memchr(s, 0, cap) != NULL);
	for (; *s; s++)
		check(*s >= ' ' && *s <= '~');
}

static void hear(void *arg, const struct kj_import_note *n)
{
	const unsigned int *lines = arg;

	check(n->what && n->what[0] && n->line <= *lines);
	check_text(n->name, sizeof(n->name));
	check_text(n->token, sizeof(n->token));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char buf[KJ_CONF_EMIT_MAX];
	struct kj_conf a, b;
	struct kj_conf_error err;
	unsigned int lines = 1;
	size_t len;

	for (size_t i = 0; i < size; i++)
		lines += data[i] == '\n';
	kj_conf_init(&a);
	kj_import((const char *)data, size, &a, hear, &lines);
	check(kj_conf_emit(&a, KJ_CONF_FILE, buf, sizeof(buf), &len) == KJ_OK);
	check(kj_conf_parse(buf, len, &b, &err) == KJ_OK);
	check(!memcmp(&a, &b, sizeof(a)));
	return 0;
}
