/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The steps that kjump hibernate, snapshot and test share: the target, and the jump; must never jump before the target has been
 * opened and checked.
 */
#include <sysexits.h>

#include "cmd/lib/front_crypt.h"
#include "cmd/lib/front_found.h"
#include "cmd/lib/front_steps.h"
#include "cmd/lib/front_waits.h"
#include "sys/hold.h"
#include "sys/log.h"

/* What not every kind of target can do. */
static int check_target(const struct kj_run *r, enum kj_mode mode, enum kj_dump_format format)
{
	const struct kj_front_target *t = &r->target;

	if (t->stack.crypt && format == KJ_DUMP_SWSUSP) {
		kj_log(KJ_LOG_ERR,
		       "%s: format swsusp: the kernel's own loader looks for an image before an encrypted device is"
		       " open",
		       t->path);
		return EX_CONFIG;
	}
	if (t->kind == KJ_FRONT_WHOLE)
		return 0;
	if (format == KJ_DUMP_SWSUSP) {
		kj_log(KJ_LOG_ERR, "%s: format swsusp needs a whole partition: the kernel's own loader knows no extents", t->path);
		return EX_CONFIG;
	}
	if (t->kind != KJ_FRONT_SWAP)
		return 0;
	/* its blocks are free again before anybody could read the dump */
	if (mode != KJ_MODE_HIBERNATE) {
		kj_log(KJ_LOG_ERR, "%s: a swap area keeps no dump; --target names another place", t->path);
		return EX_CONFIG;
	}
	if (t->fd >= 0) {
		kj_log(KJ_LOG_ERR, "%s: holds a job's blocks and is not in use; kjump discard gives it back", t->path);
		return EX_TEMPFAIL;
	}
	return 0;
}

/* An image that nobody finds is a session lost without a word. */
static int check_found(const struct kj_front_target *t, int force)
{
	char why[KJ_FOUND_WHY];

	if (kj_front_found("", t, why))
		return 0;
	kj_log(force ? KJ_LOG_WARN : KJ_LOG_ERR, "%s: %s%s", t->path, why, force ? "" : "; --force does without");
	return force ? 0 : EX_CONFIG;
}

/* Two systems may share a target. */
static int check_waits(const struct kj_front_target *t, int force)
{
	char text[KJ_WAITS_TEXT];

	if (!kj_front_waits(t, text))
		return 0;
	kj_log(force ? KJ_LOG_WARN : KJ_LOG_ERR, "%s: %s, waits to be restored%s", t->path, text,
	       force ? ", and is overwritten" : ": kjump discard removes it, --force overwrites it");
	return force ? 0 : EX_TEMPFAIL;
}

int kj_front_take_target(struct kj_run *r, enum kj_mode mode, enum kj_dump_format format, int force)
{
	int status = kj_front_target_try(&r->target, r->conf.target);

	if (!status && mode == KJ_MODE_HIBERNATE)
		status = kj_front_crypt_lasts(&r->target, force);
	if (!status)
		status = check_target(r, mode, format);
	if (!status && mode == KJ_MODE_HIBERNATE)
		status = check_waits(&r->target, force);
	if (!status && mode == KJ_MODE_HIBERNATE)
		status = check_found(&r->target, force);
	if (!status)
		status = kj_front_crypt(&r->target, r->conf.target_key, &r->crypt);
	return status;
}

int kj_front_stopped(void)
{
	const int sig = kj_hold_pending();

	if (sig)
		kj_log(KJ_LOG_ERR, "stopped by signal %d", sig);
	return sig ? EX_TEMPFAIL : 0;
}

int kj_front_go(struct kj_run *r, enum kj_mode mode, enum kj_dump_format format, uint32_t flags)
{
	int status = kj_run_prepare(r, mode, format, flags);

	if (!status)
		status = kj_run_jump(r);
	kj_hold_end();
	return status;
}
