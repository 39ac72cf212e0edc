/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kjump status --crash: is everything ready for a panic? Must never say so of a crash kernel that is not the one that would
 * be loaded now.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "cmd/lib/front_crash.h"
#include "cmd/lib/front_image.h"
#include "cmd/lib/load_mark.h"
#include "sys/io.h"
#include "sys/kexec.h"

#define MIB (1ull << 20)
#define STATUS_MAX 65536u

static void usage(FILE *f)
{
	fputs("usage: kjump status --crash [OPTION...]\n\n"
	      "  -c, --config FILE   settings (" KJ_FRONT_CONF ")\n"
	      "      --sysroot DIR   look at /sys, /run, /dev, /etc/systemd and the directory of dumps below DIR\n\n"
	      "Exit status: 0 ready for a panic, 1 not ready.\n",
	      f);
}

static int check_reservation(const char *root)
{
	char owner[64];
	uint64_t size = 0;
	const int rc = kj_kexec_crash_size(root, &size);
	const int other = kj_front_crash_owner(root, owner, sizeof(owner));

	if (rc)
		puts("reservation this kernel has no crash dumps");
	else if (!size)
		puts("reservation none: boot with crashkernel=SIZE (kjump estimate says which)");
	else
		printf("reservation %llu MiB\n", (unsigned long long)(size / MIB));
	if (other)
		printf("            %s is switched on and wants it too\n", owner);
	return !rc && size && !other;
}

/* The mark that kjump-load left is as old as what is loaded. */
static int check_loaded(const char *root, const struct kj_front *f)
{
	char path[KJ_FRONT_TEXT];
	struct stat mark, initrd;
	const int loaded = kj_kexec_loaded(root, 1);

	snprintf(path, sizeof(path), "%s" KJ_LOAD_MARK_DIR "/loaded-crash", root);
	if (loaded != 1) {
		puts("kernel B    not loaded: kjump load --crash");
		return 0;
	}
	if (stat(path, &mark)) {
		puts("kernel B    another program's crash kernel is loaded");
		return 0;
	}
	if (!stat(f->initrd, &initrd) && initrd.st_mtime > mark.st_mtime) {
		puts("kernel B    loaded before its initramfs was built: kjump load --crash");
		return 0;
	}
	puts("kernel B    loaded");
	return 1;
}

int kj_front_image_line(const struct kj_front *f, const char *conf, const char *root)
{
	struct kj_front_image image;

	if (kj_front_image_look(f, conf, root, &image))
		return 0;
	if (image.state == KJ_FRONT_MISSING)
		printf("image of B  %s: not there: /usr/lib/kjump/image\n", f->initrd);
	else if (image.state == KJ_FRONT_OLD)
		printf("image of B  %s: older than %s: /usr/lib/kjump/image\n", f->initrd, image.newer);
	else
		printf("image of B  %s: current\n", f->initrd);
	return image.state == KJ_FRONT_CURRENT;
}

/* Where udev keeps links to it; NULL: nobody can tell without reading disks. */
static const char *links_of(const char *spec, const char **value)
{
	static const char *const forms[][2] = { { "PARTUUID=", "by-partuuid" }, { "UUID=", "by-uuid" }, { "LABEL=", "by-label" } };

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		const size_t n = strlen(forms[i][0]);

		if (!strncmp(spec, forms[i][0], n)) {
			*value = spec + n;
			return forms[i][1];
		}
	}
	return NULL;
}

/* One on the network is believed to be there: to ask is what monitoring does each minute, and a server may object. */
static int check_server(const char *how, const char *where)
{
	printf("target      %s %s: on the network, not asked\n", how, where);
	return 1;
}

/* Prints a line; 0 only if the target is known not to be there. */
static int check_target(const char *root, const char *spec)
{
	const char *value, *dir = links_of(spec, &value);
	char path[3 * KJ_FRONT_TEXT], all[KJ_FRONT_TEXT];

	/* of its parts only those are there that have something in them */
	snprintf(all, sizeof(all), "%s/dev/disk", root);
	if (dir)
		snprintf(path, sizeof(path), "%s/%s/%s", all, dir, value);
	else
		snprintf(path, sizeof(path), "%s%s", root, spec);
	if (spec[0] != '/' && (!dir || access(all, F_OK))) {
		printf("target      %s: cannot be looked up here\n", spec);
		return 1;
	}
	if (access(path, F_OK)) {
		printf("target      %s: not there\n", spec);
		return 0;
	}
	printf("target      %s\n", spec);
	return 1;
}

