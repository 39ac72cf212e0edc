// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads /proc/meminfo. It must never fail for a file that is not there.
 */
#include "cmd/lib/meminfo.h"

#include <stdio.h>
#include <string.h>

#include "core/parse.h"
#include "sys/io.h"

uint64_t kj_meminfo_find(const char *text, const char *key)
{
	const char *p = strstr(text, key);
	uint64_t kib;

	if (!p)
		return 0;
	p += strlen(key);
	p += strspn(p, " ");
	return kj_parse_u64_in(p, strcspn(p, " \n"), 0, 1ull << 40, &kib) ? 0 : kib << 10;
}

uint64_t kj_meminfo_available(const char *root)
{
	char path[512], text[8192];
	size_t len;

	if ((size_t)snprintf(path, sizeof(path), "%s/proc/meminfo", root) >= sizeof(path) ||
	    kj_slurp(path, text, sizeof(text), &len))
		return 0;
	return kj_meminfo_find(text, "MemAvailable:");
}
