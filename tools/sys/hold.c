// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Blocked signals, by sigprocmask(2), and noted ones, by handlers; must never lose the dispositions and the mask that it found.
 */
#include "sys/hold.h"

#include <signal.h>
#include <stddef.h>

static const int held[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGPIPE };
#define NHELD (sizeof(held) / sizeof(held[0]))
#define NASK (NHELD - 1)	/* SIGPIPE is no wish of anybody's */

#define NWATCH 4u	/* the first */

static sigset_t before;
static int active;
static struct sigaction was[NWATCH];
static int watching;
static volatile sig_atomic_t noted;

static void note(int sig)
{
	noted = sig;
}

void kj_hold_watch(void)
{
	struct sigaction act = { .sa_handler = note };

	if (watching)
		return;
	for (size_t i = 0; i < NWATCH; i++)
		if (!sigaction(held[i], NULL, &was[i]) && was[i].sa_handler != SIG_IGN)
			sigaction(held[i], &act, NULL);
	watching = 1;
}

void kj_hold_unwatch(void)
{
	if (!watching)
		return;
	for (size_t i = 0; i < NWATCH; i++)
		sigaction(held[i], &was[i], NULL);
	watching = 0;
	noted = 0;
}

void kj_hold_signals(void)
{
	sigset_t set;

	if (active)
		return;
	sigemptyset(&set);
	for (size_t i = 0; i < NHELD; i++)
		sigaddset(&set, held[i]);
	active = !sigprocmask(SIG_BLOCK, &set, &before);
}

int kj_hold_pending(void)
{
	sigset_t set;

	if (noted)
		return noted;
	if (!active || sigpending(&set))
		return 0;
	for (size_t i = 0; i < NASK; i++)
		if (sigismember(&set, held[i]) == 1)
			return held[i];
	return 0;
}

void kj_hold_end(void)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN }, old[NHELD];

	if (!active)
		return;
	/* what waits is thrown away by being ignored, even for a moment */
	for (size_t i = 0; i < NHELD; i++)
		sigaction(held[i], &ignore, &old[i]);
	for (size_t i = 0; i < NHELD; i++)
		sigaction(held[i], &old[i], NULL);
	sigprocmask(SIG_SETMASK, &before, NULL);
	active = 0;
}
