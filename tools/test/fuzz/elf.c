// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fuzz target: a core file; whatever is accepted lies within it, and lookups agree with the table.
 */
#include <stdlib.h>
#include <string.h>

#include "core/elf.h"

#define ROOM 1024u	/* few enough to be too few */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int good)
{
	if (!good)
		abort();
}

static void check_load(const struct kj_elf *e, const struct kj_elf_load *l, uint64_t size)
{
	uint64_t off, run;

	check(l->filesz && l->off <= size && l->filesz <= size - l->off);
	check(!kj_elf_find(e, l->paddr, &off, &run) && off == l->off && run == l->filesz);
	check(!kj_elf_find(e, l->paddr + l->filesz - 1, &off, &run) && off == l->off + l->filesz - 1 && run == 1);
}

/* From the end of load @i on there is nothing up to the next one. */
static void check_behind(const struct kj_elf *e, uint32_t i)
{
	const uint64_t end = e->load[i].paddr + e->load[i].filesz;
	uint64_t off, run;

	if (i + 1 < e->nload && e->load[i + 1].paddr == end)
		return;
	check(kj_elf_find(e, end, &off, &run) == KJ_ENOTFOUND && run);
	check(i + 1 == e->nload || end + run == e->load[i + 1].paddr);
}

static enum kj_err one_by_one(const struct kj_elf_head *h, const uint8_t *phdrs, size_t size, struct kj_elf_load *loads)
{
	static struct kj_elf e;
	enum kj_err err = kj_elf_begin(h, size, loads, ROOM, &e);

	for (uint32_t i = 0; !err && i < h->phnum; i++)
		err = kj_elf_add(&e, phdrs + (size_t)i * KJ_ELF_PHDR, 1);
	return err ? err : kj_elf_end(&e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct kj_elf_load loads[ROOM], same[ROOM];
	static struct kj_elf e;
	struct kj_elf_head h;
	enum kj_err err;

	if (kj_elf_head(data, size, &h))
		return 0;
	if (h.xnum && (h.shoff > size || kj_elf_xnum(&h, data + h.shoff, size - h.shoff)))
		return 0;
	if (h.phoff > size)
		return 0;
	err = kj_elf_parse(&h, data + h.phoff, size - h.phoff, size, loads, ROOM, &e);
	/* headers that are not there cannot be added one by one */
	if (err != KJ_ETRUNC || kj_elf_phdrs_size(&h) <= size - h.phoff)
		check(err == one_by_one(&h, data + h.phoff, size, same));
	if (err)
		return 0;
	check(e.nload <= h.phnum && e.nnote <= KJ_ELF_NOTE_MAX && e.nload + e.nnote);
	check(!memcmp(loads, same, e.nload * sizeof(*loads)));
	check(!e.ntext == !e.text.filesz && e.text.filesz <= e.text.memsz && e.text.memsz <= KJ_ELF_PA_LIMIT);
	for (uint32_t i = 0; i < e.nload; i++) {
		check_load(&e, &e.load[i], size);
		check(!i || e.load[i].paddr - e.load[i - 1].paddr >= e.load[i - 1].filesz);
		check_behind(&e, i);
	}
	for (uint32_t i = 0; i < e.nnote; i++)
		check(e.note[i].size && e.note[i].off <= size && e.note[i].size <= size - e.note[i].off);
	return 0;
}
