// SPDX-License-Identifier: GPL-2.0-or-later
/* hold.h: signals wait, are seen, are forgotten, and work again. */
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/hold.h"
#include "tap.h"

static volatile sig_atomic_t seen;

static void on_signal(int sig)
{
	seen = sig;
}

/* A child, as it would start another program: what ends it? */
static int child_ends_by(int sig)
{
	int status = 0;
	pid_t pid = fork();

	if (!pid) {
		raise(sig);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

int main(void)
{
	static const int sigs[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP };

	kj_hold_end();
	is(kj_hold_pending(), 0, "nothing waits when nothing is held");
	is(child_ends_by(SIGTERM), SIGTERM, "a signal ends a program");
	for (unsigned int i = 0; i < sizeof(sigs) / sizeof(sigs[0]); i++) {
		kj_hold_signals();
		ok(!kj_hold_pending(), "signal %d: none waits at first", sigs[i]);
		raise(sigs[i]);
		ok(kj_hold_pending() == sigs[i], "signal %d: waits", sigs[i]);
		kj_hold_end();
		ok(!kj_hold_pending(), "signal %d: is forgotten", sigs[i]);
	}
	kj_hold_signals();
	raise(SIGPIPE);
	is(kj_hold_pending(), 0, "a reader that went away asks for nothing");
	kj_hold_end();
	kj_hold_signals();
	kj_hold_signals();
	is(child_ends_by(SIGINT), 0, "a child inherits that");
	kj_hold_end();
	is(child_ends_by(SIGINT), SIGINT, "twice held is held once");
	signal(SIGINT, on_signal);
	kj_hold_signals();
	raise(SIGINT);
	kj_hold_end();
	is(seen, 0, "a handler does not hear what was forgotten");
	raise(SIGINT);
	is(seen, SIGINT, "but what comes later");
	signal(SIGINT, SIG_DFL);

	kj_hold_unwatch();
	signal(SIGHUP, SIG_IGN);
	kj_hold_watch();
	kj_hold_watch();
	is(kj_hold_pending(), 0, "watched: nothing at first");
	raise(SIGHUP);
	is(kj_hold_pending(), 0, "watched: what is ignored stays so");
	raise(SIGTERM);
	is(kj_hold_pending(), SIGTERM, "watched: is noted");
	kj_hold_signals();
	raise(SIGINT);
	kj_hold_end();
	is(kj_hold_pending(), SIGTERM, "and still is when others were held and forgotten");
	kj_hold_unwatch();
	is(kj_hold_pending(), 0, "no longer watched: is forgotten");
	is(child_ends_by(SIGTERM), SIGTERM, "and ends a program again");
	is(child_ends_by(SIGHUP), 0, "or not");
	return tap_done();
}
