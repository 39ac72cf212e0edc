/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fork, exec, collect, wait; never leaves a child behind.
 */
#include "sys/child.h"

#include <errno.h>
#include <fcntl.h>
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
	execvp(argv[0], argv);
	_exit(127);
}

static int await(const pid_t pid[], unsigned int n, int status[])
{
	int rc = 0;

	for (unsigned int i = 0; i < n; i++) {
		int st = 0;

		while (waitpid(pid[i], &st, 0) < 0)
			if (errno != EINTR) {
				rc = -errno;
				break;
			}
		status[i] = WIFEXITED(st) ? WEXITSTATUS(st) : 128 + WTERMSIG(st);
	}
	return rc;
}

int kj_child_pipe(char *const *const argv[], unsigned int n, int status[])
{
	pid_t pid[KJ_CHILD_PIPE_MAX];
	unsigned int started = 0;
	int in = -1, rc = 0, waited;

	if (n < 1 || n > KJ_CHILD_PIPE_MAX)
		return -EINVAL;
	while (started < n && !rc) {
		int fd[2] = { -1, -1 };

		if (started + 1 < n && pipe(fd) < 0) {
			rc = -errno;
			break;
		}
		pid[started] = fork();
		if (!pid[started])
			member(argv[started], in, fd[1], fd[0]);
		if (pid[started] < 0)
			rc = -errno;
		else
			started++;
		kj_close(in);
		kj_close(fd[1]);
		in = fd[0];
	}
	kj_close(in);
	waited = await(pid, started, status);
	return rc ? rc : waited;
}
