// SPDX-License-Identifier: GPL-2.0-or-later
/* lock.h: one process has it, says who, and has it until it ends. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/lock.h"
#include "tap.h"

static char dir[] = "/tmp/kj-lock-XXXXXX";
static char path[64];

/* What a process of its own is told, and whom it is told of. */
static int ask_child(int *owner)
{
	int fd[2], word[2] = { 1, 1 };
	pid_t pid;

	if (pipe(fd))
		abort();
	pid = fork();
	if (!pid) {
		word[0] = kj_lock_take(path, &word[1]);
		_exit(write(fd[1], word, sizeof(word)) != sizeof(word));
	}
	if (read(fd[0], word, sizeof(word)) != sizeof(word))
		abort();
	waitpid(pid, NULL, 0);
	close(fd[0]);
	close(fd[1]);
	*owner = word[1];
	return word[0];
}

int main(void)
{
	struct stat st;
	int owner = 7, fd[2];
	pid_t pid, grandchild;
	char c;

	if (!mkdtemp(dir))
		return 1;
	snprintf(path, sizeof(path), "%s/none/lock", dir);
	is(-kj_lock_take(path, &owner), ENOENT, "no such directory");
	snprintf(path, sizeof(path), "%s/lock", dir);
	is(symlink("/dev/null", path), 0, "a link");
	is(-kj_lock_take(path, &owner), ELOOP, "is not followed");
	unlink(path);
	is(ask_child(&owner), 0, "a process takes it");
	is(owner, 1, "and is told of nobody");
	is(stat(path, &st) ? -1 : (int)(st.st_mode & 0777), 0600, "the file is nobody else's");
	is(ask_child(&owner), 0, "it has gone with that process");

	/* one that has it and ends, while a child of its lives on */
	if (pipe(fd))
		return 1;
	pid = fork();
	if (!pid) {
		if (kj_lock_take(path, &owner))
			_exit(1);
		grandchild = fork();
		if (!grandchild)
			pause();
		_exit(write(fd[1], &grandchild, sizeof(grandchild)) != sizeof(grandchild) || pause());
	}
	if (read(fd[0], &grandchild, sizeof(grandchild)) != sizeof(grandchild))
		return 1;
	is(-kj_lock_take(path, &owner), EBUSY, "another process has it");
	is(owner, pid, "and it is said which");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	is(kj_lock_take(path, &owner), 0, "a child that lives on does not have it");
	kill(grandchild, SIGKILL);
	is(kj_lock_take(path, &owner), 0, "once more is no matter");
	is(-ask_child(&owner), EBUSY, "others do not get it");
	is(owner, getpid(), "as we have it");
	close(fd[1]);
	is(read(fd[0], &c, 1), 0, "nobody is left");
	unlink(path);
	rmdir(dir);
	return tap_done();
}
