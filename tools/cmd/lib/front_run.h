/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One run of kernel B as its parts in A share it; must live until the run has been reported, as B writes into its
 * pinned pages.
 */
#ifndef KJ_CMD_FRONT_RUN_H
#define KJ_CMD_FRONT_RUN_H

#include "cmd/lib/front.h"
#include "cmd/lib/stay.h"
#include "core/note.h"
#include "sys/pin.h"

struct kj_run {
	struct kj_front conf;
	struct kj_front_target target;	/* fd -1: none (test), or closed for the jump */
	struct kj_pin pin;		/* page 0: job block, page 1: mailbox */
	struct kj_le_record record;
	uint8_t id[16], job_nonce[16], mbox_nonce[16];
	enum kj_mode mode;
	enum kj_dump_format format;
	uint64_t t_start;		/* seconds since 1970 */
	uint64_t t_back;		/* when A ran again */
	char window[128];		/* as kjump-load --plan chose it */
	struct kj_le_prints prints;	/* hibernate: what is mounted */
	struct kj_le_key key;		/* hibernate: what the image is encrypted to; zeros: it is not */
	struct kj_le_dmcrypt crypt;	/* of the target's device, with its key; zeros: it is not encrypted */
	int platform;			/* this kernel prepares for ACPI S4 when it jumps */
	int keep_loaded;		/* B was loaded before: load it again afterwards */
	int quiet;
	int stay;			/* B is to stay in memory, see front_stay.h */
	int warm;			/* it is there: ->pin has copies of the pages of ->resident, and holds nothing */
	int stays;			/* it is there after the run, too */
	struct kj_stay resident;
	int tell;			/* a child that will hold B: where to tell its parent; -1: none */
};

/* All return 0 or an exit status, with one line on stderr. */

/* Pin, fill the job and load B.  After an error nothing is loaded. */
int kj_run_prepare(struct kj_run *r, enum kj_mode mode, enum kj_dump_format format, uint32_t flags);
/* Jump; returns when A runs again, with what B left in the mailbox reported. */
int kj_run_jump(struct kj_run *r);
void kj_run_end(struct kj_run *r);

/* front_load.c: let kjump-load choose the window; load with the run's pages; unload, or load anew without a job. */
int kj_run_plan(struct kj_run *r, struct kj_pin_hole *hole, size_t max, size_t *n);
int kj_run_load(struct kj_run *r);
int kj_run_unload(struct kj_run *r);

/* front_outcome.c: read the mailbox, tell the person, set the record. */
int kj_run_outcome(struct kj_run *r);
/* B was about to switch the machine off, and a kernel that knows of no mailbox brought A back. */
int kj_run_by_kernel(const struct kj_run *r, const struct kj_le_mbox *m);
/* Seconds that A was away, once its outcome is known. */
uint64_t kj_run_away(const struct kj_run *r);
/* @len bytes of text from B or C, made fit for a terminal, to as many at @to. */
void kj_run_printable(const char *from, size_t len, char *to);

/* Open the target again after the jump; a failure is a warning. */
void kj_run_reopen(struct kj_run *r);
int kj_run_record(struct kj_run *r, uint32_t state, uint32_t result, const char *text);
uint64_t kj_run_now(void);

#endif
