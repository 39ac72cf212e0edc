/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sizes, offsets and constants out of DWARF, as core/btf.h has them out of BTF; must never guess: a name that stands there
 * twice with two meanings gives nothing.
 */
#ifndef KJ_HOST_DWARF_KEYS_H
#define KJ_HOST_DWARF_KEYS_H

#include <stdint.h>

#include "core/btf.h"

struct kj_dwarf_kernel {
	char release[65];  /* uname -r, from the text of linux_banner; "": not there */
	char build_id[65]; /* hexadecimal; "": not there */
};

/*
 * Answer @n questions out of the ELF file @fd: ->found and ->value are set. NULL, or why that cannot be, a constant: then
 * nothing in @w is to be believed.
 */
const char *kj_dwarf_answer(int fd, struct kj_btf_want *w, uint32_t n, struct kj_dwarf_kernel *ret);

#endif
