// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Block devices through /sys/class/block and ioctls. It must never open a device for writing by
 * itself, or believe a /dev node whose number differs from sysfs'.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "sys/block.h"
#include "sys/compat.h"
#include "sys/fdmap.h"
#include "sys/io.h"

/* linux/fs.h, which klibc has only in part */
#define BLKGETSIZE64_ 0x80081272ul
#define BLKZEROOUT_ 0x127ful
#define BLKFLSBUF_ 0x1261ul

/* A decimal number and nothing else but a newline. */
static int read_number(const char *dir, const char *file, uint64_t *ret)
{
	char path[160], text[32], *end;
	size_t len;
	int err;

	if (snprintf(path, sizeof(path), "%s/%s", dir, file) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	err = kj_slurp(path, text, sizeof(text), &len);
	if (err)
		return err;
	if (text[0] < '0' || text[0] > '9')
		return -EINVAL;
	*ret = strtoull(text, &end, 10);
	return *end && *end != '\n' ? -EINVAL : 0;
}

static int read_dev(const char *dir, uint32_t *major, uint32_t *minor)
{
	char path[160], text[32], *end;
	size_t len;
	int err;

	if (snprintf(path, sizeof(path), "%s/dev", dir) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	err = kj_slurp(path, text, sizeof(text), &len);
	if (err)
		return err;
	*major = (uint32_t)strtoul(text, &end, 10);
	if (*end != ':')
		return -EINVAL;
	*minor = (uint32_t)strtoul(end + 1, &end, 10);
	return *end && *end != '\n' ? -EINVAL : 0;
}

/* 0, or -errno for a device that is to be passed over. */
static int describe(const char *name, struct kj_blkdev *d)
{
	char dir[128];
	uint64_t n;
	char *p;

	memset(d, 0, sizeof(*d));
	if (strlen(name) >= sizeof(d->name))
		return -ENAMETOOLONG;
	snprintf(dir, sizeof(dir), "/sys/class/block/%.63s", name);
	if (read_number(dir, "size", &n) || !n || n > (UINT64_MAX >> 9))
		return -ENODEV;
	d->size = n << 9;
	if (read_dev(dir, &d->major, &d->minor))
		return -ENODEV;
	d->ro = read_number(dir, "ro", &n) || n;
	if (!read_number(dir, "partition", &n) && n <= 1 << 20)
		d->partition = (int)n;
	strcpy(d->name, name);
	/* sysfs writes '!' where the node's name has '/' (cciss!c0d0) */
	for (p = d->name; *p; p++)
		if (*p == '!')
			*p = '/';
	return 0;
}

int kj_block_scan(int (*fn)(const struct kj_blkdev *d, void *ctx), void *ctx)
{
	DIR *dir = opendir("/sys/class/block");
	struct kj_blkdev d;
	struct dirent *e;
	int r = 0;

	if (!dir)
		return -errno;
	while (!r && (e = readdir(dir)))
		if (e->d_name[0] != '.' && !describe(e->d_name, &d))
			r = fn(&d, ctx);
	closedir(dir);
	return r;
}

static int find_number(const struct kj_blkdev *d, void *ctx)
{
	struct kj_blkdev *want = ctx;

	if (d->major != want->major || d->minor != want->minor)
		return 0;
	*want = *d;
	return 1;
}

int kj_block_find(struct kj_blkdev *d)
{
	const int r = kj_block_scan(find_number, d);

	return r < 0 ? r : r ? 0 : -ENODEV;
}

void kj_block_path(const struct kj_blkdev *d, char path[KJ_BLOCK_PATH])
{
	snprintf(path, KJ_BLOCK_PATH, "/dev/%s", d->name);
}

int kj_block_open(const struct kj_blkdev *d, int flags)
{
	char path[KJ_BLOCK_PATH];
	struct stat st;
	int fd;

	kj_block_path(d, path);
	fd = kj_open(path, flags);
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) || !S_ISBLK(st.st_mode) || (uint32_t)major(st.st_rdev) != d->major ||
	    (uint32_t)minor(st.st_rdev) != d->minor) {
		(void)kj_close(fd);
		return -ENXIO;
	}
	return fd;
}

#define ABOVE 8u	/* devices on top of each other */

/* Hold all devices that are made of the one whose directory of sysfs is @dir. 0; -EBUSY: somebody else has one. */
static int hold_above(const char *dir, unsigned int depth)
{
	char path[160];
	struct dirent *e;
	int err = 0, n = 0;
	DIR *d;

	snprintf(path, sizeof(path), "%s/holders", dir);
	d = depth < ABOVE ? opendir(path) : NULL;
	if (!d)
		return -EBUSY;
	while (!err && (e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		n++;
		/* what another driver does with it nobody knows */
		if (strncmp(e->d_name, "dm-", 3) || strlen(e->d_name) > 32) {
			err = -EBUSY;
			break;
		}
		snprintf(path, sizeof(path), "/dev/%.32s", e->d_name);
		/* kept: from here on nobody mounts it */
		if (kj_open(path, O_RDONLY | O_EXCL) >= 0)
			continue;
		snprintf(path, sizeof(path), "/sys/class/block/%.32s", e->d_name);
		err = hold_above(path, depth + 1);
	}
	closedir(d);
	/* held, but by no device: a mount or swap */
	return err || !n ? -EBUSY : 0;
}

int kj_block_open_idle(const char *path, int flags)
{
	char dir[64];
	struct stat st;
	int fd = kj_open(path, flags);

	if (fd != -EBUSY || stat(path, &st) || !S_ISBLK(st.st_mode))
		return fd;
	snprintf(dir, sizeof(dir), "/sys/dev/block/%u:%u", (unsigned int)major(st.st_rdev), (unsigned int)minor(st.st_rdev));
	if (hold_above(dir, 0))
		return -EBUSY;
	return kj_open(path, flags & ~O_EXCL);
}

int kj_block_is_device(int fd)
{
	struct stat st;

	return !fstat(fd, &st) && S_ISBLK(st.st_mode);
}

int kj_block_size(int fd, uint64_t *ret)
{
	struct stat st;
	uint64_t n = 0;
	int r;

	if (kj_fdmap_size(fd, ret))
		return 0;
	if (fstat(fd, &st))
		return -errno;
	if (S_ISREG(st.st_mode)) {
		*ret = (uint64_t)st.st_size;
		return 0;
	}
	if (!S_ISBLK(st.st_mode))
		return -ENOTBLK;
	r = kj_ioctl(fd, BLKGETSIZE64_, &n);
	if (r < 0)
		return r;
	*ret = n;
	return 0;
}

int kj_block_is_dm(int fd)
{
	char dir[64];
	struct stat st;

	if (fstat(fd, &st) || !S_ISBLK(st.st_mode))
		return 0;
	snprintf(dir, sizeof(dir), "/sys/dev/block/%u:%u/dm", (unsigned int)major(st.st_rdev),
		 (unsigned int)minor(st.st_rdev));
	return !stat(dir, &st);
}

int kj_block_zeroout(int fd, uint64_t off, uint64_t len)
{
	uint64_t range[2];
	int r;

	for (; len; off += range[1], len -= range[1]) {
		r = kj_fdmap_find(fd, off, len, &range[0], &range[1]);
		if (!r)
			r = kj_ioctl(fd, BLKZEROOUT_, range);
		if (r < 0)
			return r;
	}
	return 0;
}

int kj_block_flush(int fd)
{
	int r = kj_ioctl(fd, BLKFLSBUF_, NULL);

	return r < 0 ? r : 0;
}
