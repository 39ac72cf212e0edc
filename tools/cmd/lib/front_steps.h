/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The steps that kjump hibernate, snapshot and test share. Must never know their options.
 */
#ifndef KJ_CMD_FRONT_STEPS_H
#define KJ_CMD_FRONT_STEPS_H

#include "cmd/lib/front_run.h"

/* All return 0 or an exit status, after one line on stderr. */

/* Opens the configured target, sees whether @mode and @format can go there, and whether a boot would find it; @force: some
 * of that is said, and done all the same. Here, for the last time, a person may be asked something. */
int kj_front_take_target(struct kj_run *r, enum kj_mode mode, enum kj_dump_format format, int force);

/* Has a signal come since kj_hold_watch()? */
int kj_front_stopped(void);

/* To kernel B and back. @flags: KJ_JOB_. Signals are let through again afterwards. */
int kj_front_go(struct kj_run *r, enum kj_mode mode, enum kj_dump_format format, uint32_t flags);

#endif
