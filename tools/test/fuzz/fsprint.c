// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fuzz target: a device of 1 MiB that begins with the input. Nothing is read outside it, not more than a bounded amount
 * is read, and the same bytes give the same fingerprint. A line of mountinfo, too.
 */
#include <stdlib.h>
#include <string.h>

#include "core/fsprint.h"
#include "core/mountinfo.h"

#define SIZE (1u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct source {
	const uint8_t *data;
	size_t size;
	uint64_t bytes;
};

static int read_source(void *ctx, void *buf, size_t len, uint64_t off)
{
	struct source *s = ctx;
	size_t n;

	if (off > SIZE || len > SIZE - off)
		abort();
	s->bytes += len;
	/* superblock and log, or each cluster of a FAT once and the FAT for each of them */
	if (s->bytes > 64u * SIZE)
		abort();
	memset(buf, 0, len);
	n = off < s->size ? s->size - (size_t)off : 0;
	if (n)
		memcpy(buf, s->data + off, n < len ? n : len);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct kj_print_dev dev;
	struct source s = { data, size, 0 };
	struct kj_mount m;
	uint64_t one = 0, two = 0;
	size_t pos = 0, was;
	enum kj_err e;

	dev.read = read_source;
	dev.ctx = &s;
	dev.size = SIZE;
	e = kj_print_take(&dev, &one);
	s.bytes = 0;
	if (kj_print_take(&dev, &two) != e || one != two)
		abort();
	for (was = 0; kj_mountinfo_next((const char *)data, size, &pos, &m) != KJ_ENOTFOUND; was = pos)
		if (pos <= was || pos > size || !memchr(m.point, 0, sizeof(m.point)) ||
		    !memchr(m.source, 0, sizeof(m.source)))
			abort();
	return 0;
}
