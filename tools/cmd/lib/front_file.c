// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Preallocated files as targets, and devices that device-mapper has made of a part of a disk: made once, with all blocks written,
 * and looked at each time whether they still are where their extent list says. It must never let B write a block that is not
 * the target's alone.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sysexits.h>
#include <unistd.h>

#include "cmd/lib/front.h"
#include "cmd/lib/target.h"
#include "sys/compat.h"
#include "sys/fdmap.h"
#include "sys/io.h"
#include "sys/log.h"

#define SIZE_MIN (1u << 20)
#define STEP (1u << 20)

static int refuse(int status, const char *path, const char *what)
{
	kj_log(KJ_LOG_ERR, "%s: %s", path, what);
	return status;
}

static int fail_io(int err, const char *path)
{
	return refuse(err == -EACCES || err == -EPERM ? EX_NOPERM : err == -ENOENT ? EX_NOINPUT : EX_IOERR, path,
		      strerror(-err));
}

/* Regular, ours alone, and of whole blocks. */
static int check_file(int fd, const char *path, struct stat *st)
{
	if (fstat(fd, st) < 0)
		return fail_io(-errno, path);
	if (!S_ISREG(st->st_mode))
		return refuse(EX_USAGE, path, "is not a file");
	/* what it will hold is all that was in memory */
	if (st->st_uid || st->st_mode & 077)
		return refuse(EX_NOPERM, path, "is not root's alone (owner root, mode 0600)");
	if (st->st_size < (off_t)SIZE_MIN || st->st_size % KJ_BLOCK)
		return refuse(EX_DATAERR, path, "target too small, or not made of whole 4096-byte blocks");
	return 0;
}

/* ---- open ---- */

/* The list that the device has must be that of the file, block by block. */
static int check_list(struct kj_front_target *t, const struct kj_list *now, int raw)
{
	const char *why;
	int rc = kj_list_read(raw, now->at / KJ_BLOCK, &t->list, &why);

	if (rc == -EBADMSG) {
		kj_log(KJ_LOG_ERR, "%s: extent list: %s", t->path, why);
		return EX_DATAERR;
	}
	if (rc == -ENOMSG)
		return refuse(EX_DATAERR, t->path, "has no extent list of kjump's; kjump init-target makes one");
	if (rc)
		return fail_io(rc, t->path);
	if (t->list.x.kind != KJ_EXTENTS_FILE || t->list.at != now->at || t->list.x.n != now->x.n ||
	    memcmp(t->list.x.e, now->x.e, now->x.n * sizeof(*now->x.e)))
		return refuse(EX_DATAERR, t->path, "its blocks have moved; kjump init-target makes a new list");
	return 0;
}

/* The label, as the file system shows it and as B will find it. */
static int check_label(struct kj_front_target *t, int raw)
{
	struct kj_le_label *l;
	void *p;
	int rc = kj_target_label(t->fd, t->size, &t->label);

	if (!rc && memcmp(t->label.uuid, t->list.x.uuid, 16))
		rc = -ENOENT;
	if (rc == -ENOENT)
		return refuse(EX_DATAERR, t->path, "its label is damaged, or another target's");
	if (!rc)
		rc = kj_list_map(&t->list, raw);
	if (!rc)
		rc = kj_alloc_pages(KJ_BLOCK, &p);
	if (rc)
		return fail_io(rc, t->path);
	l = p;
	rc = kj_pread_full(raw, l, sizeof(*l), kj_label_offset(t->size), NULL);
	if (!rc && memcmp(l, &t->label, sizeof(*l)))
		rc = -EBADMSG;
	kj_munmap(p, KJ_BLOCK);
	if (rc == -EBADMSG)
		return refuse(EX_DATAERR, t->path, "is not where its file system says (a journal of data, or another layer)");
	return rc ? fail_io(rc, t->path) : 0;
}

/* The disk or partition, for reading; the negative of an exit status. */
static int open_device(const struct kj_front_target *t)
{
	int raw = kj_block_open(&t->stack.dev, O_RDONLY | O_DIRECT);

	return raw < 0 ? -fail_io(raw, t->dev) : raw;
}

static dev_t device_of(const struct stat *st)
{
	return S_ISBLK(st->st_mode) ? st->st_rdev : st->st_dev;
}

static int find_stack(struct kj_front_target *t, const struct stat *st)
{
	return kj_front_stack(t, (uint32_t)major(device_of(st)), (uint32_t)minor(device_of(st)));
}

