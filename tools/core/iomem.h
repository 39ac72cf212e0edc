/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What /proc/iomem says about memory; must never take the zeros that an unprivileged reader gets for addresses.
 *
 * Source: linux 6.12 kernel/resource.c (r_show), arch/x86/kernel/setup.c, kernel/crash_reserve.c.  Lines are
 * `START-END : NAME`, hexadecimal, END the last byte, two blanks of indent for each level.
 */
#ifndef KJ_CORE_IOMEM_H
#define KJ_CORE_IOMEM_H

#include <stddef.h>
#include <stdint.h>

#include "core/e820.h"
#include "core/err.h"
#include "core/note.h"

/* All ranges: whole pages, ascending, disjoint, not touching.  About 14 KiB. */
struct kj_iomem {
	struct kj_ranges ram;		/* "System RAM", and "System RAM (driver)" of memory plugged in later; lines that
				 * touch are one range, wherever in a page they do */
	struct kj_ranges crash;		/* "Crash kernel": the reservations */
	struct kj_ranges kernel;	/* "Kernel code", "rodata", "data", "bss", rounded outwards */
	struct kj_e820 map;		/* top level, for kernels without /sys/firmware/memmap: not page aligned */
};

/*
 * Parse @len bytes of text.  KJ_OK; KJ_EFORMAT: a line that is not as above, or that runs backwards;
 * KJ_ENOTFOUND: no System RAM; KJ_EUNSUPP: the addresses are hidden, the reader has no CAP_SYS_ADMIN;
 * KJ_EOVERLAP: RAM not in ascending order; KJ_ELIMIT: more ranges than we hold.  On error *ret is undefined.
 */
enum kj_err kj_iomem_parse(const char *text, size_t len, struct kj_iomem *ret);

#endif
