// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Files that kjump-load reads, into memory that it keeps; must never map a file, for one that shrinks would kill us.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "cmd/lib/load.h"
#include "sys/compat.h"
#include "sys/die.h"
#include "sys/io.h"

#define CHUNK (64u << 10)
#define INITRD_MAX (1024u << 20)

static int join(const char *root, const char *path, char *ret, size_t cap)
{
	return (size_t)snprintf(ret, cap, "%s%s", root, path) < cap ? 0 : -ENAMETOOLONG;
}

static int grow(uint8_t **buf, size_t *cap, size_t used, size_t want)
{
	void *p;
	int err = kj_alloc_pages(want, &p);

	if (err)
		return err;
	if (used)
		memcpy(p, *buf, used);
	kj_munmap(*buf, *cap);
	*buf = p;
	*cap = want;
	return 0;
}

/* Read to the end, at most @max bytes; proc and sysfs files do not say how long they are.  A zero byte follows. */
static int read_all(const char *path, size_t max, struct kj_load_file *ret)
{
	uint8_t *buf = NULL;
	size_t cap = 0, len = 0, got;
	int fd = kj_open_read(path), err = 0;

	if (fd < 0)
		return fd;
	while (!err) {
		if (cap - len < CHUNK)
			err = grow(&buf, &cap, len, cap < CHUNK ? 4 * CHUNK : 2 * cap);
		if (err)
			break;
		err = kj_read_full(fd, buf + len, cap - len - 1, &got);
		len += got;
		if (!err && len > max)
			err = -EFBIG;
	}
	(void)kj_close(fd);
	if (err == -ENODATA)
		err = len > max ? -EFBIG : 0;
	if (err) {
		kj_munmap(buf, cap);
		return err;
	}
	buf[len] = 0;
	*ret = (struct kj_load_file){ buf, len };
	return 0;
}

void kj_load_read(const char *root, const char *path, size_t max, struct kj_load_file *ret)
{
	char full[512];
	int err = join(root, path, full, sizeof(full));

	if (!err)
		err = read_all(full, max, ret);
	if (err == -EFBIG)
		die(EX_DATAERR, "%s: larger than %zu bytes", path, max);
	if (err)
		die(err == -EACCES || err == -EPERM ? EX_NOPERM : EX_NOINPUT, "%s: %s", path, strerror(-err));
	if (!ret->len)
		die(EX_DATAERR, "%s: empty", path);
}

void kj_load_initrd(const char *path, struct kj_load_file *ret)
{
	if (access(path, F_OK) && errno == ENOENT)
		die(EX_NOINPUT, "%s: not there; /usr/lib/kjump/image builds kjump's", path);
	kj_load_read("", path, INITRD_MAX, ret);
}

void kj_load_text(const char *root, const char *path, size_t max, int optional, struct kj_load_file *ret)
{
	static uint8_t empty[1];
	char full[512];

	if (optional && (join(root, path, full, sizeof(full)) || read_all(full, max, ret)))
		*ret = (struct kj_load_file){ empty, 0 };
	else if (!optional)
		kj_load_read(root, path, max, ret);
}

int kj_load_line(const char *root, const char *path, char *ret, size_t cap)
{
	char full[512];
	size_t len;
	int err = join(root, path, full, sizeof(full));

	if (!err)
		err = kj_slurp(full, ret, cap, &len);
	if (!err)
		ret[strcspn(ret, "\n")] = '\0';
	return err;
}
