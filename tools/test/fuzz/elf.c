// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fuzz target: a core file; whatever is accepted lies within it, and lookups agree with the table.
 */
#include <stdlib.h>

#include "core/elf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int good)
{
	if (!good)
		abort();
}

static void check_load(const struct kj_elf *e, const struct kj_elf_load *l, uint64_t size)
{
	uint64_t off, run;

	check(l->filesz && l->filesz <= l->memsz && l->off <= size && l->filesz <= size - l->off);
	check(!kj_elf_find(e, l->paddr, &off, &run) && off == l->off && run == l->filesz);
	check(!kj_elf_find(e, l->paddr + l->filesz - 1, &off, &run) && off == l->off + l->filesz - 1 && run == 1);
	check(kj_elf_load_of(e, l->paddr) == l);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct kj_elf e;
	struct kj_elf_head h;

	if (kj_elf_head(data, size, &h))
		return 0;
	if (h.xnum && (h.shoff > size || kj_elf_xnum(&h, data + h.shoff, size - h.shoff)))
		return 0;
	if (h.phoff > size || kj_elf_parse(&h, data + h.phoff, size - h.phoff, size, &e))
		return 0;
	check(e.nload <= KJ_ELF_LOAD_MAX && e.nnote <= KJ_ELF_NOTE_MAX && e.nload + e.nnote);
	for (uint32_t i = 0; i < e.nload; i++) {
		check_load(&e, &e.load[i], size);
		check(!i || e.load[i].paddr - e.load[i - 1].paddr >= e.load[i - 1].filesz);
	}
	for (uint32_t i = 0; i < e.nnote; i++)
		check(e.note[i].size && e.note[i].off <= size && e.note[i].size <= size - e.note[i].off);
	return 0;
}
