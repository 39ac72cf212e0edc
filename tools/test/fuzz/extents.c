// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fuzz target: blocks of an extent list, sealed here, for no fuzzer finds a checksum; an accepted list keeps the promises of
 * core/extents.h. The first bytes are the head of a block; what follows fills extents of a first and a second block.
 */
#include <stdlib.h>
#include <string.h>

#include "core/extents.h"
#include "core/job.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MAX 600u

static void check(int good)
{
	if (!good)
		abort();
}

static void check_list(struct kj_extents *x)
{
	static struct kj_extent scratch[MAX];
	static uint8_t used[1 << 16];
	uint64_t size = 0;

	if (kj_extents_check(x, scratch))
		return;
	memset(used, 0, sizeof(used));
	for (uint32_t i = 0; i < x->n; i++) {
		const uint64_t off = x->e[i].off, len = x->e[i].len;

		check(len && off < x->dev_size && len <= x->dev_size - off && !(off % KJ_BLOCK) && !(len % KJ_BLOCK));
		size += len;
		/* no block twice, as far as the table goes */
		for (uint64_t b = off / KJ_BLOCK; b < (off + len) / KJ_BLOCK && b < sizeof(used); b++)
			check(!used[b]++);
	}
	check(size == x->size);
	if (x->kind == KJ_EXTENTS_SWAP && x->swap / KJ_BLOCK < sizeof(used))
		check(!used[x->swap / KJ_BLOCK]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct kj_extent e[MAX];
	static struct kj_le_extents b[2];
	struct kj_extents x = { .e = e, .max = MAX };
	uint64_t next = 0, list;
	uint8_t page[4096];

	memset(b, 0, sizeof(b));
	memcpy(b, data, size < sizeof(b) ? size : sizeof(b));
	(void)kj_extents_get(&x, &b[0], &next);
	x.n = 0;
	for (unsigned int i = 0; i < 2; i++) {
		kj_block_seal(&b[i], KJ_EXTENTS_MAGIC);
		if (kj_extents_get(&x, &b[i], &next))
			break;
		check(x.n <= x.total && x.total <= MAX && (next != 0) == (x.n < x.total));
		check(!next || next <= x.dev_size - KJ_BLOCK);
		if (!next)
			check_list(&x);
	}
	memset(page, 0, sizeof(page));
	memcpy(page, data, size < sizeof(page) ? size : sizeof(page));
	if (!kj_swap_marked(page, &list)) {
		check(list && !(list % KJ_BLOCK));
		kj_swap_unmark(page);
		check(!memcmp(page + 4086, KJ_SWAP_SIG, 10));
	}
	return 0;
}
