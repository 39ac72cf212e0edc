// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Background processes of kjwork and the shared files they report through.
 * Must never signal a process whose start time differs from the recorded one:
 * pids are reused.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "kjwork.h"

static void state_path(const char *name, char *buf, size_t len)
{
	snprintf(buf, len, "%s/%s", KJ_RUN, name);
}

void *kj_state_create(const char *name, size_t size)
{
	char path[128];

	(void)mkdir("/run", 0755);
	if (mkdir(KJ_RUN, 0700) && errno != EEXIST)
		kj_die(EX_CANTCREAT, "%s: %s", KJ_RUN, strerror(errno));
	state_path(name, path, sizeof(path));
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0 && errno == EEXIST)
		kj_die(EX_TEMPFAIL, "%s: already started, kjwork stop comes first", name);
	if (fd < 0 || ftruncate(fd, (off_t)size))
		kj_die(EX_CANTCREAT, "%s: %s", path, strerror(errno));
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (p == MAP_FAILED)
		kj_die(EX_OSERR, "%s: cannot be mapped: %s", path, strerror(errno));
	close(fd);
	return p;
}

void *kj_state_open(const char *name, size_t size)
{
	char path[128];
	struct stat st;

	state_path(name, path, sizeof(path));
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT)
		return NULL;
	if (fd < 0 || fstat(fd, &st))
		kj_die(EX_NOINPUT, "%s: %s", path, strerror(errno));
	if ((uint64_t)st.st_size != size)
		kj_die(EX_DATAERR, "%s: has %lld bytes, not %zu", path, (long long)st.st_size,
		       size);
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (p == MAP_FAILED)
		kj_die(EX_OSERR, "%s: cannot be mapped: %s", path, strerror(errno));
	close(fd);
	return p;
}

/* State letter and start time of @pid. Returns false when there is none. */
static bool proc_stat(int pid, char *state, uint64_t *start)
{
	char path[64], text[1024];

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	if (kj_read_text(path, text, sizeof(text)) <= 0)
		return false;
	/* The name may hold blanks and brackets; fields count after the last. */
	char *p = strrchr(text, ')');

	if (!p || p[1] != ' ')
		return false;
	p += 2;
	*state = *p;
	for (int field = 3; field < 22; field++) {
		p = strchr(p, ' ');
		if (!p)
			return false;
		p++;
	}
	*start = strtoull(p, NULL, 10);
	return true;
}

void kj_proc_self(struct kj_proc *ret)
{
	char state;
	uint64_t start;

	if (!proc_stat(getpid(), &state, &start))
		kj_die(EX_NOINPUT, "/proc/%d/stat: cannot be read", (int)getpid());
	ret->pid = getpid();
	ret->start = start;
}

bool kj_proc_alive(const struct kj_proc *p)
{
	char state;
	uint64_t start;

	return p->pid > 0 && proc_stat(p->pid, &state, &start) && start == p->start &&
	       state != 'Z' && state != 'X';
}

void kj_proc_kill(const struct kj_proc *p)
{
	if (!kj_proc_alive(p))
		return;
	(void)kill(p->pid, SIGKILL);
	for (int i = 0; i < 1000 && kj_proc_alive(p); i++)
		kj_sleep_ms(10);
}

int kj_spawn(const char *comm)
{
	char path[128];

	fflush(stdout);
	fflush(stderr);
	pid_t pid = fork();

	if (pid < 0)
		kj_die(EX_OSERR, "fork: %s", strerror(errno));
	if (pid > 0)
		return pid;
	(void)setsid();
	(void)prctl(PR_SET_NAME, comm);
	(void)signal(SIGPIPE, SIG_IGN);
	/* A console may go away in a jump, and a pipe's reader would wait for us. */
	snprintf(path, sizeof(path), "%s/%s.log", KJ_RUN, comm);
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);

	if (fd < 0)
		_exit(EX_CANTCREAT);
	(void)dup2(fd, STDOUT_FILENO);
	(void)dup2(fd, STDERR_FILENO);
	if (fd > STDERR_FILENO)
		close(fd);
	fd = open("/dev/null", O_RDONLY);
	if (fd >= 0) {
		(void)dup2(fd, STDIN_FILENO);
		if (fd > STDERR_FILENO)
			close(fd);
	} else {
		close(STDIN_FILENO);
	}
	if (chdir("/"))
		_exit(EX_OSERR);
	return 0;
}

void kj_await_ready(const volatile uint32_t *flag, int pid, const char *what)
{
	int status;

	while (!*flag) {
		if (waitpid(pid, &status, WNOHANG) == pid && !*flag)
			kj_die(EX_SOFTWARE, "%s: ended at once, see %s/*.log", what, KJ_RUN);
		kj_sleep_ms(5);
	}
}

bool kj_await_progress(const volatile uint64_t *v, uint64_t from, uint64_t by)
{
	uint64_t end = kj_now_ms() + KJ_ALIVE_MS;

	do {
		if (*v - from >= by && *v > from)
			return true;
		kj_sleep_ms(10);
	} while (kj_now_ms() < end);
	return false;
}
