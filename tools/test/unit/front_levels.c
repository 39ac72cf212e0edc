// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * front_levels.h on a /sys/power made of files: what it leaves alone. A file takes no level, so here no test may begin;
 * that they run is for a VM.
 */
#include <stdlib.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "cmd/lib/front_levels.h"
#include "sys/log.h"
#include "tap.h"

static char dir[] = "/tmp/kj-levels-XXXXXX";

static const char *path(const char *name)
{
	static char p[128];

	snprintf(p, sizeof(p), "%s/sys/power/%s", dir, name);
	return p;
}

static void put(const char *name, const char *text)
{
	FILE *f = fopen(path(name), "w");

	if (!f || fputs(text, f) < 0 || fclose(f))
		abort();
}

static const char *get(const char *name)
{
	static char text[256];
	FILE *f = fopen(path(name), "r");
	size_t n = f ? fread(text, 1, sizeof(text) - 1, f) : 0;

	if (!f || fclose(f))
		abort();
	text[n] = 0;
	return text;
}

static void make_dirs(void)
{
	char p[128];

	if (!mkdtemp(dir))
		abort();
	snprintf(p, sizeof(p), "%s/sys", dir);
	if (mkdir(p, 0700))
		abort();
	snprintf(p, sizeof(p), "%s/sys/power", dir);
	if (mkdir(p, 0700))
		abort();
}

static void drop(void)
{
	static const char *const name[] = { "pm_test", "state", "disk", "image_size" };
	char p[128];

	for (unsigned int i = 0; i < 4; i++)
		unlink(path(name[i]));
	snprintf(p, sizeof(p), "%s/sys/power", dir);
	rmdir(p);
	snprintf(p, sizeof(p), "%s/sys", dir);
	rmdir(p);
	rmdir(dir);
}

int main(void)
{
	static const char all[] = "[none] core processors platform devices freezer\n";

	kj_log_init("test");
	make_dirs();
	is(kj_front_levels(dir, 1), 0, "a kernel without all of it");
	put("pm_test", all);
	is(kj_front_levels(dir, 1), 0, "one without states");
	put("state", "freeze mem\n");
	put("disk", "[platform] shutdown reboot suspend test_resume\n");
	put("image_size", "12345\n");
	is(kj_front_levels(dir, 1), 0, "one that cannot hibernate");
	is_str(get("pm_test"), all, "pm_test is left alone");
	put("state", "freeze mem disk\n");
	is(kj_front_levels(dir, 1), EX_OSERR, "a level that is not taken");
	is_str(get("state"), "freeze mem disk\n", "begins no hibernation");
	ok(!strncmp(get("pm_test"), "none", 4), "pm_test is set back");
	ok(!strncmp(get("disk"), "platform", 8), "the mode too");
	ok(!strncmp(get("image_size"), "12345", 5), "and the size of images");
	put("pm_test", "[none] others\n");
	is(kj_front_levels(dir, 1), 0, "levels that nobody knows");
	is_str(get("state"), "freeze mem disk\n", "are not tried");
	drop();
	return tap_done();
}
