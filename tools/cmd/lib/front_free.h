/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Does this kernel rely on what its free pages hold?  Must never say no because it could not look.
 */
#ifndef KJ_CMD_FRONT_FREE_H
#define KJ_CMD_FRONT_FREE_H

/*
 * With init_on_free a page is cleared when it is freed and handed out as it is, even where zeros were asked for
 * (linux 6.12 mm/page_alloc.c: post_alloc_hook).  An image has no free pages: after a resume they hold whatever C left
 * there.  1: so it is; 0: it is not.  Read from the kernel's static key by /proc/kallsyms and /proc/kcore below @root
 * ("" but in tests); if the symbol cannot be had, what /proc/cmdline says.
 */
int kj_front_clears_free(const char *root);

#endif
