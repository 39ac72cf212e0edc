/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the loader tells purgatory: a block at a fixed place of the blob, filled in before the blob is loaded; must never
 * hold an address that is not physical.
 *
 * Included by entry.S, by purgatory.c and by the loader: the offsets are asserted in C against the struct, and the
 * linker script asserts where the block stands.
 */
#ifndef KJ_PURGATORY_PARAMS_H
#define KJ_PURGATORY_PARAMS_H

#define KJ_PURG_PARAMS 0x40	/* of the block in the blob */
#define KJ_PURG_MEM_SIZE 8	/* in the block, from here on */
#define KJ_PURG_ENTRY 16
#define KJ_PURG_BOOT_PARAMS 24
#define KJ_PURG_RE 32
#define KJ_PURG_RANGES 16	/* number of them */
#define KJ_PURG_PARAMS_SIZE (88 + 16 * KJ_PURG_RANGES)
#define KJ_PURG_BLOB_MAX 8192	/* bytes of blob */

/* Where a kernel that publishes its map has the MAP note: this far into the page of its re-entry address, up to the
 * page's end (kernel-patch/, struct kexec_jump_note from ->namesz on). */
#define KJ_PURG_NOTE_AT 0xf0c
#define KJ_PURG_NOTE_ROOM (4096 - KJ_PURG_NOTE_AT)

#ifndef __ASSEMBLER__

#include <stddef.h>
#include <stdint.h>

#include "core/le.h"

#define KJ_PURG_MAGIC "KJPURG\0\1"

struct kj_le_purg_range {
	le64 pa;
	le64 len;
};

struct kj_le_purg {
	uint8_t magic[8];
	le64 mem_size;		/* set when linked: bytes that purgatory needs where it is loaded */
	le64 entry;		/* 64-bit entry point of kernel B */
	le64 boot_params;
	le64 re;		/* where to store A's re-entry address; 0: nowhere */
	le64 map;		/* where to copy A's MAP note, KJ_PURG_NOTE_ROOM zero bytes; 0: nowhere */
	le64 nranges;		/* of what was loaded; 0: no digest */
	uint8_t digest[32];	/* SHA-256 over the ranges, one after the other */
	struct kj_le_purg_range range[KJ_PURG_RANGES];
};
_Static_assert(offsetof(struct kj_le_purg, mem_size) == KJ_PURG_MEM_SIZE, "entry.S");
_Static_assert(offsetof(struct kj_le_purg, entry) == KJ_PURG_ENTRY, "entry.S");
_Static_assert(offsetof(struct kj_le_purg, boot_params) == KJ_PURG_BOOT_PARAMS, "entry.S");
_Static_assert(offsetof(struct kj_le_purg, re) == KJ_PURG_RE, "entry.S");
_Static_assert(sizeof(struct kj_le_purg) == KJ_PURG_PARAMS_SIZE, "entry.S");

#endif
#endif
