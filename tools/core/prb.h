/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A kernel's log out of its memory: the lockless ring buffer of printk, 5.10 and later; must never
 * trust an index, a length or an address of it, for the kernel may have died while it wrote.
 *
 * Source: kernel/printk/printk_ringbuffer.[ch] and the keys in kernel/printk/printk.c, 6.1 to 6.19.
 * A ring of descriptors names records by a running id; each has an info (time, caller, length) at
 * the same index, and a block in a ring of text that begins with the id once more.
 */
#ifndef KJ_CORE_PRB_H
#define KJ_CORE_PRB_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "pgtable.h"

struct kj_vmcoreinfo;

#define KJ_PRB_TEXT 8192u /* most bytes of a record that are given; the kernel makes 1024 */

/* One page of each of the three arrays is kept, so walking along them reads little. */
struct kj_prb_page {
	uint64_t va; /* page aligned, UINT64_MAX: none */
	uint8_t bytes[4096];
};

/* The caller owns it, no cleanup; about 13 KiB. */
struct kj_prb {
	struct kj_pgtable *pt; /* borrowed */
	uint64_t descs_va, infos_va, text_va;
	uint64_t count;      /* descriptors, a power of two */
	uint64_t text_size;  /* bytes of the text ring, a power of two */
	uint64_t head, tail; /* ids of the newest and the oldest record */
	uint32_t desc_size, info_size;
	uint32_t o_state, o_begin, o_next;     /* in a descriptor */
	uint32_t o_seq, o_ts, o_len, o_caller; /* in an info */
	uint32_t has_caller;
	uint32_t has_level; /* facility and level stand where they always did */
	struct kj_prb_page desc, info, text;
};

struct kj_prb_record {
	uint64_t seq;
	uint64_t ts_nsec;
	uint32_t caller;   /* bit 31: a CPU, else a thread */
	uint8_t facility;  /* 0 unless ->has_level */
	uint8_t level;     /* 0..7, likewise */
	uint8_t truncated; /* the kernel had no room for all of it, or more than KJ_PRB_TEXT */
	uint32_t len;      /* bytes of text */
	uint8_t text[KJ_PRB_TEXT];
};

/*
 * Find the buffer by SYMBOL(prb) and the OFFSET() and SIZE() keys of its structures. @pt must
 * outlive @ret.
 * KJ_OK, KJ_ENOTFOUND (a key is missing: older than 5.10, or no log), KJ_ERANGE (a key that cannot
 * be), KJ_EFORMAT (the buffer's head contradicts itself), or what kj_pgtable_read() says, with
 * KJ_EFORMAT where the buffer is not mapped.
 */
enum kj_err kj_prb_init(const struct kj_vmcoreinfo *vi, struct kj_pgtable *pt, struct kj_prb *ret);

/*
 * Record number *@n (0: the oldest) of the walk, or the first behind it that is whole: *n becomes
 * the number to go on with. Records that were never written, are being written or have lost their
 * text are passed over, as the kernel's own readers do.
 * KJ_OK, KJ_ENOTFOUND (the end), KJ_EFORMAT (this record contradicts itself) or KJ_ETRUNC (cannot
 * be read): *n has moved on, and the caller may do so too. @ret is undefined on error.
 */
enum kj_err kj_prb_next(struct kj_prb *prb, uint64_t *n, struct kj_prb_record *ret);

#endif
