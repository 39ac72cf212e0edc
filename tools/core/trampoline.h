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

#endif
