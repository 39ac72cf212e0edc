/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Look up keys in the text of a VMCOREINFO note; must never guess a value that is not there.
 *
 * Source: linux Documentation/admin-guide/kdump/vmcoreinfo.rst, kernel/vmcore_info.c, arch/x86/kernel/vmcore_info_64.c.
 * The text is lines `KEY=value\n`, not zero terminated.  A key is given as it stands there: "OSRELEASE",
 * "SYMBOL(init_top_pgt)", "OFFSET(page.flags)".  If it stands there more than once, the first counts.
 */
#ifndef KJ_CORE_VMCOREINFO_H
#define KJ_CORE_VMCOREINFO_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"

struct kj_vmcoreinfo {
	const char *text;	/* the caller's; NULL: there is none, every key is KJ_ENOTFOUND */
	size_t len;
	const struct kj_vmcoreinfo *next; /* asked for what is not here (BTF, a profile); NULL: nobody */
};

/* @text must live as long as *ret.  Ends at the first zero byte, for a note may be padded.  ->next is NULL.  Cannot
 * fail. */
void kj_vmcoreinfo_init(const char *text, size_t len, struct kj_vmcoreinfo *ret);

/* *val points into the text, *len bytes, no zero behind.  KJ_OK, KJ_ENOTFOUND. */
enum kj_err kj_vmcoreinfo_str(const struct kj_vmcoreinfo *vi, const char *key, const char **val, size_t *len);

/*
 * NUMBER(), OFFSET(), SIZE(), LENGTH(), CRASHTIME, PAGESIZE: decimal, maybe negative, or 0x and hexadecimal.  A value
 * of 2^63 and more (hexadecimal, or unsigned decimal) comes as the same 64 bits.  KJ_OK, KJ_ENOTFOUND, KJ_EFORMAT (no
 * number, or something behind it), KJ_ERANGE (more than 64 bits).
 */
enum kj_err kj_vmcoreinfo_num(const struct kj_vmcoreinfo *vi, const char *key, int64_t *ret);

/* SYMBOL(), KERNELOFFSET: hexadecimal without 0x (with 0x is taken too).  Errors as above. */
enum kj_err kj_vmcoreinfo_hex(const struct kj_vmcoreinfo *vi, const char *key, uint64_t *ret);

#endif
