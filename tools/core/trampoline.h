/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The few instructions that lead from C's last step (core_restore_code, arch/x86/power) into A's
 * re-entry code; must never touch memory outside their own page.
 *
 * They lie in A's kexec swap page, which A itself overwrites only after the jump.
 */
#ifndef KJ_CORE_TRAMPOLINE_H
#define KJ_CORE_TRAMPOLINE_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

#define KJ_TRAMPOLINE_SIZE 48u /* bytes of code */

/*
 * Write the code for a swap page at physical @swap, a re-entry address @re and A's @cr4 to the
 * start of @page; the rest of it is zeroed.
 * KJ_OK; KJ_ERANGE: @swap is not page aligned, or @swap or @re is 0 or no physical address of
 * the lower half.
 */
enum kj_err kj_trampoline_build(uint64_t swap, uint64_t re, uint64_t cr4, uint8_t page[4096]);

/*
 * The same with memory to be filled first: A trusts what its free pages hold, and C has used some of them.
 * An entry is the address of a page and, in its low 12 bits, how many pages from there on are filled; with no pages it
 * is the address of the page in which the list goes on, 0: this was the last one.
 */
#define KJ_FILL_RUN 4095u	/* pages of one entry */
#define KJ_FILL_LIST 511u	/* entries of a list page, the 512th leads on */
#define KJ_FILL_TAIL 8u
#define KJ_TRAMPOLINE_TAIL 0x100u	/* offset of the tail in the page */

struct kj_fill {
	uint64_t pattern;	/* 8 bytes, over and over */
	uint64_t list;		/* physical address of the first list page; 0: none */
	uint64_t tail[KJ_FILL_TAIL];	/* entries for the list pages themselves, filled last */
	uint32_t ntail;
};

/* As above; KJ_ERANGE also for a list that is not page aligned or no address of the lower half, KJ_ELIMIT: a tail that
 * is too long. */
enum kj_err kj_trampoline_fill(uint64_t swap, uint64_t re, uint64_t cr4, const struct kj_fill *f, uint8_t page[4096]);

/*
 * Add another way in to such a page: for a plain kexec, which leaves nothing in %r9. It stands KJ_TRAMPOLINE_DOOR
 * behind the start of the page, loads @cr3, and goes on at the start. KJ_OK; KJ_ERANGE: @cr3 is 0, not page aligned, or
 * no address of the lower half.
 */
#define KJ_TRAMPOLINE_DOOR 0xf00u

enum kj_err kj_trampoline_door(uint64_t cr3, uint8_t page[4096]);

#endif
