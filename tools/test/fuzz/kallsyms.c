// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fuzz target: tables of symbols of any content. An address found lies in the image.
 *
 * Input: VMCOREINFO is fixed; the bytes are the memory from 4 KiB on, again and again. The tables
 * stand at 0 (count), 8 (base), 16 (tokens' index), 528 (tokens), 2576 (offsets), 2832 (names).
 */
#include <stdlib.h>
#include <string.h>

#include "core/kallsyms.h"
#include "core/vmcoreinfo.h"

#define IMAGE 0xffffffff81000000ull
#define TABLES 0x40000000ull /* physical; above are page tables, below the bytes */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct bytes {
	const uint8_t *p;
	size_t len;
};

static int read_bytes(void *ctx, uint64_t pa, void *buf, size_t len)
{
	const struct bytes *b = ctx;
	uint8_t *to = buf;

	if (pa >= TABLES) { /* one page of tables for all levels: 1 GiB pages at level 2 */
		for (size_t i = 0; i < len / 8; i++) {
			uint64_t e = pa == TABLES ? TABLES + 4096 + 0x63 : 0xe3;
			memcpy(to + 8 * i, &e, 8);
		}
		return 0;
	}
	if (!b->len)
		return -1;
	for (size_t i = 0; i < len; i++)
		to[i] = b->p[(pa + i) % 0x1000000 % b->len];
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char text[] = "SYMBOL(kallsyms_num_syms)=ffffffff81000000\n"
				   "SYMBOL(kallsyms_relative_base)=ffffffff81000008\n"
				   "SYMBOL(kallsyms_token_index)=ffffffff81000010\n"
				   "SYMBOL(kallsyms_token_table)=ffffffff81000210\n"
				   "SYMBOL(kallsyms_offsets)=ffffffff81000a10\n"
				   "SYMBOL(kallsyms_names)=ffffffff81000b10\n"
				   "SYMBOL(_stext)=ffffffff81000000\n";
	static const char *const want[] = { "a", "__start_BTF" };
	static struct kj_kallsyms ks;
	static struct kj_pgtable pt;
	struct bytes bytes = { data, size };
	struct kj_vmcoreinfo vi;
	uint64_t va[2], pa;

	kj_vmcoreinfo_init(text, sizeof(text) - 1, &vi);
	if (kj_pgtable_init_at(TABLES, 4, read_bytes, &bytes, &pt))
		abort();
	if (kj_kallsyms_init(&vi, &pt, &ks))
		return 0;
	ks.nsyms %= 4096; /* what repeats finds nothing new */
	if (kj_kallsyms_find(&ks, want, 2, va))
		return 0;
	for (unsigned int i = 0; i < 2; i++)
		if (va[i] && kj_pgtable_image_pa(&pt, va[i], &pa))
			abort();
	return 0;
}
