/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Is this the machine that the image was made on? Pure comparison of who A was with who we are;
 * must never say yes where a number is not known.
 */
#ifndef KJ_CORE_GUARD_H
#define KJ_CORE_GUARD_H

#include <stdint.h>

#include "core/note.h"

/* One bit each, so that every difference gets its own line. */
enum kj_guard {
	KJ_GUARD_VENDOR = 1,	/* another maker's CPU */
	KJ_GUARD_FEATURES = 2,	/* A had CPU features that are missing here */
	KJ_GUARD_LA57 = 4,	/* page tables of another depth */
	KJ_GUARD_E820 = 8,	/* another memory map */
	KJ_GUARD_PHYSPAGES = 16, /* another number of pages */
	KJ_GUARD_RAM = 32,	/* RAM of A's is no RAM here */
	/* not reasons to refuse, but worth a line */
	KJ_GUARD_MODEL = 64,	/* another model or stepping */
	KJ_GUARD_MICROCODE = 128, /* older microcode, same model */
};

#define KJ_GUARD_REFUSE 63u /* the bits above that forbid a restore */
#define KJ_GUARD_FEAT_WORDS 8u

struct kj_guard_found {
	uint32_t missing[KJ_GUARD_FEAT_WORDS];	/* feature bits of A's that are not here */
	uint64_t ram_start, ram_end;		/* first range of A's that is no RAM here */
};

/*
 * Compare A's host block and RAM with ours. Returns a set of enum kj_guard, 0: the same machine.
 * *found holds the details of KJ_GUARD_FEATURES and KJ_GUARD_RAM and is zero otherwise.
 */
uint32_t kj_guard_compare(const struct kj_le_host *a, const struct kj_ranges *a_ram,
			  const struct kj_le_host *here, const struct kj_ranges *here_ram,
			  struct kj_guard_found *found);

/* Of the bits that forbid a restore, the one that tells a person most: another size of RAM changes three of
 * them. 0: none forbids it. */
uint32_t kj_guard_first(uint32_t bits);

/* What a bit means, for a message; "" for anything else. */
const char *kj_guard_text(enum kj_guard g);

#endif
