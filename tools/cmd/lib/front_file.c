// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Preallocated files as targets: made once, with all their blocks written, and looked at each time whether they still are
 * where their extent list says. It must never let B write a block that is not that file's alone.
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
#include "cmd/lib/front_prints.h"
#include "cmd/lib/target.h"
#include "sys/compat.h"
#include "sys/fdmap.h"
#include "sys/fiemap.h"
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

/* ---- where it is ---- */

static int find_number(const struct kj_blkdev *d, void *ctx)
{
	struct kj_blkdev *want = ctx;

	if (d->major != want->major || d->minor != want->minor)
		return 0;
	*want = *d;
	return 1;
}

int kj_front_device(uint32_t major, uint32_t minor, char path[KJ_BLOCK_PATH], uint64_t *size)
{
	struct kj_blkdev d = { .major = major, .minor = minor };

	if (kj_block_scan(find_number, &d) != 1)
		return -ENODEV;
	kj_block_path(&d, path);
	*size = d.size;
	if (kj_front_is_mapped(&d) || kj_front_is_memory(&d))
		return -ENOTBLK;
	return kj_block_open(&d, O_RDONLY | O_DIRECT);
}

struct walk {
	const char *why;
	struct kj_list *l;
	uint64_t size, at;	/* of the file; up to here it has blocks */
	uint32_t ignore;	/* flags that do not matter behind its first block */
};

