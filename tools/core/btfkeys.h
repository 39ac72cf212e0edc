/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the rules of page classes need, out of a kernel's BTF, as the lines that VMCOREINFO would
 * have for it; must never say anything of which BTF does not hold the name.
 *
 * Source: include/linux/{mm_types,page-flags,mmzone}.h, 6.1 to 7.1.  Constants that are macros up
 * to 6.10 (page types) cannot be there.
 */
#ifndef KJ_CORE_BTFKEYS_H
#define KJ_CORE_BTFKEYS_H

#include <stddef.h>

#include "btf.h"
#include "err.h"

struct kj_vmcoreinfo;

#define KJ_BTFKEYS_MAX 2048u /* bytes of text, always enough */

/*
 * Write `KEY=value` lines to @buf, *ret_len bytes, no zero behind: OFFSET(page.flags),
 * NUMBER(PG_lru), NUMBER(PAGE_SLAB_MAPCOUNT_VALUE) and so on, as kernel/vmcore_info.c spells them.
 * KJ_OK, KJ_ENOTFOUND (no struct page in it), or what kj_btf_resolve() says.
 */
enum kj_err kj_btfkeys_write(struct kj_btf *b, char buf[KJ_BTFKEYS_MAX], size_t *ret_len);

/*
 * The same for whoever has another source of the answers (DWARF, which describes types as BTF does): questions, how
 * many is returned; and the lines for their answers, of which only ->found and ->value are looked at.
 */
uint32_t kj_btfkeys_ask(struct kj_btf_want w[KJ_BTF_WANT]);
enum kj_err kj_btfkeys_say(const struct kj_btf_want w[KJ_BTF_WANT], char buf[KJ_BTFKEYS_MAX],
			   size_t *ret_len);

/*
 * Do both speak of one kernel?  KJ_OK if every number that both have is the same and there is at
 * least one (*ret_both says how many); KJ_EMISMATCH otherwise: then neither explains the other.
 */
enum kj_err kj_btfkeys_agree(const struct kj_vmcoreinfo *vi, const struct kj_vmcoreinfo *other,
			     uint32_t *ret_both);

#endif
