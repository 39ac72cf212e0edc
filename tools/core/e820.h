/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Maps of physical memory with types, as firmware and boot_params know them; must never call anything RAM that the
 * caller has not named as such.
 *
 * Source: linux 6.12 arch/x86/include/uapi/asm/setup_data.h (struct boot_e820_entry), arch/x86/kernel/e820.c,
 * arch/x86/power/hibernate.c (the digest).
 */
#ifndef KJ_CORE_E820_H
#define KJ_CORE_E820_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/note.h"

#define KJ_E820_MAX 384u	/* entries that we can hold */
#define KJ_E820_ZEROPAGE 128u	/* entries that boot_params can hold */

enum kj_e820_type {
	KJ_E820_RAM = 1,
	KJ_E820_RESERVED = 2,
	KJ_E820_ACPI = 3,
	KJ_E820_NVS = 4,
	KJ_E820_UNUSABLE = 5,
	KJ_E820_PMEM = 7,
	KJ_E820_PRAM = 12,
	KJ_E820_SOFT_RESERVED = 0xefffffff,
};

/* The bytes in boot_params, and those that the digest is made of. */
struct kj_le_e820 {
	le64 addr;
	le64 size;
	le32 type;
};
_Static_assert(sizeof(struct kj_le_e820) == 20, "struct boot_e820_entry");
_Static_assert(offsetof(struct kj_le_e820, type) == 16, "struct boot_e820_entry");

struct kj_e820_entry {
	uint64_t start;	/* bytes */
	uint64_t end;	/* first byte behind; > start */
	uint32_t type;
};

struct kj_e820 {
	uint32_t n;
	struct kj_e820_entry e[KJ_E820_MAX];
};

/* The type whose name /sys/firmware/memmap/N/type gives as @name (@len bytes); KJ_E820_RESERVED for one we do not know. */
uint32_t kj_e820_type(const char *name, size_t len);

/* Append, in the order of the firmware.  KJ_OK; KJ_ERANGE: empty; KJ_ELIMIT: full. */
enum kj_err kj_e820_append(struct kj_e820 *m, uint64_t start, uint64_t end, uint32_t type);

/* The digest that swsusp stores and compares: over the firmware's own table, in its order. */
uint32_t kj_e820_crc(const struct kj_e820 *m);

/* Make [start, end) be of @type, whatever it was before.  Keeps @m sorted and disjoint, which it must be.  KJ_OK; KJ_ERANGE:
 * empty; KJ_ELIMIT: full, *m is then undefined. */
enum kj_err kj_e820_set(struct kj_e820 *m, uint64_t start, uint64_t end, uint32_t type);

/* Join neighbours of one type that touch.  @m is sorted. */
void kj_e820_merge(struct kj_e820 *m);

/*
 * The map that kernel B gets: @fw with every RAM entry and all of A's @ram as reserved, @own as RAM, then @taken (within
 * @own: header and notes) as reserved.  So B puts nothing and no device window where A lives.  The last page below 1 MiB
 * is left out unless B owns it: an entry that reaches from below 1 MiB into A's memory would be busy for its whole length,
 * and IO_STRICT_DEVMEM would keep B's tools away from A (linux 6.12 e820.c, do_mark_busy()).
 * KJ_OK; KJ_ELIMIT: more entries than boot_params holds; KJ_EMISMATCH: @own is not RAM of A's, or the firmware's map does
 * not call it RAM.  On error *ret is undefined.
 */
enum kj_err kj_e820_confine(const struct kj_e820 *fw, const struct kj_ranges *ram, const struct kj_ranges *own,
			    const struct kj_range *taken, struct kj_e820 *ret);

#endif