/* What no two writers can share, and nobody may move: DESIGN.md section 6, rule 1. */
static const char *unfit(uint32_t flags)
{
	static const struct {
		uint32_t flag;
		const char *why;
	} bad[] = {
		{ KJ_FIEMAP_UNKNOWN | KJ_FIEMAP_DELALLOC, "has blocks without a place yet" },
		{ KJ_FIEMAP_ENCODED | KJ_FIEMAP_ENCRYPTED, "is compressed or encrypted by its file system" },
		{ KJ_FIEMAP_INLINE | KJ_FIEMAP_TAIL | KJ_FIEMAP_UNALIGNED, "shares blocks with metadata" },
		{ KJ_FIEMAP_UNWRITTEN, "has unwritten blocks (fallocate makes such files)" },
		{ KJ_FIEMAP_SHARED, "shares blocks with another file" },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (flags & bad[i].flag)
			return bad[i].why;
	return NULL;
}

static int add(const struct kj_fiemap_extent *e, void *ctx)
{
	struct walk *w = ctx;
	uint64_t len = e->len;

	/* blocks behind the end of the file are nothing to us */
	if (w->at >= w->size)
		return 1;
	if (e->logical != w->at) {
		w->why = "is sparse";
		return -EINVAL;
	}
	w->why = unfit(w->at ? e->flags & ~w->ignore : e->flags);
	if (w->why)
		return -EINVAL;
	if (len > w->size - w->at)
		len = w->size - w->at;
	switch (kj_extents_add(&w->l->x, e->physical, len)) {
	case KJ_OK:
		break;
	case KJ_ENOSPC:
		w->why = "is in too many pieces";
		return -EINVAL;
	default:
		w->why = "is not made of whole 4096-byte blocks of its device";
		return -EINVAL;
	}
	w->at += len;
	return 0;
}

static int check_fs(int fd, const char *path)
{
	const uint32_t type = kj_fs_type(fd);

	if (type == KJ_FS_BTRFS)
		return refuse(EX_UNAVAILABLE, path, "is on btrfs, which moves what is written (copy on write)");
	if ((type != KJ_FS_EXT && type != KJ_FS_XFS) || kj_fs_realtime(fd))
		return refuse(EX_UNAVAILABLE, path, "is not on ext2, ext3, ext4 or xfs");
	return 0;
}

int kj_front_extents(int fd, const char *path, uint64_t size, int swap, struct kj_list *l)
{
	/* swapping writes blocks behind the file system's back, which goes on to call them unwritten */
	struct walk w = { .l = l, .size = size, .ignore = swap ? KJ_FIEMAP_UNWRITTEN : 0 };
	int rc = check_fs(fd, path);

	if (rc)
		return rc;
	rc = kj_list_alloc(l, KJ_EXTENTS_MAX);
	if (rc)
		return fail_io(rc, path);
	rc = kj_fiemap(fd, add, &w);
	if (rc < 0 && w.why)
		return refuse(EX_DATAERR, path, w.why);
	if (rc < 0)
		return fail_io(rc, path);
	return w.at < size ? refuse(EX_DATAERR, path, "is sparse") : 0;
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

static int open_device(const struct stat *st, const char *path, struct kj_front_target *t)
{
	int raw = kj_front_device((uint32_t)major(st->st_dev), (uint32_t)minor(st->st_dev), t->dev, &t->dev_size);

	if (raw == -ENOTBLK || raw == -ENODEV) {
		kj_log(KJ_LOG_ERR, "%s: is on %s, which is no plain disk or partition", path,
		       raw == -ENODEV ? "no block device" : t->dev);
		return -EX_UNAVAILABLE;
	}
	if (raw < 0)
		return -fail_io(raw, t->dev);
	(void)kj_block_partuuid(t->dev, t->partuuid);
	return raw;
}

static int open_parts(struct kj_front_target *t, struct kj_list *now)
{
	struct kj_piece piece;
	struct stat st;
	int raw, rc = check_file(t->fd, t->path, &st);

	if (!rc)
		rc = kj_front_extents(t->fd, t->path, (uint64_t)st.st_size, 0, now);
	if (rc)
		return rc;
	raw = open_device(&st, t->path, t);
	if (raw < 0)
		return -raw;
	now->x.kind = KJ_EXTENTS_FILE;
	now->x.dev_size = t->dev_size;
	if (kj_list_plan(now)) {
		kj_close(raw);
		return refuse(EX_DATAERR, t->path, "its file system names blocks that cannot be");
	}
	/* B, or C, has written behind the back of this cache */
	(void)kj_fadvise(t->fd, 0, 0, POSIX_FADV_DONTNEED);
	rc = check_list(t, now, raw);
	t->size = t->list.x.size;
	piece = (struct kj_piece){ (uint64_t)st.st_size - t->size, t->size };
	if (!rc && kj_fdmap_set(t->fd, &piece, 1))
		rc = refuse(EX_SOFTWARE, t->path, "cannot be mapped");
	if (!rc)
		rc = check_label(t, raw);
	kj_close(raw);
	return rc;
}

int kj_front_file_open(struct kj_front_target *t, const char *path)
{
	struct kj_list now;
	int rc;

	memset(&now, 0, sizeof(now));
	t->kind = KJ_FRONT_FILE;
	snprintf(t->path, sizeof(t->path), "%s", path);
	t->fd = kj_open(path, O_RDWR);
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

/* List, label and record of the file @t->fd, which has all its blocks. */
static int write_target(struct kj_front_target *t, const struct stat *st, struct kj_list *l)
{
	struct kj_piece piece;
	int rc, raw = open_device(st, t->path, t);

	if (raw < 0)
		return -raw;
	kj_close(raw);
	l->x.kind = KJ_EXTENTS_FILE;
	l->x.dev_size = t->dev_size;
	rc = kj_list_plan(l);
	if (rc)
		return refuse(EX_DATAERR, t->path, rc == -ENOSPC ? "target too small" : "its file system names blocks that cannot be");
	t->size = l->x.size;
	kj_front_label_new(&t->label, t->size);
	memcpy(l->x.uuid, t->label.uuid, 16);
	rc = kj_list_write(l, t->fd, 1);
	piece = (struct kj_piece){ (uint64_t)st->st_size - t->size, t->size };
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
	rc = check_fs(t->fd, t->path);
	if (rc)
		return rc;
	if (fstat(t->fd, &st) < 0)
		return fail_io(-errno, t->path);
	rc = open_device(&st, t->path, t);
	if (rc < 0)
		return -rc;
	kj_close(rc);
	rc = 0;
	if (size) {
		rc = write_zeros(t->fd, size);
		rc = rc == -ENOSPC || rc == -EFBIG || rc == -EDQUOT ? refuse(EX_CANTCREAT, t->path, strerror(-rc)) :
		     rc ? fail_io(rc, t->path) : 0;
	} else if (!force && !has_list(t->fd)) {
		rc = refuse(EX_CANTCREAT, t->path, "was no target before; --force overwrites it");
	}
	if (!rc)
		rc = check_file(t->fd, t->path, &st);
	if (!rc)
		rc = kj_front_extents(t->fd, t->path, (uint64_t)st.st_size, 0, &l);
	if (!rc)
		rc = write_target(t, &st, &l);
	kj_list_free(&l);
	return rc;
}

int kj_front_file_init(const char *path, uint64_t size, int force)
{
	struct kj_front_target t;
	char hex[33];
	int rc;

	memset(&t, 0, sizeof(t));
	t.raw = -1;
	t.kind = KJ_FRONT_FILE;
	snprintf(t.path, sizeof(t.path), "%s", path);
	if (size && (size < SIZE_MIN || size > (uint64_t)INT64_MAX - STEP))
		return refuse(EX_DATAERR, path, "target too small, or larger than any file");
	t.fd = kj_open(path, size ? O_RDWR | O_CREAT | O_EXCL : O_RDWR);
	if (t.fd == -EEXIST)
		return refuse(EX_CANTCREAT, path, "exists; without SIZE it becomes a target as it is");
	if (t.fd < 0)
		return fail_io(t.fd, path);
	rc = make(&t, size / KJ_BLOCK * KJ_BLOCK, force);
	kj_front_target_close(&t);
	if (!rc && sync_dir(path))
		rc = refuse(EX_IOERR, path, "its directory cannot be flushed");
	/* as at each hibernation, and by another way than it was written */
	if (!rc)
		rc = kj_front_file_open(&t, path);
	if (rc) {
		if (size)
			unlink(path);
		return rc;
	}
	kj_front_hex(t.label.uuid, hex);
	printf("%s: target %s, %llu MiB for images\n", path, hex, (unsigned long long)(kj_target_usable(t.size) >> 20));
	kj_front_place_tell(&t);
	kj_front_target_close(&t);
	return 0;
}
