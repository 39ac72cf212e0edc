/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Job block, mailbox, target label and job record: what one run is to do, and what came of it; must never be trusted
 * before its nonce, version and checksum have been compared.
 *
 * Bytes: FORMAT sections 2 and 3.  All of these are one 4096-byte page or block whose last 8 bytes are the XXH64
 * (seed 0) of the 4088 bytes before, reserved bytes zero.
 */
#ifndef KJ_CORE_JOB_H
#define KJ_CORE_JOB_H

#include <stddef.h>
#include <stdint.h>

#include "dmcrypt.h"
#include "err.h"
#include "fsprint.h"
#include "le.h"
#include "sealed.h"

#define KJ_BLOCK 4096u

enum kj_mode { KJ_MODE_NONE = 0, KJ_MODE_HIBERNATE = 1, KJ_MODE_SNAPSHOT = 2, KJ_MODE_TEST = 3 };
enum kj_dump_format { KJ_DUMP_IMAGE = 1, KJ_DUMP_ELF = 2, KJ_DUMP_SWSUSP = 3, KJ_DUMP_KDUMP = 4 };
enum kj_how { KJ_HOW_NONE = 0, KJ_HOW_JUMP = 1, KJ_HOW_S5 = 2, KJ_HOW_S4 = 3 };

#define KJ_JOB_MAGIC "KJJOB\0\0\0"
#define KJ_MBOX_MAGIC "KJMBOX\0\0"
#define KJ_LABEL_MAGIC "KJLABEL1"
#define KJ_RECORD_MAGIC "KJRECORD"
#define KJ_JOB_VERSION 4u	/* of the job block; the other three have */
#define KJ_BLOCK_VERSION 1u
#define KJ_JOB_FILTER_MAX 31u
#define KJ_JOB_EXTENTS 64u

struct kj_le_extent {
	le64 off;	/* bytes in the target */
	le64 len;	/* bytes */
};

/* A's request for this run: a pinned page of A's. */
struct kj_le_job {
	uint8_t magic[8];
	le32 version;
	le32 armed;		/* 1: do it; anything else: jump straight back */
	uint8_t nonce[16];	/* as in the KJ_NT_JOB note */
	uint8_t id[16];		/* of this job, and of the image that it makes */
	le32 mode;		/* enum kj_mode */
	le32 format;		/* enum kj_dump_format */
	le32 codec;		/* enum kj_codec of image.h */
	le32 level;		/* signed, two's complement; 0: the codec's default */
	le32 workers;		/* 0: one for each CPU of B */
	le32 deadline;		/* seconds for the whole stay in B; 0: none */
	le32 flags;		/* KJ_JOB_* below */
	le32 nextents;
	le64 created;		/* seconds since 1970, A's clock */
	uint8_t label_uuid[16];	/* of the target */
	uint8_t partuuid[16];	/* of the target's partition, zero: not in a GPT */
	le64 dev_size;		/* of the target's device, bytes; of an encrypted one inside */
	struct kj_le_extent extent[KJ_JOB_EXTENTS];	/* where the dump goes, in order */
	le32 filter;		/* ELF, kdump: classes of pages to leave out, makedumpfile's numbers; 0 to 31 */
	struct kj_le_prints prints;	/* at 1156: the file systems that A has mounted; sums are B's to take */
	struct kj_le_dmcrypt crypt;	/* at 2188: how B opens the target's device; zeros: it is not encrypted */
	uint8_t reserved[4096 - 132 - 16 * KJ_JOB_EXTENTS - 1032 - 264 - 112 - 24 - 8];
	struct kj_le_key key;	/* at 3952: what an image is encrypted to; zeros: it is not */
	le64 list;		/* the target is what this extent list says: its offset on the device; 0: the whole device */
	le64 list_sum;		/* kj_extents_sum() of it */
	le64 list_size;		/* bytes of the target then, for the extents above are offsets in it; else 0 */
	le64 sum;
};
_Static_assert(sizeof(struct kj_le_job) == 4096, "FORMAT 2");
_Static_assert(offsetof(struct kj_le_job, list) == 4064, "FORMAT 2");
_Static_assert(offsetof(struct kj_le_job, extent) == 128, "FORMAT 2");
_Static_assert(offsetof(struct kj_le_job, prints) == 1156, "FORMAT 2");
_Static_assert(offsetof(struct kj_le_job, crypt) == 2188, "FORMAT 2");
_Static_assert(offsetof(struct kj_le_job, key) == 3952, "FORMAT 2");
_Static_assert(offsetof(struct kj_le_job, sum) == 4088, "FORMAT 2");

#define KJ_JOB_REBOOT 1u	/* hibernate: reset instead of power-off (tests, dual boot) */
#define KJ_JOB_FLAG_ZEROS 2u	/* swsusp: C's kernel knows numbers of zero pages, 6.6 and later */
#define KJ_JOB_DIRECT 4u	/* image: C can restore what does not fit beside its kernel */
#define KJ_JOB_FREE_ZERO 8u	/* image: A takes free pages for zeros, init_on_free */
#define KJ_JOB_FREE_POISON 16u	/* or for poison, page_poison */
#define KJ_JOB_S4 32u		/* hibernate: ACPI S4, not S5 */
#define KJ_JOB_TRIM 64u		/* kdump: leave out struct pages of what is left out */
#define KJ_JOB_STAY 128u	/* snapshot: B may wait for the next job in memory */
#define KJ_JOB_FLAGS 255u	/* all of them */

/* A result that is no sysexits code: a person stopped the job at kernel B's console. */
#define KJ_RESULT_STOPPED 130u

