// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The levels of /sys/power/pm_test, by way of /sys/power/state; must never write there before the kernel has shown
 * that it is going to test only.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "cmd/lib/front_levels.h"
#include "sys/hold.h"
#include "sys/io.h"
#include "sys/log.h"

#define TEXT 256

/* What we change in /sys/power, and what stood there. */
enum { PM_TEST, DISK, IMAGE_SIZE, NFILES };
static const char *const files[NFILES] = { "pm_test", "disk", "image_size" };

struct levels {
	const char *root;
	char was[NFILES][TEXT];
};

static void path_of(const struct levels *l, const char *name, char *buf, size_t cap)
{
	snprintf(buf, cap, "%s/sys/power/%s", l->root, name);
}

static int get(const struct levels *l, const char *name, char text[TEXT])
{
	char path[512];
	size_t len;
	int rc;

	path_of(l, name, path, sizeof(path));
	rc = kj_slurp(path, text, TEXT, &len);
	if (!rc)
		text[strcspn(text, "\n")] = 0;
	return rc;
}

static int put(const struct levels *l, const char *name, const char *word)
{
	char path[512];

	path_of(l, name, path, sizeof(path));
	return kj_spit(path, word, strlen(word));
}

/* Is @word one of the words of @text? 2: the one in brackets, 1: another, 0: no. */
static int has(const char *text, const char *word)
{
	const size_t n = strlen(word);

	for (const char *p = text; *p; p += strcspn(p, " "), p += strspn(p, " ")) {
		const size_t len = strcspn(p, " ");

		if (len == n && !strncmp(p, word, n))
			return 1;
		if (len == n + 2 && p[0] == '[' && p[n + 1] == ']' && !strncmp(p + 1, word, n))
			return 2;
	}
	return 0;
}

/* The word in brackets, or all of it. */
static void chosen(char text[TEXT])
{
	char *open = strchr(text, '['), *end = open ? strchr(open, ']') : NULL;

	if (!end)
		return;
	*end = 0;
	memmove(text, open + 1, (size_t)(end - open));
}

static int begin(struct levels *l)
{
	/* a jump asks the firmware for nothing, and room for an image is not what is tested */
	static const char *const want[NFILES] = { NULL, "shutdown", "9223372036854775807" };

	for (int i = 0; i < NFILES; i++) {
		int rc = get(l, files[i], l->was[i]);

		if (rc && i == PM_TEST)
			return rc;
		if (rc)
			l->was[i][0] = 0;
		chosen(l->was[i]);
		if (l->was[i][0] && want[i])
			put(l, files[i], want[i]);
	}
	return 0;
}

static void end(const struct levels *l)
{
	for (int i = 0; i < NFILES; i++)
		if (l->was[i][0] && put(l, files[i], l->was[i]))
			kj_log(KJ_LOG_WARN, "/sys/power/%s: could not be set back to %s", files[i], l->was[i]);
}

static int failed(const char *level, int rc)
{
	if (rc == -ENOMEM) {
		kj_log(KJ_LOG_ERR, "pm_test: level %s: too little free memory: the kernel sets aside as much as is in use", level);
		return EX_TEMPFAIL;
	}
	kj_log(KJ_LOG_ERR, "pm_test: level %s failed: %s; the kernel's log says more", level, strerror(-rc));
	return rc == -EBUSY ? EX_TEMPFAIL : EX_OSERR;
}

static int run_level(const struct levels *l, const char *level)
{
	char text[TEXT];
	int rc = put(l, "pm_test", level);

	/* written and not taken would be a hibernation in earnest */
	if (!rc)
		rc = get(l, "pm_test", text);
	if (rc || has(text, level) != 2) {
		kj_log(KJ_LOG_ERR, "pm_test: the kernel does not take level %s%s%s", level, rc ? ": " : "",
		       rc ? strerror(-rc) : "");
		return EX_OSERR;
	}
	rc = put(l, "state", "disk");
	return rc ? failed(level, rc) : 0;
}

static int run_levels(const struct levels *l, const char *offered, int quiet)
{
	static const char *const levels[] = { "freezer", "devices", "platform", "processors", "core" };
	int status = 0;

	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]) && !status; i++) {
		int sig = kj_hold_pending();

		if (sig) {
			kj_log(KJ_LOG_ERR, "stopped by signal %d", sig);
			return EX_TEMPFAIL;
		}
		if (!has(offered, levels[i]))
			continue;
		/* a machine that hangs shows at which one */
		if (!quiet) {
			printf("pm_test: level %s ... ", levels[i]);
			fflush(stdout);
		}
		status = run_level(l, levels[i]);
		if (!quiet)
			puts(status ? "failed" : "passed");
	}
	fflush(stdout);
	return status;
}

int kj_front_levels(const char *root, int quiet)
{
	struct levels l = { .root = root };
	char offered[TEXT], state[TEXT];
	int status;

	if (get(&l, "pm_test", offered) || get(&l, "state", state) || !has(state, "disk")) {
		if (!quiet)
			puts("pm_test: this kernel does not offer it (CONFIG_PM_SLEEP_DEBUG, hibernation): only the jump is tried");
		fflush(stdout);
		return 0;
	}
	kj_hold_signals();
	status = begin(&l) ? EX_OSERR : 0;
	if (status)
		kj_log(KJ_LOG_ERR, "/sys/power/pm_test: cannot be read");
	else
		status = run_levels(&l, offered, quiet);
	end(&l);
	kj_hold_end();
	return status;
}
