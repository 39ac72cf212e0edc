/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ELF header, program headers and notes of a dump, and where each page goes in it; must never
 * change a byte of the notes.
 *
 *   0         ELF header, program headers (PT_NOTE, kernel text, runs of memory ascending)
 *   aligned 4 the source's notes
 *   head_len  runs one behind the other, each a multiple of 4096
 */
#ifndef KJ_CMD_ELF_HEAD_H
#define KJ_CMD_ELF_HEAD_H

#include <stddef.h>
#include <stdint.h>

#include "cmd/lib/amem.h"

#define KJ_ELF_RUNS 256u	/* at least one for each RAM range */
#define KJ_ELF_GAP (1u << 20)	/* bytes left out that are worth a run more, as long as there are few */

/* What is in the dump: RAM ranges, or what a filter left of them. */
struct kj_elf_runs {
	uint32_t n;
	struct kj_range run[KJ_ELF_RUNS]; /* ascending, disjoint, each within one RAM range */
	uint32_t in[KJ_ELF_RUNS];         /* number of that RAM range */
	uint64_t gap;                     /* shorter ones are not seen; 0: KJ_ELF_GAP */
};

/* Append page @pa of RAM range @in, ascending; gaps are closed where there are too many runs. */
void kj_elf_runs_add(struct kj_elf_runs *r, uint64_t pa, uint32_t in);
/* All of @ram. */
void kj_elf_runs_all(struct kj_elf_runs *r, const struct kj_ranges *ram);

struct kj_elf_plan {
	uint8_t *head;   /* owned, page aligned */
	size_t head_len; /* a multiple of 4096 */
	uint64_t total;  /* bytes of the whole file */
	const struct kj_elf_runs *runs;
	uint64_t off[KJ_ELF_RUNS]; /* of each run in the file */
};

/* 0 or -ENOMEM, -EOVERFLOW. @runs must outlive the plan. */
int kj_elf_plan_make(struct kj_elf_plan *p, struct kj_amem *m, const struct kj_elf_runs *runs);
void kj_elf_plan_free(struct kj_elf_plan *p);

/* Set or clear bit 0 of e_flags, which readers of cores take for "incomplete". */
void kj_elf_plan_mark(struct kj_elf_plan *p, int incomplete);

/* 1: page @pa stands at *off in the file, and so on to address *end; 0: it is not there. */
int kj_elf_plan_place(const struct kj_elf_plan *p, uint64_t pa, uint64_t *off, uint64_t *end);

/* Read the head back from @fd. 0; -EIO: it differs; -errno. */
int kj_elf_plan_verify(const struct kj_elf_plan *p, int fd);

#endif
