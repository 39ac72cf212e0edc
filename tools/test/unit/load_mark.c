// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Whose image is loaded, of each kind, by the kernel's word and by the mark.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/lib/load_mark.h"
#include "tap.h"

static char root[200];

/* A file below root with @text; NULL: none. */
static void put(const char *name, const char *text)
{
	char path[300];
	int fd;

	snprintf(path, sizeof(path), "%s%s", root, name);
	unlink(path);
	if (!text)
		return;
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	ok(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text) && !close(fd), "%s is '%c'", name,
	   text[0]);
}

static void dirs(int (*act)(const char *path), int backwards)
{
	static const char *const name[] = { "", "/sys", "/sys/kernel", "/run", "/run/kjump" };
	char path[300];

	for (int i = 0; i < 5; i++) {
		snprintf(path, sizeof(path), "%s%s", root, name[backwards ? 4 - i : i]);
		ok(!act(path), "%s", path);
	}
}

static int make(const char *path)
{
	return mkdir(path, 0700);
}

static void test_kind(int crash, const char *loaded, const char *mark)
{
	is(kj_mark_look(root, crash), 0, "the kernel does not say");
	put(mark, "x");
	is(kj_mark_look(root, crash), 0, "though there is a mark");
	put(loaded, "0");
	is(kj_mark_look(root, crash), 0, "nothing is loaded");
	put(loaded, "1");
	is(kj_mark_look(root, crash), 1, "ours is loaded");
	is(kj_mark_look(root, !crash), 0, "of this kind alone");
	put(mark, NULL);
	is(kj_mark_look(root, crash), -EEXIST, "another program's is loaded");
	put(loaded, NULL);
}

int main(void)
{
	const char *dir = getenv("KJ_TMP") ? getenv("KJ_TMP") : "/tmp";

	snprintf(root, sizeof(root), "%s/load_mark.%d", dir, (int)getpid());
	dirs(make, 0);
	test_kind(0, "/sys/kernel/kexec_loaded", KJ_LOAD_MARK_DIR "/loaded");
	test_kind(1, "/sys/kernel/kexec_crash_loaded", KJ_LOAD_MARK_DIR "/loaded-crash");
	dirs(rmdir, 1);
	return tap_done();
}
