/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Does packing pay?  From what a worker has seen of its codec and of the disk: whether the next unit of an image should be
 * packed or stored, for save and restore together; must never ask a clock itself.
 *
 * The disk is what it is to this worker, with all the others that write beside it: one that is busy with eight workers is
 * slow to each of them, so they pack, and are in each other's way less.
 */
#ifndef KJ_CORE_PACKPAY_H
#define KJ_CORE_PACKPAY_H

#include <stdint.h>

#define KJ_PAY_TRY 16u /* of so many units in a row that are stored, the last is packed: memory is not alike everywhere */

/* Sums that fade: of the last 16 to 32 MiB of each kind.  All zeros to begin with. */
struct kj_pay {
	uint64_t pack_ns, raw, packed;
	uint64_t write_ns, written;
	uint32_t stored; /* units in a row */
};

/*
 * 1: pack the next unit; 0: store it.  It packs as long as it does not know both speeds, and then unless packing takes one
 * and a half times what it saves in writing: reading saves as much again, and unpacking takes a third.
 */
int kj_pay_packs(struct kj_pay *p);

/* A unit of @raw bytes, not 0, was packed to @packed (not more than @raw) in @ns. */
void kj_pay_packed(struct kj_pay *p, uint64_t ns, uint32_t raw, uint32_t packed);

/* @len bytes were written in @ns. */
void kj_pay_wrote(struct kj_pay *p, uint64_t ns, uint32_t len);

#endif
