// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /var/lib/kjump/tested: KEY=value lines, replaced as a whole. The sums are to notice a change, and are no protection
 * against somebody who makes one on purpose: that is root.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sysexits.h>
#include <unistd.h>

#include "cmd/lib/front_run.h"
#include "cmd/lib/front_tested.h"
#include "core/parse.h"
#include "core/xxh.h"
#include "sys/io.h"
#include "sys/log.h"

#define FILE_MAX 1024

static const char *const dirs[] = { "/var/lib/kjump", "/run/kjump" };
#define NDIRS (sizeof(dirs) / sizeof(dirs[0]))

/* All of a file into @st.  0 or -errno. */
static int sum_file(struct kj_xxh64 *st, const char *path)
{
	static uint8_t buf[65536];
	int fd = kj_open_read(path), rc = 0;
	size_t got = 1;

	if (fd < 0)
		return fd;
	while (!rc && got) {
		rc = kj_read_full(fd, buf, sizeof(buf), &got);
		if (rc == -ENODATA)
			rc = 0;
		kj_xxh64_update(st, buf, got);
		if (got < sizeof(buf))
			break;
	}
	kj_close(fd);
	return rc;
}

static void sum_text(struct kj_xxh64 *st, const char *s)
{
	kj_xxh64_update(st, s, strlen(s) + 1);
}

/* The version has the time of the build; the notes have the build id, but not in every kernel. */
static uint64_t sum_running(const char *root)
{
	struct kj_xxh64 st;
	char path[KJ_FRONT_TEXT];

	kj_xxh64_init(&st, 0);
	snprintf(path, sizeof(path), "%s/proc/version", root);
	sum_file(&st, path);
	snprintf(path, sizeof(path), "%s/sys/kernel/notes", root);
	sum_file(&st, path);
	return kj_xxh64_digest(&st);
}

int kj_tested_now(const char *root, const struct kj_front *f, struct kj_tested *ret)
{
	const char *const file[] = { f->kernel, f->initrd };
	struct kj_xxh64 st;
	struct utsname u;

	memset(ret, 0, sizeof(*ret));
	if (!uname(&u))
		snprintf(ret->release, sizeof(ret->release), "%s", u.release);
	ret->kernel = sum_running(root);
	ret->when = kj_run_now();
	kj_xxh64_init(&st, 0);
	for (int i = 0; i < 2; i++) {
		int rc = sum_file(&st, file[i]);

		if (rc) {
			kj_log(KJ_LOG_ERR, "%s: %s", file[i], strerror(-rc));
			return rc == -ENOENT ? EX_NOINPUT : EX_IOERR;
		}
		sum_text(&st, "");
	}
	sum_text(&st, f->window);
	sum_text(&st, f->append);
	ret->b = kj_xxh64_digest(&st);
	return 0;
}

static int write_at(const char *dir, const char *text, char path[KJ_FRONT_TEXT])
{
	char tmp[KJ_FRONT_TEXT + 8];
	int fd, rc;

	if (mkdir(dir, 0755) && errno != EEXIST)
		return -errno;
	snprintf(path, KJ_FRONT_TEXT, "%s/tested", dir);
	snprintf(tmp, sizeof(tmp), "%s.new", path);
	unlink(tmp);
	fd = kj_open_new(tmp);
	if (fd < 0)
		return fd;
	rc = kj_write_full(fd, text, strlen(text));
	if (!rc)
		rc = kj_fsync(fd);
	if (kj_close(fd) && !rc)
		rc = -EIO;
	if (!rc && rename(tmp, path))
		rc = -errno;
	if (rc)
		unlink(tmp);
	return rc;
}

int kj_tested_write(const char *root, const struct kj_tested *t, char path[KJ_FRONT_TEXT])
{
	char text[FILE_MAX], dir[KJ_FRONT_TEXT - 8];
	int rc = -ENOENT;

	snprintf(text, sizeof(text), "RELEASE=%s\nKERNEL=0x%llx\nB=0x%llx\nTESTED=%llu\n", t->release,
		 (unsigned long long)t->kernel, (unsigned long long)t->b, (unsigned long long)t->when);
	for (size_t i = 0; i < NDIRS && rc; i++) {
		snprintf(dir, sizeof(dir), "%s%s", root, dirs[i]);
		rc = write_at(dir, text, path);
	}
	return rc;
}

/* The value of the line KEY=value.  1: it is there, and whole. */
static int value_of(const char *text, const char *key, char *ret, size_t cap)
{
	const size_t n = strlen(key);

	for (const char *p = text; *p; p += strcspn(p, "\n"), p += *p == '\n') {
		const size_t len = strcspn(p, "\n");

		if (len <= n || strncmp(p, key, n) || p[n] != '=' || len - n > cap || p[len] != '\n')
			continue;
		memcpy(ret, p + n + 1, len - n - 1);
		ret[len - n - 1] = 0;
		return 1;
	}
	return 0;
}

static int number_of(const char *text, const char *key, uint64_t *ret)
{
	char s[32];

	return value_of(text, key, s, sizeof(s)) && !kj_parse_u64(s, strlen(s), ret);
}

static int read_at(const char *path, struct kj_tested *ret)
{
	char text[FILE_MAX];
	size_t len;

	memset(ret, 0, sizeof(*ret));
	return !kj_slurp(path, text, sizeof(text), &len) && value_of(text, "RELEASE", ret->release, sizeof(ret->release)) &&
	       number_of(text, "KERNEL", &ret->kernel) && number_of(text, "B", &ret->b) &&
	       number_of(text, "TESTED", &ret->when);
}

int kj_tested_passed(const char *root, const struct kj_tested *now, uint64_t *when, char why[KJ_TESTED_WHY])
{
	struct kj_tested t;

	snprintf(why, KJ_TESTED_WHY, "'kjump test' has not passed on this kernel (%s)", now->release);
	for (size_t i = 0; i < NDIRS; i++) {
		char path[KJ_FRONT_TEXT];

		snprintf(path, sizeof(path), "%s%s/tested", root, dirs[i]);
		if (!read_at(path, &t) || t.kernel != now->kernel)
			continue;
		if (t.b == now->b) {
			*when = t.when;
			return 1;
		}
		snprintf(why, KJ_TESTED_WHY,
			 "'kjump test' has passed with another kernel B, initramfs, window or cmdline_append");
	}
	return 0;
}
