/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What came of a run, as the mailbox tells it; never calls anything a success that the mailbox does not.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "cmd/lib/front.h"
#include "cmd/lib/front_run.h"
#include "core/image.h"
#include "sys/log.h"

/* A kernel that boots is not told whether the firmware woke the machine or started it. */
#define UNKNOWN_WAKE "the machine was left through S4, and nobody says how it was found"

void kj_run_reopen(struct kj_run *r)
{
	if (r->mode == KJ_MODE_TEST)
		return;
	/* its blocks stayed reserved, and its device open; what B wrote is not what this cache has */
	if (r->target.kind == KJ_FRONT_SWAP) {
		(void)kj_block_flush(r->target.raw);
		return;
	}
	kj_front_target_close(&r->target);
	if (kj_front_target_try(&r->target, r->conf.target) == 0) {
		const struct kj_le_job *j = (const struct kj_le_job *)r->pin.page[0];

		/* names may have moved while A slept: no other target's image is ever erased */
		if (!memcmp(r->target.label.uuid, j->label_uuid, sizeof(j->label_uuid)))
			return;
		kj_front_target_close(&r->target);
		kj_log(KJ_LOG_WARN, "%s: is another target now", r->conf.target);
	}
	kj_log(KJ_LOG_WARN, "%s: the record of this job could not be closed", r->conf.target);
}

void kj_run_printable(const char *from, size_t len, char *to)
{
	size_t i;

	for (i = 0; i + 1 < len && from[i]; i++)
		to[i] = from[i] >= ' ' && from[i] < 0x7f ? from[i] : '?';
	to[i] = 0;
}

uint64_t kj_run_away(const struct kj_run *r)
{
	return r->t_back > r->t_start ? r->t_back - r->t_start : 0;
}

int kj_run_by_kernel(const struct kj_run *r, const struct kj_le_mbox *m)
{
	const uint32_t entered = kj_get_le32(m->entered);

	return r->format == KJ_DUMP_SWSUSP && kj_get_le32(m->restored) == KJ_HOW_NONE &&
	       (entered == KJ_HOW_S5 || entered == KJ_HOW_S4);
}

static void tell_time(const struct kj_run *r, const struct kj_le_mbox *m)
{
	printf("away for %llu s", (unsigned long long)kj_run_away(r));
	if (kj_get_le64(m->ms_boot))
		printf("; kernel B up after %llu ms", (unsigned long long)kj_get_le64(m->ms_boot));
	else if (r->warm)
		printf("; kernel B was there");
	if (kj_get_le64(m->ms_save))
		printf("; saved in %llu ms", (unsigned long long)kj_get_le64(m->ms_save));
	if (kj_get_le64(m->ms_restore))
		printf("; loaded in %llu ms", (unsigned long long)kj_get_le64(m->ms_restore));
	putchar('\n');
}

static int tell(struct kj_run *r, const struct kj_le_mbox *m)
{
	uint32_t entered = kj_get_le32(m->entered), restored = kj_get_le32(m->restored);
	uint32_t result = kj_get_le32(m->result);
	char text[256], who[64], id[33];

	kj_run_printable(m->text, sizeof(m->text), text);
	kj_run_printable(m->who, sizeof(m->who), who);
	kj_front_hex(r->id, id);
	if (restored != KJ_HOW_NONE) {
		printf("resumed from %s by kernel %s: image %s\n", restored == KJ_HOW_S4 ? "S4" : "S5", who, id);
		if (entered == KJ_HOW_S4 && restored != KJ_HOW_S4)
			puts(UNKNOWN_WAKE);
		tell_time(r, m);
		return 0;
	}
	/* a stock kernel knows of no mailbox: that B meant to power off, and that we run, is all there is */
	if (kj_run_by_kernel(r, m) && r->mode == KJ_MODE_HIBERNATE) {
		printf("resumed from S5 by kernel code alone (resume=): image %s\n", id);
		if (entered == KJ_HOW_S4)
			puts(UNKNOWN_WAKE);
		tell_time(r, m);
		return 0;
	}
	if (entered != KJ_HOW_JUMP) {
		kj_log(KJ_LOG_ERR, "job %s: came back, but nobody says how", id);
		return EX_SOFTWARE;
	}
	if (result == KJ_RESULT_STOPPED) {
		kj_log(KJ_LOG_ERR, "%s given up in kernel B: %s", kj_mode_name(r->mode), text[0] ? text : "no reason given");
		return (int)result;
	}
	if (result) {
		kj_log(KJ_LOG_ERR, "%s failed in kernel B: %s", kj_mode_name(r->mode), text[0] ? text : "no reason given");
		return (int)(result <= 255 ? result : EX_SOFTWARE);
	}
	if (r->mode == KJ_MODE_HIBERNATE) {
		kj_log(KJ_LOG_ERR, "kernel B jumped back and saved nothing");
		return EX_SOFTWARE;
	}
	if (!r->quiet) {
		printf("%s done, kernel %s jumped back: job %s\n", kj_mode_name(r->mode), who, id);
		tell_time(r, m);
	}
	return 0;
}

int kj_run_outcome(struct kj_run *r)
{
	const struct kj_le_mbox *m = (const struct kj_le_mbox *)r->pin.page[1];
	enum kj_err e = kj_mbox_check(m, r->mbox_nonce);
	int status;

	r->t_back = kj_run_now();
	if (!e && memcmp(m->id, r->id, 16))
		e = KJ_EMISMATCH;
	if (e) {
		kj_log(KJ_LOG_ERR, "mailbox: %s", kj_strerror(e));
		status = EX_DATAERR;
	} else {
		status = tell(r, m);
	}
	if (r->target.fd >= 0 && r->mode == KJ_MODE_HIBERNATE && kj_front_erase(&r->target))
		kj_log(KJ_LOG_WARN, "%s: the used image could not be erased", r->target.path);
	kj_run_record(r, KJ_REC_DONE, (uint32_t)status, "");
	fflush(stdout);
	return status;
}
