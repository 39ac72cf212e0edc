/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kjump test --crash: crash on purpose, and remember it, so that status can say what came of it. Must never crash a
 * system that is not ready for it, or without a yes.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "cmd/lib/front_crash.h"
#include "cmd/lib/front_image.h"
#include "cmd/lib/front_run.h"
#include "core/date.h"
#include "core/parse.h"
#include "sys/io.h"
#include "sys/log.h"

#define MARK_DIR "/var/lib/kjump"
#define MARK MARK_DIR "/crash-test"

static void usage(FILE *f)
{
	fputs("usage: kjump test --crash [OPTION...]\n"
	      "Crash this system on purpose: what has not been saved is lost, and it reboots. Then kjump"
	      " status --crash says\nwhat came of it.\n\n"
	      "      --yes           do not ask\n"
	      "  -c, --config FILE   settings (" KJ_FRONT_CONF ")\n"
	      "      --sysroot DIR   /proc, /sys, /run, /dev, /var and /etc/systemd below DIR\n\n"
	      "Exit status: 1 not ready for a panic, or no yes; 71 it did not crash.\n",
	      f);
}

/* On the disk before the crash. 0 or -errno. */
static int mark(const char *root, const char *path)
{
	char text[32], dir[KJ_FRONT_TEXT];
	int fd, rc;

	snprintf(dir, sizeof(dir), "%s" MARK_DIR, root);
	if (mkdir(dir, 0755) && errno != EEXIST)
		return -errno;
	unlink(path);
	fd = kj_open_new(path);
	if (fd < 0)
		return fd;
	snprintf(text, sizeof(text), "%llu\n", (unsigned long long)kj_run_now());
	rc = kj_write_full(fd, text, strlen(text));
	if (!rc)
		rc = kj_fsync(fd);
	return kj_close(fd) && !rc ? -EIO : rc;
}

/* One word of a person's. */
static int agreed(void)
{
	char line[16];

	fputs("This system will crash and reboot; what is not saved is lost. Type yes to go on: ", stdout);
	fflush(stdout);
	return fgets(line, sizeof(line), stdin) && !strcmp(line, "yes\n");
}

static int crash(const char *root)
{
	char path[KJ_FRONT_TEXT];
	int fd, rc;

	snprintf(path, sizeof(path), "%s/proc/sysrq-trigger", root);
	fd = kj_open(path, O_WRONLY);
	if (fd < 0)
		return fd;
	sync();
	rc = kj_write_full(fd, "c", 1);
	kj_close(fd);
	return rc;
}

int kj_front_crash_test(int argc, char **argv)
{
	const char *conf = KJ_FRONT_CONF, *root = "";
	char path[KJ_FRONT_TEXT], *args[16];
	int yes = 0, n = 0, status, rc;

	for (int i = 0; i < argc && n < 15; i++) {
		if (i && !strcmp(argv[i], "--yes"))
			yes = 1;
		else
			args[n++] = argv[i];
	}
	args[n] = NULL;
	if (kj_front_look_args(n, args, usage, &conf, &root, &status))
		return status;
	if (!kj_front_crash_ready(conf, root)) {
		kj_log(KJ_LOG_ERR, "not ready for a crash, see above");
		return 1;
	}
	if (!yes && !agreed()) {
		kj_log(KJ_LOG_ERR, "nobody said yes: nothing was done");
		return 1;
	}
	snprintf(path, sizeof(path), "%s" MARK, root);
	rc = mark(root, path);
	if (rc) {
		kj_log(KJ_LOG_ERR, "%s: %s", path, strerror(-rc));
		return EX_CANTCREAT;
	}
	rc = crash(root);
	/* whoever reads this has not crashed */
	unlink(path);
	kj_log(KJ_LOG_ERR, "%s/proc/sysrq-trigger: %s", root, rc ? strerror(-rc) : "it did not crash");
	return EX_OSERR;
}

void kj_front_crash_tested(const char *root, const char *dump, const char *state)
{
	char path[KJ_FRONT_TEXT], text[32], when[KJ_DATE_TEXT];
	struct stat st;
	uint64_t asked;
	size_t len;

	snprintf(path, sizeof(path), "%s" MARK, root);
	if (kj_slurp(path, text, sizeof(text), &len) || !len || kj_parse_u64(text, len - 1, &asked)) {
		puts("crash test  none: kjump test --crash");
		return;
	}
	kj_date_text(asked, when);
	if (dump[0] && !stat(dump, &st) && (uint64_t)st.st_mtime >= asked)
		printf("crash test  %s: %s\n", when, state);
	else
		printf("crash test  %s: no dump since, as far as can be seen here\n", when);
}
