/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kjump snapshot with a kernel B that stays in memory: finding it, keeping it; must never leave a B behind that nobody holds.
 */
#ifndef KJ_CMD_FRONT_STAY_H
#define KJ_CMD_FRONT_STAY_H

#include "cmd/lib/front_run.h"

/*
 * Is there a B that can do @r's job, whose settings are read? Then ->warm is set. Else, if @wanted, or if there was one that
 * cannot, a new one is to be loaded and to stay: this forks, and the child goes on.
 * 0: go on; 1: this is the parent, the run is over, *status is its exit status; else an exit status, with one line.
 */
enum kj_stay_begin { KJ_STAY_GO, KJ_STAY_DONE, KJ_STAY_FAILED };
enum kj_stay_begin kj_front_stay_begin(struct kj_run *r, int wanted, int *status);

/* Around the jump into a B that stayed: the job into the holder's page; and the mailbox out of it. 0 or -errno. */
int kj_front_stay_put(struct kj_run *r);
int kj_front_stay_get(struct kj_run *r);

/* A runs again: does B stay, by the mailbox? If not, it is unloaded. Sets ->stays. */
void kj_front_stay_settle(struct kj_run *r);

/* The end of a run after which a new B stays: tell the parent @status, and hold B's pages until a signal comes; then B is let
 * go. Returns if nothing can be held; B has been unloaded then. */
void kj_front_stay_hold(struct kj_run *r, int status);

#endif
