/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Device-mapper tables of an encrypted device: read from A's, kept in the job block, and written for B's; must never
 * put a key anywhere but into the caller's buffers, which the caller wipes.
 */
#ifndef KJ_CORE_DMCRYPT_H
#define KJ_CORE_DMCRYPT_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/le.h"

#define KJ_DMCRYPT_KEY 128u	/* bytes of the longest key */
#define KJ_DMCRYPT_TEXT 512u	/* what kj_dmcrypt_params() writes at most */
#define KJ_DMCRYPT_LARGE_IV 1u	/* numbers that blocks are encrypted with count them, not sectors */

/* In the job block: the device that the target is on is encrypted.  FORMAT section 2. */
struct kj_le_dmcrypt {
	le64 below_size;	/* bytes of the partition or disk below; 0: it is not encrypted, and all of this is 0 */
	uint8_t partuuid[16];	/* of that, zero: not in a GPT */
	le64 start;		/* sector of it that is the first one inside */
	le64 iv_offset;		/* number of that for the cipher */
	le64 lo, hi;		/* bytes inside: only from lo to hi may be written */
	le32 sector_size;	/* bytes that are encrypted as one */
	le32 flags;		/* KJ_DMCRYPT_LARGE_IV */
	le32 key_len;
	le32 reserved;
	char cipher[64];	/* as dm-crypt has it; padded with zeros, and one at least */
	uint8_t key[KJ_DMCRYPT_KEY];	/* then zeros */
};
_Static_assert(sizeof(struct kj_le_dmcrypt) == 264, "FORMAT 2");
_Static_assert(offsetof(struct kj_le_dmcrypt, key) == 136, "FORMAT 2");

/*
 * The one target of an encrypted device, as DM_TABLE_STATUS has written it to @data[@len] (drivers/md/dm-crypt.c:
 * crypt_status()). *ret gets cipher, numbers and key, the rest is 0; *size the bytes inside, and @major:@minor what it
 * is on. *held is 1 if the kernel keeps the key in its keyring, and @ret then has its length alone. KJ_OK;
 * KJ_ENOTFOUND: not a single crypt target; KJ_EUNSUPP: with integrity tags, without a key, or with something else that
 * is not known; KJ_EFORMAT, KJ_ETRUNC: no such table; KJ_ERANGE: numbers that cannot be.
 */
enum kj_err kj_dmcrypt_table(const uint8_t *data, size_t len, uint32_t count, struct kj_le_dmcrypt *ret, uint64_t *size,
			     uint32_t *major, uint32_t *minor, int *held);

/* Is it one of an encrypted device of @size bytes? KJ_OK; KJ_ENOTFOUND: all zeros; KJ_ERANGE. */
enum kj_err kj_dmcrypt_check(const struct kj_le_dmcrypt *c, uint64_t size);

/* Zeros that no compiler leaves out. */
void kj_dmcrypt_wipe(struct kj_le_dmcrypt *c);

/* Parameters of a crypt target that begins @at bytes inside, a multiple of 4096, for a kernel that knows the device
 * below as @major:@minor; the key is among them. @c has been checked. */
void kj_dmcrypt_params(const struct kj_le_dmcrypt *c, uint32_t major, uint32_t minor, uint64_t at,
		       char text[KJ_DMCRYPT_TEXT]);

#endif
