/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Signals that would end a program in the middle of something wait until it is done; must never be left on when the
 * program goes on to other work.
 *
 * Held are SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP and SIGPIPE.  They are blocked, and children inherit that.
 * Watched are the first four, but none that is ignored: they interrupt what waits, are noted, and children do as always.
 */
#ifndef KJ_SYS_HOLD_H
#define KJ_SYS_HOLD_H

/* From now on they wait. */
void kj_hold_signals(void);
/* From now on they are noted instead of ending the program, also before and after they are held. */
void kj_hold_watch(void);
/* Forget what was noted; from now on signals do what they did before. */
void kj_hold_unwatch(void);
/* The last that was noted, or the first one that waits, 0: none.  SIGPIPE does not count: nobody asks for anything with it. */
int kj_hold_pending(void);
/* Forget what waits; from now on signals do what they did before.  Without kj_hold_signals() nothing happens. */
void kj_hold_end(void);

#endif
