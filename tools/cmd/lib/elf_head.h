/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ELF header, program headers and notes of a dump, and where each page goes in it; must never
 * change a byte of the notes.
 *
 *   0         ELF header, program headers (PT_NOTE, kernel text, RAM ranges ascending)
 *   aligned 4 the source's notes
 *   head_len  RAM ranges one behind the other, each a multiple of 4096
 */
#ifndef KJ_CMD_ELF_HEAD_H
#define KJ_CMD_ELF_HEAD_H

#include <stddef.h>
#include <stdint.h>

#include "cmd/lib/amem.h"

struct kj_elf_plan {
	uint8_t *head;   /* owned, page aligned */
	size_t head_len; /* a multiple of 4096 */
	uint64_t total;  /* bytes of the whole file */
	const struct kj_ranges *ram;
	uint64_t off[KJ_RAM_MAX]; /* of each RAM range in the file */
};

/* 0 or -ENOMEM, -EOVERFLOW. @m must outlive the plan. */
int kj_elf_plan_make(struct kj_elf_plan *p, const struct kj_amem *m);
void kj_elf_plan_free(struct kj_elf_plan *p);

/* Set or clear bit 0 of e_flags, which readers of cores take for "incomplete". */
void kj_elf_plan_mark(struct kj_elf_plan *p, int incomplete);

/* 1: page @pa stands at *off in the file, and so on to address *end; 0: it is no RAM. */
int kj_elf_plan_place(const struct kj_elf_plan *p, uint64_t pa, uint64_t *off, uint64_t *end);

/* Read the head back from @fd. 0; -EIO: it differs; -errno. */
int kj_elf_plan_verify(const struct kj_elf_plan *p, int fd);

#endif
