/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Does this kernel rely on what its free pages hold?  Must never say no because it could not look.
 */
#ifndef KJ_CMD_FRONT_FREE_H
#define KJ_CMD_FRONT_FREE_H

#include <stdint.h>

/*
 * With init_on_free a page is cleared when it is freed and handed out as it is, even where zeros were asked for
 * (linux 6.12 mm/page_alloc.c: post_alloc_hook); with page_poison it is filled with 0xaa then and looked at when it is
 * handed out.  An image has no free pages: after a resume they would hold whatever C left there.
 * KJ_JOB_FREE_ZERO, KJ_JOB_FREE_POISON, or 0: neither.  Read from the kernel's static keys by /proc/kallsyms and
 * /proc/kcore below @root ("" but in tests); if a symbol cannot be had, what /proc/cmdline says.
 */
uint32_t kj_front_free_flags(const char *root);

#endif