/* All of @t->fd, @size bytes: extents of the disk or partition. */
static int find_extents(struct kj_front_target *t, const struct stat *st, uint64_t size, struct kj_list *l)
{
	int rc;

	if (!S_ISBLK(st->st_mode)) {
		rc = kj_front_extents(t->fd, t->path, size, 0, l);
	} else {
		rc = kj_list_alloc(l, KJ_EXTENTS_MAX);
		if (!rc && kj_extents_add(&l->x, 0, size))
			rc = -ENOSPC;
		if (rc)
			rc = refuse(EX_DATAERR, t->path, rc == -ENOSPC ? "target too small" : strerror(-rc));
	}
	if (!rc)
		rc = find_stack(t, st);
	return rc ? rc : kj_front_below(t, l);
}

/* Bytes of the file or device, in whole blocks. */
static int find_size(int fd, const char *path, struct stat *st, uint64_t *size)
{
	int rc;

	if (fstat(fd, st) < 0)
		return fail_io(-errno, path);
	if (!S_ISBLK(st->st_mode)) {
		rc = check_file(fd, path, st);
		*size = (uint64_t)st->st_size;
		return rc;
	}
	rc = kj_block_size(fd, size);
	*size = *size / KJ_BLOCK * KJ_BLOCK;
	return rc ? fail_io(rc, path) : 0;
}

static int open_parts(struct kj_front_target *t, struct kj_list *now)
{
	struct kj_piece piece;
	struct stat st;
	uint64_t size;
	int raw, rc = find_size(t->fd, t->path, &st, &size);

	if (!rc)
		rc = find_extents(t, &st, size, now);
	if (rc)
		return rc;
	raw = open_device(t);
	if (raw < 0)
		return -raw;
	now->x.kind = KJ_EXTENTS_FILE;
	now->x.dev_size = t->dev_size;
	if (kj_list_plan(now)) {
		kj_close(raw);
		return refuse(EX_DATAERR, t->path, "is said to be in blocks that cannot be");
	}
	/* B, or C, has written behind the back of this cache */
	if (S_ISBLK(st.st_mode))
		(void)kj_block_flush(t->fd);
	else
		(void)kj_fadvise(t->fd, 0, 0, POSIX_FADV_DONTNEED);
	rc = check_list(t, now, raw);
	t->size = t->list.x.size;
	piece = (struct kj_piece){ size - t->size, t->size };
	if (!rc && kj_fdmap_set(t->fd, &piece, 1))
		rc = refuse(EX_SOFTWARE, t->path, "cannot be mapped");
	if (!rc)
		rc = check_label(t, raw);
	kj_close(raw);
	return rc;
}

int kj_front_file_open(struct kj_front_target *t, const char *path, int fd)
{
	struct kj_list now;
	int rc;

	memset(&now, 0, sizeof(now));
	t->kind = KJ_FRONT_FILE;
	snprintf(t->path, sizeof(t->path), "%s", path);
	t->fd = fd >= 0 ? fd : kj_open(path, O_RDWR);
	if (t->fd < 0)
		return fail_io(t->fd, path);
	rc = open_parts(t, &now);
	kj_list_free(&now);
	if (rc)
		kj_front_target_close(t);
	return rc;
}

/* ---- make ---- */

/* Zeros that are written, not promised: then no block changes its place or its state later. */
static int write_zeros(int fd, uint64_t size)
{
	void *p;
	int rc = kj_alloc_pages(STEP, &p);

	for (uint64_t off = 0; off < size && !rc; off += STEP)
		rc = kj_pwrite_full(fd, p, size - off < STEP ? (size_t)(size - off) : STEP, off);
	if (!rc)
		kj_munmap(p, STEP);
	return rc ? rc : kj_fsync(fd);
}

/* The name is to be there after a power cut as well. */
static int sync_dir(const char *path)
{
	char dir[KJ_FRONT_TEXT];
	char *slash;
	int fd, rc;

	snprintf(dir, sizeof(dir), "%s", path);
	slash = strrchr(dir, '/');
	if (slash)
		slash[slash == dir] = 0;
	fd = kj_open(slash ? dir : ".", O_RDONLY | O_DIRECTORY);
	if (fd < 0)
		return fd;
	rc = kj_fsync(fd);
	kj_close(fd);
	return rc;
}

