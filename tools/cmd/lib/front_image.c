/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kjump check-image: is B's initramfs there, and newer than all that it is made of? Must never build it: that is for
 * /usr/lib/kjump/image.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>

#include "cmd/lib/front_image.h"
#include "cmd/lib/load.h"
#include "sys/die.h"
#include "sys/log.h"

#define KERNEL_MAX (256u << 20)

static int later(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec > b->tv_sec || (a->tv_sec == b->tv_sec && a->tv_nsec > b->tv_nsec);
}

/* Note @path if it changed after @built, by itself or, a link, by what it leads to. */
static void compare(const char *path, const struct timespec *built, struct kj_front_image *ret)
{
	struct stat st;

	if (ret->newer[0])
		return;
	if ((!stat(path, &st) && later(&st.st_ctim, built)) || (!lstat(path, &st) && later(&st.st_ctim, built)))
		snprintf(ret->newer, sizeof(ret->newer), "%s", path);
}

/* The directory @name beside @conf, which changes when a program comes or goes, and all that is in it. */
static void compare_hooks(const char *conf, const char *name, const struct timespec *built, struct kj_front_image *ret)
{
	const char *slash = strrchr(conf, '/');
	char dir[KJ_FRONT_TEXT], path[2 * KJ_FRONT_TEXT];
	struct dirent *e;
	DIR *d;

	snprintf(dir, sizeof(dir), "%.*skjump/%s", slash ? (int)(slash - conf + 1) : 0, conf, name);
	compare(dir, built, ret);
	d = opendir(dir);
	while (d && (e = readdir(d))) {
		snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		if (e->d_name[0] != '.')
			compare(path, built, ret);
	}
	if (d)
		closedir(d);
}

static void compare_all(const struct kj_front *f, const char *conf, const char *root, const struct timespec *built,
			struct kj_front_image *ret)
{
	static const char *const ours[] = { "kjump-dump", "kjump-restore", "../lib/kjump/init", "../lib/kjump/lib/common.sh" };
	static const char *const others[] = { "/bin/busybox", "/usr/bin/busybox" };
	char path[2 * KJ_FRONT_TEXT];

	compare(conf, built, ret);
	if (kj_front_goes_by(f, "ssh")) {
		compare(f->sshkey, built, ret);
		compare(f->known_hosts, built, ret);
	}
	if (kj_front_goes_by(f, "luks"))
		compare(f->crash_key, built, ret);
	if (f->kdump_pre[0])
		compare(f->kdump_pre, built, ret);
	if (f->kdump_post[0])
		compare(f->kdump_post, built, ret);
	compare_hooks(conf, "kdump_pre.d", built, ret);
	compare_hooks(conf, "kdump_post.d", built, ret);
	compare(f->kernel, built, ret);
	/* those of the network card, or of a cipher, are there as well */
	if (ret->release[0] && (f->modules[0] || kj_front_goes_by(f, "ssh") || kj_front_goes_by(f, "nfs") ||
				kj_front_goes_by(f, "luks"))) {
		snprintf(path, sizeof(path), "%s/lib/modules/%s/modules.dep", root, ret->release);
		compare(path, built, ret);
	}
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		compare(kj_front_tool(ours[i], path, sizeof(path)), built, ret);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		compare(others[i], built, ret);
}

int kj_front_image_look(const struct kj_front *f, const char *conf, const char *root, struct kj_front_image *ret)
{
	struct kj_load_file kernel;
	struct kj_bzimage bz;
	struct stat st;
	enum kj_err e;

	memset(ret, 0, sizeof(*ret));
	if (stat(f->kernel, &st)) {
		kj_log(KJ_LOG_ERR, "%s: %s", f->kernel, strerror(errno));
		return EX_NOINPUT;
	}
	kj_load_read("", f->kernel, KERNEL_MAX, &kernel);
	e = kj_bzimage_parse(kernel.buf, kernel.len, &bz);
	if (e) {
		kj_log(KJ_LOG_ERR, "%s: %s", f->kernel, e == KJ_EMAGIC ? "not a bzImage" : kj_strerror(e));
		return EX_DATAERR;
	}
	snprintf(ret->release, sizeof(ret->release), "%s", bz.release);
	if (stat(f->initrd, &st)) {
		ret->state = KJ_FRONT_MISSING;
		return 0;
	}
	compare_all(f, conf, root, &st.st_mtim, ret);
	if (ret->newer[0])
		ret->state = KJ_FRONT_OLD;
	return 0;
}

static void usage(FILE *f)
{
	fputs("usage: kjump check-image [OPTION...]\n\n"
	      "  -c, --config FILE   settings (" KJ_FRONT_CONF ")\n"
	      "      --sysroot DIR   look for lib/modules below DIR\n\n"
	      "Is kernel B's initramfs there, and newer than what it is made of? Prints KEY=value.\n"
	      "Exit status: 0 yes, 1 it must be built (/usr/lib/kjump/image does).\n",
	      f);
}

int kj_front_check_image(int argc, char **argv)
{
	static const char *const names[] = { "current", "old", "missing" };
	static struct kj_front f;
	struct kj_front_image image;
	const char *conf = KJ_FRONT_CONF, *root = "";
	int status;

	if (kj_front_look_args(argc, argv, usage, &conf, &root, &status))
		return status;
	kj_front_conf(&f, conf);
	status = kj_front_image_look(&f, conf, root, &image);
	if (status)
		return status;
	printf("KERNEL=%s\nKERNEL_RELEASE=%s\nINITRD=%s\nIMAGE=%s\nNEWER=%s\n", f.kernel, image.release, f.initrd,
	       names[image.state], image.newer);
	return image.state != KJ_FRONT_CURRENT;
}
