/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two commands that load, unload or write an image at the same time would take each other's for one that was loaded in
 * advance. Must never wait: who has waited for a hibernation to end would begin the next as soon as the system is back.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "cmd/lib/front.h"
#include "cmd/lib/load_mark.h"
#include "sys/lock.h"
#include "sys/log.h"

#define LOCK KJ_LOAD_MARK_DIR "/lock"

int kj_front_lock(void)
{
	int owner = 0, err;

	/* whoever may not even take it is told by what comes next that he may not do that */
	if (getuid() != 0)
		return 0;
	(void)mkdir(KJ_LOAD_MARK_DIR, 0755);
	err = kj_lock_take(LOCK, &owner);
	if (!err)
		return 0;
	if (err != -EBUSY) {
		kj_log(KJ_LOG_ERR, "%s: %s", LOCK, strerror(-err));
		return EX_OSERR;
	}
	if (owner)
		kj_log(KJ_LOG_ERR, "%s: another kjump is at work (pid %d)", LOCK, owner);
	else
		kj_log(KJ_LOG_ERR, "%s: another kjump is at work", LOCK);
	return EX_TEMPFAIL;
}