/* One that is there is enough: the others are tried first, or not at all. */
static int check_targets(const char *root, const struct kj_front *f)
{
	char list[KJ_CONF_TEXT];
	const char *how = NULL;
	int any = 0;

	snprintf(list, sizeof(list), "%s", f->crash_target);
	for (char *s = list; *s;) {
		const size_t n = strcspn(s, " \t");
		const int last = !s[n];

		s[n] = '\0';
		if (how && n) {
			any |= strcmp(how, "luks") ? check_server(how, s) : check_target(root, s);
			how = NULL;
		} else if (!strcmp(s, "ssh") || !strcmp(s, "nfs") || !strcmp(s, "luks")) {
			how = s;
		} else if (n) {
			any |= check_target(root, s);
		}
		s += n + !last;
	}
	if (!f->crash_target[0])
		puts("target      none: set crash_target");
	return any;
}

/* The value of "state" in a status.json, which B wrote; "unknown" if there is none. */
static void read_state(const char *dir, char *state, size_t cap)
{
	static char text[STATUS_MAX];
	char path[3 * KJ_FRONT_TEXT];
	const char *p = NULL;
	size_t len, n;

	snprintf(state, cap, "unknown");
	snprintf(path, sizeof(path), "%s/status.json", dir);
	if (!kj_slurp(path, text, sizeof(text), &len))
		p = strstr(text, "\"state\": \"");
	if (!p)
		return;
	p += strlen("\"state\": \"");
	n = strspn(p, "abcdefghijklmnopqrstuvwxyz");
	if (n && n < cap && p[n] == '"')
		snprintf(state, n + 1, "%s", p);
}

/* Of names HOST-YYYY-MM-DD-HH:MM:SS, on vfat HH.MM.SS, the last date, if the directory can be seen from here. */
static void show_last(const char *root, const struct kj_front *f)
{
	static const size_t date = sizeof("YYYY-MM-DD-HH:MM:SS") - 1;
	char dir[KJ_FRONT_TEXT], best[256] = "", path[2 * KJ_FRONT_TEXT] = "", state[32] = "";
	struct dirent *e;
	DIR *d;

	snprintf(dir, sizeof(dir), "%s%s", root, f->path);
	d = opendir(dir);
	while (d && (e = readdir(d))) {
		const size_t n = strlen(e->d_name);

		if (n <= date || n >= sizeof(best) || e->d_name[n - date - 1] != '-' || e->d_name[n - 9] != '-' ||
		    !strchr(":.", e->d_name[n - 6]) || e->d_name[n - 3] != e->d_name[n - 6])
			continue;
		if (!best[0] || strcmp(e->d_name + n - date, best + strlen(best) - date) > 0)
			snprintf(best, sizeof(best), "%s", e->d_name);
	}
	if (d)
		closedir(d);
	if (!best[0]) {
		printf("last crash  none in %s\n", f->path);
		kj_front_crash_tested(root, path, state);
		return;
	}
	snprintf(path, sizeof(path), "%s/%s", dir, best);
	read_state(path, state, sizeof(state));
	printf("last crash  %s/%s: %s\n", f->path, best, state);
	kj_front_crash_tested(root, path, state);
}

int kj_front_crash_ready(const char *conf, const char *root)
{
	static struct kj_front f;
	int ok;

	kj_front_conf(&f, conf);
	ok = check_reservation(root);
	ok &= check_loaded(root, &f);
	ok &= kj_front_image_line(&f, conf, root);
	ok &= check_targets(root, &f);
	show_last(root, &f);
	puts(ok ? "ready" : "not ready");
	return ok;
}

int kj_front_crash_status(int argc, char **argv)
{
	const char *conf = KJ_FRONT_CONF, *root = "";
	int status;

	if (kj_front_look_args(argc, argv, usage, &conf, &root, &status))
		return status;
	return !kj_front_crash_ready(conf, root);
}