static int has_list(int fd)
{
	uint8_t magic[8];

	return !kj_pread_full(fd, magic, sizeof(magic), 0, NULL) && !memcmp(magic, KJ_EXTENTS_MAGIC, sizeof(magic));
}

/* List, label and record of the @size bytes of @t->fd, which have all their blocks. */
static int write_target(struct kj_front_target *t, uint64_t size, struct kj_list *l)
{
	struct kj_piece piece;
	int rc;

	l->x.kind = KJ_EXTENTS_FILE;
	l->x.dev_size = t->dev_size;
	rc = kj_list_plan(l);
	if (rc)
		return refuse(EX_DATAERR, t->path, rc == -ENOSPC ? "target too small" : "is said to be in blocks that cannot be");
	t->size = l->x.size;
	kj_front_label_new(&t->label, t->size);
	memcpy(l->x.uuid, t->label.uuid, 16);
	rc = kj_list_write(l, t->fd, 1);
	piece = (struct kj_piece){ size - t->size, t->size };
	if (!rc)
		rc = kj_fdmap_set(t->fd, &piece, 1);
	if (!rc)
		rc = kj_front_label_write(t);
	return rc ? fail_io(rc, t->path) : 0;
}

static int make(struct kj_front_target *t, uint64_t size, int force)
{
	struct kj_list l;
	struct stat st;
	int rc;

	memset(&l, 0, sizeof(l));
	/* before gigabytes are written: is this a place for it? */
	if (fstat(t->fd, &st) < 0)
		return fail_io(-errno, t->path);
	rc = S_ISBLK(st.st_mode) ? 0 : kj_front_fs(t->fd, t->path);
	if (!rc)
		rc = find_stack(t, &st);
	if (rc)
		return rc;
	if (size) {
		rc = write_zeros(t->fd, size);
		rc = rc == -ENOSPC || rc == -EFBIG || rc == -EDQUOT ? refuse(EX_CANTCREAT, t->path, strerror(-rc)) :
		     rc ? fail_io(rc, t->path) : 0;
	} else if (!force && !S_ISBLK(st.st_mode) && !has_list(t->fd)) {
		rc = refuse(EX_CANTCREAT, t->path, "was no target before; --force overwrites it");
	}
	if (!rc)
		rc = find_size(t->fd, t->path, &st, &size);
	if (!rc)
		rc = find_extents(t, &st, size, &l);
	if (!rc)
		rc = write_target(t, size, &l);
	kj_list_free(&l);
	return rc;
}

static void tell(struct kj_front_target *t)
{
	char hex[33];

	kj_front_hex(t->label.uuid, hex);
	printf("%s: target %s, %llu MiB for images\n", t->path, hex, (unsigned long long)(kj_target_usable(t->size) >> 20));
	kj_front_place_tell(t);
	kj_front_target_close(t);
}

static void begin(struct kj_front_target *t, const char *path, int fd)
{
	memset(t, 0, sizeof(*t));
	t->raw = -1;
	t->kind = KJ_FRONT_FILE;
	snprintf(t->path, sizeof(t->path), "%s", path);
	t->fd = fd;
}

int kj_front_file_init(const char *path, uint64_t size, int force)
{
	struct kj_front_target t;
	int fd, rc;

	if (size && (size < SIZE_MIN || size > (uint64_t)INT64_MAX - STEP))
		return refuse(EX_DATAERR, path, "target too small, or larger than any file");
	fd = kj_open(path, size ? O_RDWR | O_CREAT | O_EXCL : O_RDWR);
	if (fd == -EEXIST)
		return refuse(EX_CANTCREAT, path, "exists; without SIZE it becomes a target as it is");
	if (fd < 0)
		return fail_io(fd, path);
	begin(&t, path, fd);
	rc = make(&t, size / KJ_BLOCK * KJ_BLOCK, force);
	kj_front_target_close(&t);
	if (!rc && sync_dir(path))
		rc = refuse(EX_IOERR, path, "its directory cannot be flushed");
	/* as at each hibernation, and by another way than it was written */
	if (!rc)
		rc = kj_front_file_open(&t, path, -1);
	if (!rc)
		tell(&t);
	else if (size)
		unlink(path);
	return rc;
}

int kj_front_mapped_init(const char *path, int fd)
{
	struct kj_front_target t;
	int rc;

	begin(&t, path, fd);
	rc = make(&t, 0, 0);
	kj_front_target_close(&t);
	if (!rc)
		rc = kj_front_target_try(&t, path);
	if (!rc)
		tell(&t);
	return rc;
}
