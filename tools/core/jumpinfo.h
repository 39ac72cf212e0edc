/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a kernel that jumps says of itself in its control page, and the one word of it that its peer writes; must never
 * be looked for in a page that is not known to be A's.
 *
 * Bytes: FORMAT section 1, after the notes; struct kexec_jump_note of kernel-patch/ (include/uapi/linux/kexec.h). From
 * ->namesz on it is a KJUMP note of type MAP.
 */
#ifndef KJ_CORE_JUMPINFO_H
#define KJ_CORE_JUMPINFO_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "le.h"
#include "note.h"

#define KJ_JUMPINFO_AT 0xf00u	/* of struct kj_le_jumpinfo in the page of the re-entry address */
#define KJ_JUMPINFO_PLATFORM 0x20u	/* in ->flags: A's kernel asks what has become of the machine */

/* What the peer has done with the machine: KEXEC_JUMP_POWER_*. */
enum kj_power { KJ_POWER_ON = 0, KJ_POWER_OFF = 1, KJ_POWER_SLEEP = 2 };

struct kj_le_jumpinfo {
	le32 reserved[3];
	le32 namesz;
	le32 descsz;
	le32 type;
	char name[8];
	struct kj_note_map map;	/* at 32 */
	le64 reentry;
	le64 vmcoreinfo;
	le32 vmcoreinfo_size;
	le32 entry_size;
	le32 flags;		/* from here on: not in all versions of the series */
	le32 power;		/* enum kj_power */
	le64 core;		/* the ELF core header that A's kernel hands over at each jump; 0: none */
};
_Static_assert(offsetof(struct kj_le_jumpinfo, map) == 32, "linux/kexec.h");
_Static_assert(offsetof(struct kj_le_jumpinfo, power) == 100, "linux/kexec.h");
_Static_assert(sizeof(struct kj_le_jumpinfo) == 112, "linux/kexec.h");

/*
 * Write @power into @page, the page of the re-entry address @re, if A's kernel is going to look at it. KJ_OK, also if
 * that was there already; KJ_ENOTFOUND, with nothing written: there is no such description of a jump to @re, it is of a
 * kernel without this word, or of a jump in which it does not count.
 */
enum kj_err kj_jumpinfo_set_power(uint8_t page[4096], uint64_t re, enum kj_power power);

/* Where the ELF core header is that the kernel of such a @page hands over at each jump, for a kernel that is entered again;
 * 0: it hands over none. */
uint64_t kj_jumpinfo_core(const uint8_t page[4096], uint64_t re);

#endif
