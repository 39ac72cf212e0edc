// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * core/mountinfo, and what front_prints makes of a mount.
 */
#include <string.h>

#include "cmd/lib/front_prints.h"
#include "core/mountinfo.h"
#include "tap.h"

static struct kj_mount m;

static enum kj_err one(const char *line)
{
	size_t pos = 0;

	memset(&m, 0x55, sizeof(m));
	return kj_mountinfo_next(line, strlen(line), &pos, &m);
}

static void test_good(void)
{
	is(one("36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue\n"), KJ_OK, "a line");
	ok(m.major == 98 && m.minor == 0 && m.rw, "numbers");
	is_str(m.point, "/mnt2", "mount point");
	is_str(m.type, "ext3", "type");
	is_str(m.source, "/dev/root", "source");
	is(one("36 35 8:17 / /a\\040b\\134c rw shared:1 master:2 unbindable - fuse.x a\\011b ro"), KJ_OK, "escapes, no newline");
	is_str(m.point, "/a b\\c", "unescaped");
	is_str(m.source, "a\tb", "unescaped too");
	ok(!m.rw, "the super block is read-only, whatever this mount says");
	is(one("1 1 0:2 / / rw -  proc proc rw"), KJ_EFORMAT, "no type");
	is(one("1 1 0:2 / / rw - tmpfs  rw"), KJ_OK, "no source");
	is_str(m.source, "", "it is empty");
}

static void test_bad(void)
{
	static const char *const bad[] = {
		"", "\n", "1", "1 1 0:2 / /", "1 1 02 / / rw - t s rw", "1 1 0:x / / rw - t s rw",
		"1 1 :2 / / rw - t s rw", "1 1 4294967296:2 / / rw - t s rw", "1 1 0:2 / / rw t s rw",
		"1 1 0:2 / / rw - t s", "1 1 0:2 / / rw - t s r", "1 1 0:2 / / rw - t s xw",
		"1 1 0:2 / / rw - t s rwx", "1 1 0:2 / / rw - 0123456789012345678901234567890123456789 s rw",
	};

	is(one(bad[0]), KJ_ENOTFOUND, "no line");
	for (unsigned int i = 1; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(one(bad[i]) == KJ_EFORMAT, "refused: '%s'", bad[i]);
}

static void test_walk(void)
{
	static const char text[] = "1 1 8:1 / / rw - ext4 /dev/sda1 rw\nnonsense\n2 1 0:5 / /x rw - proc proc rw\n";
	static char big[700];
	size_t pos = 0, n;

	is(kj_mountinfo_next(text, strlen(text), &pos, &m), KJ_OK, "first");
	is(kj_mountinfo_next(text, strlen(text), &pos, &m), KJ_EFORMAT, "second is none");
	is(kj_mountinfo_next(text, strlen(text), &pos, &m), KJ_OK, "and the third comes all the same");
	is_str(m.type, "proc", "it is that");
	is(kj_mountinfo_next(text, strlen(text), &pos, &m), KJ_ENOTFOUND, "then nothing");
	n = 0;
	n += (size_t)snprintf(big, sizeof(big), "1 1 8:1 / /%0300d rw - ext4 /dev/%0300d rw\n", 1, 2);
	pos = 0;
	is(kj_mountinfo_next(big, n, &pos, &m), KJ_OK, "long names");
	is(strlen(m.point), KJ_MNT_TEXT - 1, "are cut");
	is(m.source[0], '?', "and a cut source is no path");
}

static enum kj_front_mount kind(const char *line)
{
	return one(line) ? KJ_FRONT_HIDDEN : kj_front_mount_kind(&m);
}

static void test_kind(void)
{
	is(kind("1 1 8:1 / / rw - ext4 /dev/sda1 rw"), KJ_FRONT_DEVICE, "on a device");
	is(kind("1 1 0:21 / / rw - tmpfs tmpfs rw"), KJ_FRONT_SKIP, "on none");
	is(kind("1 1 0:33 / / rw - btrfs /dev/sda2 rw"), KJ_FRONT_SOURCE, "btrfs");
	is(kind("1 1 0:33 / / rw - zfs pool/x rw"), KJ_FRONT_HIDDEN, "zfs");
}

int main(void)
{
	test_good();
	test_bad();
	test_walk();
	test_kind();
	return tap_done();
}
