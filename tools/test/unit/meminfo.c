// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What /proc/meminfo says, and does not.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/lib/meminfo.h"
#include "tap.h"

static char root[200];

static void put(const char *text)
{
	char path[300];
	int fd;

	snprintf(path, sizeof(path), "%s/proc/meminfo", root);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	ok(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text) && !close(fd), "a file");
}

int main(void)
{
	const char *dir = getenv("KJ_TMP") ? getenv("KJ_TMP") : "/tmp";
	char path[300];

	is(kj_meminfo_find("MemTotal:       2048 kB\nMemFree:  7 kB\n", "MemFree:"), 7168, "a key");
	is(kj_meminfo_find("MemTotal:       2048 kB\n", "MemFree:"), 0, "none");
	is(kj_meminfo_find("MemFree:", "MemFree:"), 0, "no number");
	is(kj_meminfo_find("MemFree: -1 kB\n", "MemFree:"), 0, "less than nothing");
	is(kj_meminfo_find("MemFree: 1099511627776 kB\n", "MemFree:"), 1ull << 50, "1 PiB");
	is(kj_meminfo_find("MemFree: 1099511627777 kB\n", "MemFree:"), 0, "more than there can be");

	snprintf(root, sizeof(root), "%s/meminfo.%d", dir, (int)getpid());
	snprintf(path, sizeof(path), "%s/proc", root);
	ok(!mkdir(root, 0700) && !mkdir(path, 0700), "a directory");
	is(kj_meminfo_available(root), 0, "no file");
	put("MemTotal:       2048 kB\n");
	is(kj_meminfo_available(root), 0, "an old kernel's");
	put("MemTotal:       2048 kB\nMemAvailable:   1024 kB\n");
	is(kj_meminfo_available(root), 1 << 20, "what can be had");
	snprintf(path, sizeof(path), "%s/proc/meminfo", root);
	ok(!unlink(path), "gone");
	snprintf(path, sizeof(path), "%s/proc", root);
	ok(!rmdir(path) && !rmdir(root), "and the directory");
	return tap_done();
}
