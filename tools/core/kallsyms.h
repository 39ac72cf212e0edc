/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Addresses of a kernel's symbols, from its own compressed table of names; must never hand out an
 * address that does not lie in the kernel's image, and never trust a length in the table.
 *
 * Source: kernel/kallsyms.c, scripts/kallsyms.c, kernel/vmcore_info.c, 6.1 to 7.1.  The table's
 * parts are named by VMCOREINFO since 6.0.  A name is a count of tokens (two bytes if the first has
 * its top bit set, 6.1), then that many tokens; the first character that they make is the type.
 *
 * How an offset becomes an address has changed twice and no key says how: relative to
 * kallsyms_relative_base with per-CPU symbols absolute (to 6.14), relative to it alone (6.15),
 * relative to the offset's own place (later).  SYMBOL(_stext) of VMCOREINFO tells which: the one
 * that gives that address is right for all, and if none does, nothing is found.
 */
#ifndef KJ_CORE_KALLSYMS_H
#define KJ_CORE_KALLSYMS_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "pgtable.h"

struct kj_vmcoreinfo;

#define KJ_KALLSYMS_WANT 7u      /* most symbols in one search */
#define KJ_KALLSYMS_NAME 64u     /* a wanted name is shorter */
#define KJ_KALLSYMS_MAX 4000000u /* symbols; distributions have 200,000 */

/* The caller owns it, no cleanup.  About 9 KiB. */
struct kj_kallsyms {
	struct kj_pgtable *pt; /* borrowed */
	uint64_t names, offsets, stext;
	uint64_t base; /* kallsyms_relative_base */
	uint32_t has_base, nsyms;
	uint16_t token[256]; /* where each begins in ->text */
	char text[4096];     /* tokens, each with a zero behind it */
	uint64_t window_va;  /* of ->window */
	size_t window_len;
	uint8_t window[4096];
};

/*
 * Read the tokens.  Keys: SYMBOL(kallsyms_names), _num_syms, _token_table, _token_index, _offsets,
 * SYMBOL(_stext); SYMBOL(kallsyms_relative_base) if there.  @pt must outlive @ret, which is
 * untouched only when a key is missing.
 * KJ_OK, KJ_ENOTFOUND (a key is missing), KJ_ELIMIT (more symbols than KJ_KALLSYMS_MAX), KJ_EFORMAT
 * (tokens that cannot be), or what kj_pgtable_read() says.
 */
enum kj_err kj_kallsyms_init(const struct kj_vmcoreinfo *vi, struct kj_pgtable *pt,
			     struct kj_kallsyms *ret);

/*
 * Look @n (at most KJ_KALLSYMS_WANT) names up in one pass; ret[i] is the address of name[i], 0
 * where there is none.  A name that stands there twice counts as not there. KJ_OK; KJ_ERANGE (@n, a
 * name too long, or an address outside the image), KJ_EFORMAT (a name without tokens or of a
 * three-byte length), KJ_EUNSUPP (no known rule gives _stext its address), or what
 * kj_pgtable_read() says; @ret is then untouched.
 */
enum kj_err kj_kallsyms_find(struct kj_kallsyms *ks, const char *const *name, uint32_t n,
			     uint64_t *ret);

#endif
