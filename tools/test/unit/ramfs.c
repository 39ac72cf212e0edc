// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sys/ramfs: files that only this process and its children can name; needs root, and a kernel that lets it.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/io.h"
#include "sys/ramfs.h"
#include "tap.h"

/* What a child finds in it. */
static int child_reads(const char *path, char *buf, size_t len)
{
	int fd, st = -1;
	pid_t pid = fork();

	if (!pid) {
		fd = kj_open(path, O_RDONLY);
		_exit(fd < 0 || kj_read_full(fd, buf, len, NULL) || memcmp(buf, "secret", len));
	}
	waitpid(pid, &st, 0);
	return st;
}

int main(void)
{
	char path[KJ_RAMFS_PATH], buf[6];
	int file, fs = kj_ramfs_open();
	struct stat st;

	if (fs == -EPERM || fs == -ENOSYS) {
		skip(strerror(-fs));
		return tap_done();
	}
	ok(fs >= 0, "made");
	kj_ramfs_path(fs, "key", path);
	is(-kj_ramfs_wipe(fs, "key"), ENOENT, "nothing in it");
	file = kj_open_new(path);
	ok(file >= 0 && !kj_write_full(file, "secret", 6), "a file");
	kj_close(file);
	is(child_reads(path, buf, sizeof(buf)), 0, "a child reads it");
	file = kj_open(path, O_RDONLY);
	is(-kj_ramfs_wipe(fs, "key"), 0, "wiped");
	ok(stat(path, &st) && errno == ENOENT, "it is gone");
	ok(!kj_read_full(file, buf, sizeof(buf), NULL) && !memcmp(buf, "\0\0\0\0\0\0", 6),
	   "and whoever has it open finds zeros");
	kj_close(file);
	kj_close(fs);
	ok(stat(path, &st) && errno == ENOENT, "closed");
	return tap_done();
}