/* What A finds when it runs again: a pinned page of A's, written by B in memory and by C in the stream. */
struct kj_le_mbox {
	uint8_t magic[8];
	le32 version;
	le32 entered;		/* enum kj_how, by B: how B meant to leave */
	uint8_t nonce[16];	/* as in the KJ_NT_JOB note */
	uint8_t id[16];		/* job id */
	le32 restored;		/* enum kj_how, by C; KJ_HOW_NONE: not through a power cycle */
	le32 result;		/* 0, the sysexits code of what failed in B, or KJ_RESULT_STOPPED */
	le64 t_entered;		/* seconds since 1970 */
	le64 t_saved;
	le64 t_restored;
	le64 pages_data;
	le64 pages_zero;
	le64 pages_free;
	le64 bytes;		/* written to the target */
	le64 ms_save;		/* B: from first read to last fsync, milliseconds */
	le64 ms_boot;		/* B: uptime when /init started, milliseconds */
	le64 ms_restore;	/* C: reading and loading, milliseconds */
	char text[256];		/* one line, zero terminated: what failed; empty if nothing did */
	char who[64];		/* release of the kernel that wrote last, zero terminated */
	le32 stays;		/* by B: it waits for another job, after so many; 0: it does not */
	uint8_t reserved[4096 - 460 - 8];
	le64 sum;
};
_Static_assert(sizeof(struct kj_le_mbox) == 4096, "FORMAT 2");
_Static_assert(offsetof(struct kj_le_mbox, text) == 136, "FORMAT 2");
_Static_assert(offsetof(struct kj_le_mbox, stays) == 456, "FORMAT 2");
_Static_assert(offsetof(struct kj_le_mbox, sum) == 4088, "FORMAT 2");

/*
 * A target that is a whole device ends in two blocks of ours, at (size & ~4095) - 4096 and - 8192.  The dump may use
 * [0, kj_target_usable(size)).
 */
struct kj_le_label {
	uint8_t magic[8];
	le32 version;
	le32 reserved0;
	uint8_t uuid[16];
	le64 dev_size;
	le64 created;
	uint8_t reserved[4096 - 48 - 8];
	le64 sum;
};
_Static_assert(sizeof(struct kj_le_label) == 4096, "FORMAT 3");

enum kj_record_state {
	KJ_REC_NONE = 0,
	KJ_REC_PENDING = 1,	/* A is about to jump */
	KJ_REC_ENTERED = 2,	/* B has read the job */
	KJ_REC_SAVED = 3,	/* the dump is whole */
	KJ_REC_RETURNED = 4,	/* B is about to jump back */
	KJ_REC_DONE = 5,	/* A runs again and knows */
	KJ_REC_REPORTED = 6,	/* a later boot has said that the job never finished */
	KJ_REC_LOST = 7,	/* a later boot has given its image up; result and text say why */
};

/* The job that used this target last: how the next boot can tell that one never finished. */
struct kj_le_record {
	uint8_t magic[8];
	le32 version;
	le32 state;		/* enum kj_record_state */
	uint8_t id[16];
	uint8_t boot_id[16];	/* of A */
	le32 mode;
	le32 result;
	le64 t_pending;		/* seconds since 1970 */
	le64 t_state;
	char text[256];
	uint8_t reserved[4096 - 328 - 8];
	le64 sum;
};
_Static_assert(sizeof(struct kj_le_record) == 4096, "FORMAT 3");
_Static_assert(offsetof(struct kj_le_record, text) == 72, "FORMAT 3");

/* Set version and checksum of any of the four blocks (all have magic at 0, version at 8, sum at 4088). */
void kj_block_seal(void *block, const char magic[8]);
/* KJ_OK, KJ_EMAGIC, KJ_EVERSION or KJ_ECRC. */
enum kj_err kj_block_check(const void *block, const char magic[8]);

/* A job that B may act on.  KJ_OK; what kj_block_check() says; KJ_EMISMATCH: other nonce; KJ_ENOTFOUND: not armed;
 * KJ_ERANGE: mode, format, codec, level, workers, deadline, flags, filter or extents out of range (extents must be block
 * aligned, non-empty, disjoint from each other and from the label blocks and within the target; only KJ_MODE_TEST may
 * have none), an extent list that is not on the device, a target larger than its device, a list of file systems that
 * kj_prints_check() refuses, a key that kj_key_check() refuses or a key for anything but an image, an encrypted device
 * that kj_dmcrypt_check() refuses, or a reserved byte that is not 0. */
enum kj_err kj_job_check(const struct kj_le_job *job, const uint8_t nonce[16]);
/* As above for a mailbox: KJ_OK, KJ_EMAGIC, KJ_EVERSION, KJ_ECRC, KJ_EMISMATCH, KJ_EFORMAT (a text without its end). */
enum kj_err kj_mbox_check(const struct kj_le_mbox *m, const uint8_t nonce[16]);

/* Bytes of the target of a job that was checked. */
uint64_t kj_job_target_size(const struct kj_le_job *job);

/* Where the label and record blocks of a device of @size bytes stand, and how much a dump may use.  0: too small (less
 * than three blocks), or larger than a file offset. */
uint64_t kj_label_offset(uint64_t size);
uint64_t kj_record_offset(uint64_t size);
uint64_t kj_target_usable(uint64_t size);

const char *kj_mode_name(uint32_t mode);
const char *kj_how_name(uint32_t how);
const char *kj_format_name(uint32_t format);
const char *kj_record_name(uint32_t state);

#endif
