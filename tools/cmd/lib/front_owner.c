/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Other services that load a crash kernel. Must never ask a service manager: a file system tells as much, in a chroot and
 * while booting too.
 */
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/lib/front.h"
#include "cmd/lib/front_crash.h"

#define UNITS "/etc/systemd/system"

/* kdump-tools of Debian, kdump of kdump-utils and openSUSE */
static const struct {
	const char *service, *program;	/* what the script of SysV init needs, NULL: there is none */
} known[] = {
	{ "kdump-tools", "/usr/sbin/kdump-config" },
	{ "kdump", NULL },
	{ "kdump-early", NULL },
};
#define NKNOWN (sizeof(known) / sizeof(known[0]))

static int found(const char *service, const char *suffix, char *name, size_t cap)
{
	snprintf(name, cap, "%s%s", service, suffix);
	return 1;
}

/* A link SNNservice in one of the run levels in which a machine works. */
static int in_runlevel(const char *root, const char *service)
{
	char path[KJ_FRONT_TEXT];
	int hit = 0;

	for (int level = 2; level <= 5 && !hit; level++) {
		DIR *d;
		struct dirent *e;

		snprintf(path, sizeof(path), "%s/etc/rc%d.d", root, level);
		d = opendir(path);
		while (d && !hit && (e = readdir(d)))
			hit = e->d_name[0] == 'S' && strlen(e->d_name) > 3 && !strcmp(e->d_name + 3, service);
		if (d)
			closedir(d);
	}
	return hit;
}

/* A link of that name in any target's .wants; dangling, as a removed package leaves it, it says nothing. */
static int is_wanted(const char *root, const char *service)
{
	char path[KJ_FRONT_TEXT];
	struct dirent *e;
	struct stat st;
	int hit = 0;
	DIR *d;

	snprintf(path, sizeof(path), "%s" UNITS, root);
	d = opendir(path);
	while (d && !hit && (e = readdir(d))) {
		const size_t n = strlen(e->d_name);
		char link[2 * KJ_FRONT_TEXT], to[KJ_FRONT_TEXT];
		ssize_t len;

		if (n < 6 || strcmp(e->d_name + n - 6, ".wants"))
			continue;
		snprintf(link, sizeof(link), "%s" UNITS "/%s/%s.service", root, e->d_name, service);
		len = readlink(link, to, sizeof(to) - 1);
		if (len <= 0)
			continue;
		to[len] = '\0';
		/* an absolute link is one of that root */
		snprintf(link, sizeof(link), "%s%s", root, to);
		hit = to[0] == '/' && !stat(link, &st) && S_ISREG(st.st_mode);
	}
	if (d)
		closedir(d);
	return hit;
}

int kj_front_crash_owner(const char *root, char *name, size_t cap)
{
	char path[KJ_FRONT_TEXT];

	for (size_t i = 0; i < NKNOWN; i++) {
		if (is_wanted(root, known[i].service))
			return found(known[i].service, ".service", name, cap);
		if (!known[i].program)
			continue;
		snprintf(path, sizeof(path), "%s%s", root, known[i].program);
		if (!access(path, X_OK) && in_runlevel(root, known[i].service))
			return found(known[i].service, "", name, cap);
	}
	return 0;
}
