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

static void test_pages(void)
{
	static const char *const bad[] = { "MODE=jump\n", "MODE=jump\nBACKUP_PAGES=\n", "MODE=jump\nBACKUP_PAGES=1048577\n",
					   "MODE=jump\nBACKUP_PAGES=12x\n", "MODE=jump\nMORE_BACKUP_PAGES=12\n" };

	put("/sys/kernel/kexec_loaded", "1");
	is(kj_mark_pages(root), 0, "another program's image");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		put(KJ_LOAD_MARK_DIR "/loaded", bad[i]);
		is(kj_mark_pages(root), 0, "a mark that does not say");
	}
	put(KJ_LOAD_MARK_DIR "/loaded", "MODE=jump\nBACKUP_PAGES=20638\nENTRY=0x1\n");
	is(kj_mark_pages(root), 20638, "its pages");
	put("/sys/kernel/kexec_loaded", "0");
	is(kj_mark_pages(root), 0, "nothing is loaded");
	put(KJ_LOAD_MARK_DIR "/loaded", NULL);
	put("/sys/kernel/kexec_loaded", NULL);
}

int main(void)
{
	const char *dir = getenv("KJ_TMP") ? getenv("KJ_TMP") : "/tmp";

	snprintf(root, sizeof(root), "%s/load_mark.%d", dir, (int)getpid());
	dirs(make, 0);
	test_kind(0, "/sys/kernel/kexec_loaded", KJ_LOAD_MARK_DIR "/loaded");
	test_kind(1, "/sys/kernel/kexec_crash_loaded", KJ_LOAD_MARK_DIR "/loaded-crash");
	test_pages();
	dirs(rmdir, 1);
	return tap_done();
}
