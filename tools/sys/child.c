/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fork, exec, collect, wait; never leaves a child behind.
 */
#include "sys/child.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/io.h"

static _Noreturn void child(char *const argv[], int out)
{
	int null = open("/dev/null", O_RDONLY);

	if (null >= 0)
		dup2(null, 0);
	if (out >= 0)
		dup2(out, 1);
	execv(argv[0], argv);
	_exit(127);
}

static void collect(int fd, char *out, size_t cap, size_t *len)
{
	char waste[256];

	*len = 0;
	for (;;) {
		size_t room = cap - 1 - *len;
		ssize_t n = read(fd, room ? out + *len : waste, room ? room : sizeof(waste));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		if (room)
			*len += (size_t)n;
	}
	out[*len] = 0;
}

int kj_child_run(char *const argv[], char *out, size_t cap, size_t *len, int *status)
{
	int fd[2] = { -1, -1 };
	int st;
	pid_t pid;

	if (out && (cap == 0 || pipe(fd) < 0))
		return cap == 0 ? -EINVAL : -errno;
	pid = fork();
	if (pid < 0) {
		int rc = -errno;

		kj_close(fd[0]);
		kj_close(fd[1]);
		return rc;
	}
	if (pid == 0) {
		kj_close(fd[0]);
		child(argv, fd[1]);
	}
	kj_close(fd[1]);
	if (out)
		collect(fd[0], out, cap, len);
	kj_close(fd[0]);
	while (waitpid(pid, &st, 0) < 0)
		if (errno != EINTR)
			return -errno;
	*status = WIFEXITED(st) ? WEXITSTATUS(st) : 128 + WTERMSIG(st);
	return 0;
}

int kj_child_mute(char *const argv[], int *status)
{
	pid_t pid = fork();
	int st;

	if (pid < 0)
		return -errno;
	if (pid == 0) {
		int null = open("/dev/null", O_WRONLY);

		if (null >= 0)
			dup2(null, 2);
		child(argv, null);
	}
	while (waitpid(pid, &st, 0) < 0)
		if (errno != EINTR)
			return -errno;
	*status = WIFEXITED(st) ? WEXITSTATUS(st) : 128 + WTERMSIG(st);
	return 0;
}

static _Noreturn void member(char *const argv[], int in, int out, int spare)
{
	/* of the reading end of its own output a child must know nothing, or it would never be told that nobody reads */
	kj_close(spare);
	if (in >= 0) {
		dup2(in, 0);
		kj_close(in);
	}
	if (out >= 0) {
		dup2(out, 1);
		kj_close(out);
	}
	signal(SIGPIPE, SIG_DFL);
	execvp(argv[0], argv);
	_exit(127);
}

/* All of them, for at most @left ms; 0: for ever. */
static int await(const pid_t pid[], unsigned int n, unsigned int left, int status[])
{
	const int timed = left != 0;

	for (unsigned int i = 0; i < n; i++) {
		int st = 0;
		pid_t p;

		while ((p = waitpid(pid[i], &st, timed ? WNOHANG : 0)) != pid[i]) {
			if (p < 0 && errno != EINTR)
				return -errno;
			if (timed && !p) {
				if (!left)
					return -ETIMEDOUT;
				left = left > 50 ? left - 50 : 0;
				poll(NULL, 0, 50);
			}
		}
		status[i] = WIFEXITED(st) ? WEXITSTATUS(st) : 128 + WTERMSIG(st);
	}
	return 0;
}

/* 1: ready; 0: @ms are over. */
static int ready(int fd, short events, unsigned int ms)
{
	struct pollfd p = { .fd = fd, .events = events };
	int rc;

	do
		rc = poll(&p, 1, (int)ms);
	while (rc < 0 && errno == EINTR);
	return rc < 0 ? -errno : rc;
}

/* From @in to @out, which does not block, until one of them has ended: 0; or -errno. */
static int relay(int in, int out, unsigned int ms)
{
	static char buf[65536];

	for (;;) {
		ssize_t n, done = 0;
		int rc = ready(in, POLLIN, ms);

		if (rc <= 0)
			return rc ? rc : -ETIMEDOUT;
		n = read(in, buf, sizeof(buf));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : 0;
		while (done < n) {
			ssize_t m;

			rc = ready(out, POLLOUT, ms);
			if (rc <= 0)
				return rc ? rc : -ETIMEDOUT;
			m = write(out, buf + done, (size_t)(n - done));
			/* nobody reads any more: whoever writes is to learn of it, too */
			if (m < 0 && errno == EPIPE)
				return 0;
			if (m < 0 && errno != EAGAIN && errno != EINTR)
				return -errno;
			done += m > 0 ? m : 0;
		}
	}
}

/* Whoever is started next inherits none of these. */
static int make_pipe(int fd[2])
{
	if (pipe(fd) < 0)
		return -errno;
	fcntl(fd[0], F_SETFD, FD_CLOEXEC);
	fcntl(fd[1], F_SETFD, FD_CLOEXEC);
	return 0;
}

struct pipeline {
	pid_t pid[KJ_CHILD_PIPE_MAX];
	unsigned int started;
	int in;			/* what the next one reads */
	int from, to;		/* what we carry to the last one; -1: nothing */
};

/* One more member; @last has our stdout. */
static int start(struct pipeline *p, char *const argv[], int last)
{
	int fd[2] = { -1, -1 };
	int rc = last ? 0 : make_pipe(fd);
	pid_t pid;

	if (rc)
		return rc;
	pid = fork();
	if (!pid)
		member(argv, p->in, fd[1], fd[0]);
	rc = pid < 0 ? -errno : 0;
	if (!rc)
		p->pid[p->started++] = pid;
	kj_close(p->in);
	kj_close(fd[1]);
	p->in = fd[0];
	return rc;
}

/* What comes from the last but one goes through us. */
static int tap(struct pipeline *p)
{
	int fd[2], rc = make_pipe(fd);

	if (rc)
		return rc;
	p->from = p->in;
	p->in = fd[0];
	p->to = fd[1];
	fcntl(p->to, F_SETFL, O_NONBLOCK);
	return 0;
}

int kj_child_pipe(char *const *const argv[], unsigned int n, unsigned int stall, int status[])
{
	struct pipeline p = { .in = -1, .from = -1, .to = -1 };
	int rc = 0, waited;

	if (n < 1 || n > KJ_CHILD_PIPE_MAX || (stall && n < 2) || stall > INT_MAX / 1000)
		return -EINVAL;
	for (unsigned int i = 0; i < n && !rc; i++) {
		if (stall && i + 1 == n)
			rc = tap(&p);
		if (!rc)
			rc = start(&p, argv[i], i + 1 == n);
	}
	kj_close(p.in);
	if (!rc && stall) {
		signal(SIGPIPE, SIG_IGN);
		rc = relay(p.from, p.to, stall * 1000);
	}
	kj_close(p.from);
	kj_close(p.to);
	waited = rc == -ETIMEDOUT ? rc : await(p.pid, p.started, stall * 1000, status);
	if (waited == -ETIMEDOUT) {
		for (unsigned int i = 0; i < p.started; i++)
			kill(p.pid[i], SIGKILL);
		(void)await(p.pid, p.started, 0, status);
	}
	return waited == -ETIMEDOUT ? waited : rc ? rc : waited;
}
