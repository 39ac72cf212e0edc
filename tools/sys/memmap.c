// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads /sys/firmware/memmap; must never change the order of its entries, over which digests are made.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "sys/io.h"
#include "sys/memmap.h"

static int field(const char *root, size_t i, const char *name, char *ret, size_t cap)
{
	char path[512];
	size_t len;
	int err;

	if ((size_t)snprintf(path, sizeof(path), "%s/sys/firmware/memmap/%zu/%s", root, i, name) >= sizeof(path))
		return -ENAMETOOLONG;
	err = kj_slurp(path, ret, cap, &len);
	if (!err)
		ret[strcspn(ret, "\n")] = '\0';
	return err;
}

int kj_memmap_read(const char *root, struct kj_memmap_text *ret, size_t max, size_t *n)
{
	struct kj_memmap_text t;
	size_t i;

	for (i = 0;; i++) {
		int err = field(root, i, "start", t.start, sizeof(t.start));

		if (err == -ENOENT && i)
			break;
		if (!err)
			err = field(root, i, "end", t.end, sizeof(t.end));
		if (!err)
			err = field(root, i, "type", t.type, sizeof(t.type));
		if (err)
			return err;
		if (i == max)
			return -E2BIG;
		ret[i] = t;
	}
	*n = i;
	return 0;
}
