// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Compares what the kernel has made of A's ELF core header with that header; must never take one that it cannot read for the
 * same.
 */
#include <errno.h>

#include "cmd/lib/core_now.h"
#include "sys/compat.h"
#include "sys/devmem.h"
#include "sys/io.h"

#define ROOM 61440u	/* whole pages; A's kernel writes no more than 1024 ranges and a few notes */
#define LOADS (ROOM / KJ_ELF_PHDR)

static int parse(const uint8_t *p, struct kj_elf *ret)
{
	static struct kj_elf_load loads[LOADS];
	struct kj_elf_head head;

	if (kj_elf_head(p, KJ_ELF_EHDR, &head) || head.xnum || head.phoff > ROOM)
		return -EIO;
	return kj_elf_parse(&head, p + head.phoff, ROOM - head.phoff, 0, loads, LOADS, ret) ? -EIO : 0;
}

int kj_core_is_current(const struct kj_amem *m)
{
	const struct kj_facts *f = &m->facts;
	static struct kj_elf e;
	uint8_t *p;
	int fd, ret;

	if (f->notes_pa < f->core_pa || f->notes_pa - f->core_pa < ROOM)
		return -EIO;
	fd = kj_devmem_open(KJ_DEVMEM_PATH, 0);
	if (fd < 0)
		return -EIO;
	ret = kj_devmem_map_at(fd, f->core_pa, ROOM, 0, &p);
	kj_close(fd);
	if (ret)
		return -EIO;
	ret = parse(p, &e);
	kj_munmap(p, ROOM);
	return ret ? ret : kj_elf_same(&e, &m->elf);
}
