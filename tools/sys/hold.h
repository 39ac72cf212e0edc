/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Signals that would end a program in the middle of something wait until it is done; must never be left on when the
 * program goes on to other work.
 *
 * Held are SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP and SIGPIPE.  They are blocked, and children inherit that.
 */
#ifndef KJ_SYS_HOLD_H
#define KJ_SYS_HOLD_H

/* From now on they wait. */
void kj_hold_signals(void);
/* The first one that waits, 0: none.  SIGPIPE does not count: nobody asks for anything with it. */
int kj_hold_pending(void);
/* Forget what waits; from now on signals do what they did before.  Without kj_hold_signals() nothing happens. */
void kj_hold_end(void);

#endif
