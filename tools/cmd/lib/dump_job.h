/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A dump that A has asked for: its job block, the target that the job names, the record kept
 * there; must never write to a device before label, size and partition have been compared.
 */
#ifndef KJ_CMD_DUMP_JOB_H
#define KJ_CMD_DUMP_JOB_H

#include "cmd/lib/amem.h"
#include "cmd/lib/cryptdev.h"
#include "cmd/lib/dump.h"
#include "cmd/lib/record.h"
#include "cmd/lib/target.h"
#include "core/job.h"

struct kj_dump_job {
	struct kj_le_job job;
	struct kj_cryptdev crypt;	/* that it is in, if it is encrypted */
	struct kj_target target;
	struct kj_le_record record;
	uint64_t capacity; /* bytes that the job grants, from 0 on */
	char why[256];     /* of the failure, its object in front */
};

/*
 * Read and check the job block, find and open the target, write the record (ENTERED).
 * 0; 1: no armed job; or another exit status, with ->why. The key in ->job is wiped either way.
 */
int kj_dump_job_open(struct kj_dump_job *j, struct kj_amem *m);

/* Close the target, once nobody else has it open, and what it is in. */
void kj_dump_job_close(struct kj_dump_job *j);

/* Write the record: SAVED for @status 0, else ENTERED with the status and @why. 0 or an exit
 * status, with ->why. */
int kj_dump_job_end(struct kj_dump_job *j, int status, const char *why);

#endif
