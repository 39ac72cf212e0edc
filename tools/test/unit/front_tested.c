// SPDX-License-Identifier: GPL-2.0-or-later
/* front_tested.h: what is remembered, and every change that makes it void. */
#include <stdlib.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "cmd/lib/front_tested.h"
#include "sys/log.h"
#include "tap.h"

static char dir[] = "/tmp/kj-tested-XXXXXX";

static const char *const dirs[] = { "proc", "sys", "sys/kernel", "var", "var/lib", "var/lib/kjump", "run", "run/kjump" };
static const char *const files[] = { "proc/version", "sys/kernel/notes", "kernel", "initrd", "var/lib/kjump/tested",
				     "run/kjump/tested" };

static const char *path(const char *name)
{
	static char p[128];

	snprintf(p, sizeof(p), "%s/%s", dir, name);
	return p;
}

static void put(const char *name, const char *text)
{
	FILE *f = fopen(path(name), "w");

	if (!f || fputs(text, f) < 0 || fclose(f))
		abort();
}

static void make(const char *name)
{
	if (mkdir(path(name), 0700))
		abort();
}

static struct kj_tested now(const struct kj_front *f)
{
	struct kj_tested t;

	if (kj_tested_now(dir, f, &t))
		abort();
	return t;
}

static void test_changes(struct kj_front *f)
{
	char why[KJ_TESTED_WHY], where[KJ_FRONT_TEXT];
	struct kj_tested t = now(f), other;
	uint64_t when = 0;

	ok(!kj_tested_passed(dir, &t, &when, why), "nothing is remembered");
	ok(strstr(why, "has not passed on this kernel (") != NULL, "why: %s", why);
	is(kj_tested_write(dir, &t, where), 0, "passed");
	is_str(where + strlen(dir), "/var/lib/kjump/tested", "kept for good");
	other = now(f);
	ok(kj_tested_passed(dir, &other, &when, why) && when == t.when, "and known, with its time");
	put("initrd", "another");
	other = now(f);
	ok(!kj_tested_passed(dir, &other, &when, why), "another initramfs");
	ok(strstr(why, "with another kernel B, initramfs, ") != NULL, "why: %s", why);
	put("initrd", "initrd");
	put("kernel", "kernels");
	other = now(f);
	ok(!kj_tested_passed(dir, &other, &when, why), "another kernel B");
	put("kernel", "kernel");
	snprintf(f->append, sizeof(f->append), "quiet");
	other = now(f);
	ok(!kj_tested_passed(dir, &other, &when, why), "another command line");
	f->append[0] = 0;
	snprintf(f->window, sizeof(f->window), "128M");
	other = now(f);
	ok(!kj_tested_passed(dir, &other, &when, why), "another window");
	snprintf(f->window, sizeof(f->window), "auto");
	put("proc/version", "Linux version 6.12 #2");
	other = now(f);
	ok(!kj_tested_passed(dir, &other, &when, why), "another build of this kernel");
	ok(strstr(why, "has not passed on this kernel") != NULL, "why: %s", why);
	put("proc/version", "Linux version 6.12 #1");
	put("sys/kernel/notes", "build id 2");
	other = now(f);
	ok(!kj_tested_passed(dir, &other, &when, why), "another build id");
	put("sys/kernel/notes", "build id 1");
	other = now(f);
	ok(kj_tested_passed(dir, &other, &when, why), "all as it was");
}

static void test_file(const struct kj_front *f)
{
	char text[512], cut[512], why[KJ_TESTED_WHY], where[KJ_FRONT_TEXT];
	struct kj_tested t = now(f);
	uint64_t when, passed = 0;
	FILE *in = fopen(path("var/lib/kjump/tested"), "r");
	size_t n = in ? fread(text, 1, sizeof(text) - 1, in) : 0;

	text[n] = 0;
	ok(in && !fclose(in) && n > 40, "the file");
	for (size_t i = 0; i < n; i++) {
		memcpy(cut, text, i);
		cut[i] = 0;
		put("var/lib/kjump/tested", cut);
		passed += (unsigned int)kj_tested_passed(dir, &t, &when, why);
	}
	is(passed, 0, "cut anywhere it says nothing");
	unlink(path("var/lib/kjump/tested"));
	rmdir(path("var/lib/kjump"));
	put("var/lib/kjump", "no directory");
	is(kj_tested_write(dir, &t, where), 0, "where it cannot be kept for good");
	is_str(where + strlen(dir), "/run/kjump/tested", "it is kept until the next boot");
	ok(kj_tested_passed(dir, &t, &when, why), "and known");
	unlink(path("run/kjump/tested"));
	rmdir(path("run/kjump"));
	put("run/kjump", "no directory");
	ok(kj_tested_write(dir, &t, where) < 0, "nowhere at all");
	unlink(path("var/lib/kjump"));
	unlink(path("run/kjump"));
}

int main(void)
{
	struct kj_front f = { .window = "auto" };
	struct kj_tested t;

	kj_log_init("test");
	if (!mkdtemp(dir))
		abort();
	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++)
		make(dirs[i]);
	put("proc/version", "Linux version 6.12 #1");
	put("sys/kernel/notes", "build id 1");
	put("kernel", "kernel");
	snprintf(f.kernel, sizeof(f.kernel), "%s", path("kernel"));
	snprintf(f.initrd, sizeof(f.initrd), "%s", path("initrd"));
	is(kj_tested_now(dir, &f, &t), EX_NOINPUT, "no initramfs");
	put("initrd", "initrd");
	test_changes(&f);
	test_file(&f);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		unlink(path(files[i]));
	for (size_t i = sizeof(dirs) / sizeof(dirs[0]); i > 0; i--)
		rmdir(path(dirs[i - 1]));
	rmdir(dir);
	return tap_done();
}
