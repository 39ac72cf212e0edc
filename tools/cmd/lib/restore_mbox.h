/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The page in which A reads how it came back: filling it in, by B in memory and by C for the
 * stream; must never make one out of a page that is not A's mailbox already.
 */
#ifndef KJ_CMD_RESTORE_MBOX_H
#define KJ_CMD_RESTORE_MBOX_H

#include <stddef.h>
#include <stdint.h>

#include "core/image.h"
#include "core/job.h"

/* What B reports. */
struct kj_mbox_report {
	uint32_t entered;	/* enum kj_how */
	uint32_t result;
	const char *text;	/* NULL: none */
	uint64_t now;		/* seconds since 1970 */
	uint64_t t_boot;	/* when this kernel started */
	uint64_t ms_boot;
	const uint8_t *id;	/* of the job, NULL: not known, leave what is there */
	const char *who;	/* our release */
	uint32_t stays;		/* how many jobs this kernel has done, if it waits for another; 0: it does not */
};

/* Names of enum kj_how that -e and -C take. KJ_OK or KJ_ENOTFOUND. */
enum kj_err kj_how_parse(const char *name, uint32_t *ret);

/* Take the numbers that kjump-dump wrote (KEY=value lines, unknown keys are skipped) into @m. */
void kj_mbox_stats(struct kj_le_mbox *m, const char *text, size_t len);

/* B: fill @m, checked before, and seal it. */
void kj_mbox_entered(struct kj_le_mbox *m, const struct kj_mbox_report *r);

/* C: A comes back by @how from image @h at @now; what B could not know before the image was
 * whole comes from its header. */
void kj_mbox_restored(struct kj_le_mbox *m, uint32_t how, const struct kj_le_image *h,
		      uint64_t now, const char *who);

#endif
