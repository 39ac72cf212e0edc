// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A line from a pipe and from a terminal: its ends, its errors, and that a terminal shows nothing of it.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "sys/ask.h"
#include "sys/hold.h"
#include "tap.h"

static int fd[2];

static void feed(const char *text)
{
	const size_t len = strlen(text);

	if (pipe(fd) || write(fd[1], text, len) != (ssize_t)len)
		exit(1);
}

static void done(void)
{
	close(fd[0]);
	if (fd[1] >= 0)
		close(fd[1]);
}

static void test_pipe(void)
{
	char buf[8];
	size_t len = 77;

	feed("one\ntwo\r\n\nseven77\neight8889\nlast");
	is(kj_ask(fd[0], 0, buf, sizeof(buf), &len), 0, "a line");
	is_str(buf, "one", "is it");
	is(len, 3, "its length");
	is(kj_ask(fd[0], 5, buf, sizeof(buf), &len), 0, "the next");
	is_str(buf, "two", "without its end");
	is(kj_ask(fd[0], 5, buf, sizeof(buf), &len), 0, "an empty one");
	is(len, 0, "has no length");
	is(kj_ask(fd[0], 5, buf, sizeof(buf), &len), 0, "one that just fits");
	is_str(buf, "seven77", "is it");
	is(-kj_ask(fd[0], 5, buf, sizeof(buf), &len), E2BIG, "one that does not");
	close(fd[1]);
	fd[1] = -1;
	is(kj_ask(fd[0], 5, buf, sizeof(buf), &len), 0, "a line that has no end");
	is_str(buf, "last", "is one");
	is(-kj_ask(fd[0], 5, buf, sizeof(buf), &len), ENODATA, "and then there is none");
	is(-kj_ask(fd[0], 5, buf, 0, &len), EINVAL, "no room at all");
	done();
	feed("part");
	is(-kj_ask(fd[0], 1, buf, sizeof(buf), &len), ETIMEDOUT, "half a line, and then nothing");
	done();
	is(-kj_ask(fd[0], 1, buf, sizeof(buf), &len), EBADF, "no file");
}

static void on_alarm(int sig)
{
	(void)sig;
}

static void test_signal(void)
{
	struct sigaction sa = { .sa_handler = on_alarm };
	char buf[8];
	size_t len;

	sigaction(SIGALRM, &sa, NULL);
	feed("");
	alarm(1);
	is(-kj_ask(fd[0], 30, buf, sizeof(buf), &len), EINTR, "a signal");
	done();
}

/* A key that interrupts, at a terminal that shows nothing. */
static void test_tty_signal(void)
{
	const int m = posix_openpt(O_RDWR | O_NOCTTY);
	struct termios now;
	char buf[8];
	size_t len;
	int s;

	if (m < 0 || grantpt(m) || unlockpt(m) || (s = open(ptsname(m), O_RDWR | O_NOCTTY)) < 0) {
		skip("no pseudo terminal here");
		return;
	}
	kj_hold_watch();
	if (!fork()) {
		do {
			usleep(1000);
			tcgetattr(s, &now);
		} while (now.c_lflag & ECHO);
		/* once more, if it was not waiting yet */
		for (int i = 0; i < 100 && !(now.c_lflag & ECHO); i++) {
			kill(getppid(), SIGINT);
			usleep(100000);
			tcgetattr(s, &now);
		}
		_exit(0);
	}
	is(-kj_ask(s, 20, buf, sizeof(buf), &len), EINTR, "a signal at a terminal");
	wait(NULL);
	is(kj_hold_pending(), SIGINT, "is noted");
	kj_hold_unwatch();
	tcgetattr(s, &now);
	ok(now.c_lflag & ECHO, "and the terminal shows what is typed");
	close(s);
	close(m);
}

static void test_tty(void)
{
	const int m = posix_openpt(O_RDWR | O_NOCTTY);
	struct termios before, after;
	struct pollfd p = { .fd = m, .events = POLLIN };
	char buf[32], seen[64];
	size_t len;
	pid_t child;
	int s;

	if (m < 0 || grantpt(m) || unlockpt(m) || (s = open(ptsname(m), O_RDWR | O_NOCTTY)) < 0) {
		skip("no pseudo terminal here");
		return;
	}
	tcgetattr(s, &before);
	ok(before.c_lflag & ECHO, "a terminal that shows what is typed");
	child = fork();
	if (!child) {
		struct termios now;

		/* what comes before the echo is off is thrown away */
		do {
			usleep(1000);
			tcgetattr(s, &now);
		} while (now.c_lflag & ECHO);
		_exit(write(m, "secret\n", 7) != 7);
	}
	is(kj_ask(s, 20, buf, sizeof(buf), &len), 0, "a line");
	is_str(buf, "secret", "is it");
	is(poll(&p, 1, 0), 0, "the terminal shows nothing");
	tcgetattr(s, &after);
	ok(!memcmp(&before.c_lflag, &after.c_lflag, sizeof(before.c_lflag)), "and is as it was");
	if (write(m, "x\n", 2) == 2 && poll(&p, 1, 5000) == 1)
		ok(read(m, seen, sizeof(seen)) > 0, "what is typed later is shown");
	close(s);
	close(m);
}

int main(void)
{
	test_pipe();
	test_signal();
	test_tty();
	test_tty_signal();
	return tap_done();
}
