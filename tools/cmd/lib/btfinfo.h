/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What A's BTF adds to its VMCOREINFO, found through A's own table of symbols; must never add
 * anything when the two do not speak of one kernel.
 */
#ifndef KJ_CMD_BTFINFO_H
#define KJ_CMD_BTFINFO_H

#include <stddef.h>

#include "core/btfkeys.h"
#include "core/pgtable.h"
#include "cmd/lib/amem.h"

/*
 * Lines for @text (not terminated, *len bytes) from A's BTF; @pt is for A.  0; -ENODATA (no table
 * of symbols, or no BTF in the kernel), -EBADMSG (there is one, but it is not understood, or
 * contradicts VMCOREINFO), -ENOMEM.  *why is a constant that says which.
 */
int kj_btfinfo(struct kj_amem *m, struct kj_pgtable *pt, char text[KJ_BTFKEYS_MAX], size_t *len,
	       const char **why);

#endif
