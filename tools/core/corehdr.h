/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makes the ELF core header that kernel B finds through elfcorehdr=: its /proc/vmcore comes from this; must never offer
 * a page that belongs to B.
 *
 * Source: linux 6.12 fs/proc/vmcore.c (parse_crash_elf64_headers): p_offset is a physical address, in PT_NOTE and in
 * PT_LOAD alike.
 */
#ifndef KJ_CORE_COREHDR_H
#define KJ_CORE_COREHDR_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/note.h"

#define KJ_COREHDR_NOTES 1024u	/* PT_NOTEs: one for each CPU in crash mode, and two more */

/* Bytes of notes somewhere in memory; need not be aligned. */
struct kj_core_note {
	uint64_t pa;
	uint64_t size;
};

/* @a less @b; @ret may be neither of them.  Both as in struct kj_ranges.  KJ_OK or KJ_ELIMIT. */
enum kj_err kj_ranges_minus(const struct kj_ranges *a, const struct kj_ranges *b, struct kj_ranges *ret);

/* Add a range that may touch or overlap those of @r, anywhere.  KJ_OK; KJ_ERANGE: empty; KJ_ELIMIT: full, *r is then as
 * it was. */
enum kj_err kj_ranges_add(struct kj_ranges *r, uint64_t start, uint64_t end);

/* Bytes of a header with so many PT_NOTEs and PT_LOADs. */
size_t kj_corehdr_size(uint32_t nnotes, uint32_t nloads);

/*
 * Write the header to @buf (@cap bytes).  @load: memory to offer.  @page_offset: start of A's direct map, 0 if unknown
 * (then p_vaddr is 0).  *used is kj_corehdr_size().  KJ_OK; KJ_ENOSPC; KJ_ELIMIT: too many notes.
 */
enum kj_err kj_corehdr_emit(const struct kj_core_note *note, uint32_t nnotes, const struct kj_ranges *load,
			    uint64_t page_offset, uint8_t *buf, size_t cap, size_t *used);

#endif
