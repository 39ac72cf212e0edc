// SPDX-License-Identifier: GPL-2.0-or-later
/* front_found.h: which command line leads to which target. */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/lib/front_found.h"
#include "tap.h"

static char dir[] = "/tmp/kj-found-XXXXXX";
static char why[KJ_FOUND_WHY];

static const char *path(const char *name)
{
	static char p[128];

	snprintf(p, sizeof(p), "%s/%s", dir, name);
	return p;
}

static int found(const struct kj_front_target *t, const char *cmdline)
{
	FILE *f = fopen(path("proc/cmdline"), "w");

	if (!f || fprintf(f, "%s\n", cmdline) < 0 || fclose(f))
		abort();
	why[0] = 0;
	return kj_front_found(dir, t, why);
}

#define AT "no boot would find it: it is at resume_offset=77, and the kernel's command line has "

static void test_file(const struct kj_front_target *t)
{
	ok(found(t, "quiet resume=/dev/sda1 resume_offset=77"), "a file, and both words");
	ok(found(t, "resume_offset=77 resume=UUID=1"), "in the other order");
	ok(found(t, "resume=/dev/sda1 resume_offset=12 resume_offset=77"), "the last offset counts");
	ok(!found(t, "resume=/dev/sda1 resume_offset=77 resume_offset=12"), "also when it is a wrong one");
	is_str(why, AT "resume_offset=12", "which is named");
	ok(!found(t, "quiet"), "neither of them");
	is_str(why, AT "none", "is said");
	ok(!found(t, "resume=/dev/sda1"), "no offset");
	ok(!found(t, "resume_offset=77"), "no device");
	is_str(why, AT "no resume=", "is said");
	ok(!found(t, "resume= resume_offset=77"), "an empty one");
	ok(!found(t, "resume=/dev/sda1 xresume_offset=77"), "another word");
	ok(!found(t, "resume=/dev/sda1 resume_offset=7x"), "no number");
	ok(!found(t, "resume=/dev/sda1 resume_offset=777777777777777777777777777777777777777777777777777777777777777777777"
		     "7777777777777777777777777777777777777777777777777777777777777777777777777777777777777777777777"),
	   "a very long one");
	is_str(why, AT "resume_offset=777777777777777777777777", "is cut");
	unlink(path("proc/cmdline"));
	ok(!kj_front_found(dir, t, why), "no command line");
}

int main(void)
{
	struct kj_front_target t = { .kind = KJ_FRONT_FILE, .list.at = 77 * KJ_BLOCK };
	FILE *f;

	if (!mkdtemp(dir) || mkdir(path("proc"), 0700))
		return 1;
	f = fopen(path("file"), "w");
	if (!f || fclose(f))
		return 1;
	snprintf(t.path, sizeof(t.path), "%s", path("file"));
	test_file(&t);
	t.kind = KJ_FRONT_SWAP;
	t.swap = 12 * KJ_BLOCK;
	ok(found(&t, "resume=/dev/sda1 resume_offset=12"), "a swap file is where its header is");
	ok(!found(&t, "resume=/dev/sda1 resume_offset=77"), "and not where its list is");
	t.swap = 0;
	ok(found(&t, "resume=/dev/sda1 resume_offset=12"), "a swap partition needs no words");
	t.kind = KJ_FRONT_FILE;
	snprintf(t.path, sizeof(t.path), "%s", "/dev/null");
	ok(found(&t, "quiet"), "nor does a volume");
	ok(!found(&t, "resume=/dev/sda1 resume_offset=12"), "but none that lead elsewhere");
	t.kind = KJ_FRONT_WHOLE;
	ok(found(&t, "quiet"), "a whole device needs none");
	unlink(path("file"));
	unlink(path("proc/cmdline"));
	rmdir(path("proc"));
	rmdir(dir);
	return tap_done();
}
