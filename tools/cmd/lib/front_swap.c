// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Blocks of a swap area in use, partition or file, as a target: the kernel reserves them as long as /dev/snapshot is open, and the
 * area's header says that they are there. It must never write a block that the kernel has not reserved for it, but that header.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sysexits.h>

#include "cmd/lib/front.h"
#include "cmd/lib/target.h"
#include "core/swaps.h"
#include "sys/compat.h"
#include "sys/io.h"
#include "sys/log.h"
#include "sys/snapshot.h"

#define SWAPS_MAX 65536u
#define LEAST (1u << 20)	/* bytes that are worth a jump */

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

/* ---- open ---- */

static int same(const struct stat *a, const struct stat *b)
{
	if (S_ISBLK(b->st_mode))
		return S_ISBLK(a->st_mode) && a->st_rdev == b->st_rdev;
	return S_ISREG(a->st_mode) && a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* Is it in use, and how much of it is free? 1, 0 or -errno. */
static int in_use(const struct stat *st, uint64_t *free)
{
	static char text[SWAPS_MAX];
	struct kj_swaps s;
	size_t len, pos = 0;
	enum kj_err e;
	int rc = kj_slurp("/proc/swaps", text, sizeof(text), &len);

	/* a kernel without swap */
	if (rc)
		return rc == -ENOENT ? 0 : rc;
	while ((e = kj_swaps_next(text, len, &pos, &s)) != KJ_ENOTFOUND) {
		struct stat it;

		if (e || stat(s.path, &it) || !same(&it, st))
			continue;
		*free = s.size - s.used;
		return 1;
	}
	return 0;
}

static int find_device(struct kj_front_target *t, dev_t dev)
{
	int rc;

	t->major = (uint32_t)major(dev);
	t->minor = (uint32_t)minor(dev);
	rc = kj_front_stack(t, t->major, t->minor);
	if (!rc && kj_stack_block(&t->stack, t->area, &t->swap))
		rc = refuse(EX_DATAERR, t->path, "is not made of whole 4096-byte blocks of its disk");
	return rc;
}

/* Its blocks on the device; the first one has the header. */
static int find_blocks(struct kj_front_target *t, const struct stat *st)
{
	int fd, rc;

	/* what will be in it is all that was in memory */
	if (st->st_uid || st->st_mode & 077)
		return refuse(EX_NOPERM, t->path, "is not root's alone (owner root, mode 0600)");
	if (st->st_size < (off_t)LEAST)
		return refuse(EX_DATAERR, t->path, "swap area too small");
	fd = kj_open(t->path, O_RDONLY);
	if (fd < 0)
		return fail_io(fd, t->path);
	rc = kj_front_extents(fd, t->path, (uint64_t)st->st_size / KJ_BLOCK * KJ_BLOCK, 1, &t->own);
	kj_close(fd);
	if (rc)
		return rc;
	t->area = t->own.x.e[0].off;
	kj_extents_sort(&t->own.x);
	return 0;
}

/* The header of a file, or of a device above the disk, changes behind the page cache from which swapon would read it. */
static void forget(const struct kj_front_target *t)
{
	int fd = t->own.x.n || t->stack.mapped ? kj_open(t->path, O_RDONLY) : -1;

	if (fd < 0)
		return;
	if (t->own.x.n)
		(void)kj_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	else
		(void)kj_block_flush(fd);
	kj_close(fd);
}

static int open_raw(struct kj_front_target *t)
{
	t->raw = kj_open(t->dev, O_RDWR);
	/* linux 6.8 and later, CONFIG_BLK_DEV_WRITE_MOUNTED=n */
	if (t->raw == -EBUSY && t->own.x.n)
		return refuse(EX_UNAVAILABLE, t->path,
			      "this kernel lets nobody write below a mounted file system; bdev_allow_write_mounted=1 on its command line does");
	if (t->raw < 0)
		return fail_io(t->raw, t->dev);
	/* what others have written, by whatever way */
	forget(t);
	(void)kj_block_flush(t->raw);
	return 0;
}

static int open_fds(struct kj_front_target *t)
{
	int rc = open_raw(t);

	if (rc)
		return rc;
	t->fd = kj_open(t->dev, O_RDWR);
	return t->fd < 0 ? fail_io(t->fd, t->dev) : 0;
}

/* Not in use: then there may be an image in it. */
static int open_marked(struct kj_front_target *t)
{
	const char *why;
	int rc = open_fds(t);

	if (rc)
		return rc;
	rc = kj_list_read(t->raw, t->swap / KJ_BLOCK, &t->list, &why);
	if (rc == -ENOMSG || (!rc && t->list.x.kind != KJ_EXTENTS_SWAP))
		return refuse(EX_TEMPFAIL, t->path, "is no swap area in use");
	if (rc == -EBADMSG) {
		kj_log(KJ_LOG_ERR, "%s: extent list: %s", t->path, why);
		return EX_DATAERR;
	}
	t->size = t->list.x.size;
	if (!rc)
		rc = kj_list_map(&t->list, t->fd);
	if (!rc)
		rc = kj_target_label(t->fd, t->size, &t->label);
	if (rc == -ENOENT)
		return refuse(EX_DATAERR, t->path, "its label is damaged");
	return rc ? fail_io(rc, t->path) : 0;
}

int kj_front_swap_open(struct kj_front_target *t, const char *path)
{
	struct stat st;
	int rc, used;

	t->kind = KJ_FRONT_SWAP;
	snprintf(t->path, sizeof(t->path), "%s", path);
	if (stat(path, &st))
		return refuse(EX_NOINPUT, path, "no such swap area");
	if (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode))
		return refuse(EX_USAGE, path, "is neither a block device nor a file");
	used = in_use(&st, &t->swap_free);
	if (used < 0)
		return fail_io(used, "/proc/swaps");
	rc = S_ISREG(st.st_mode) ? find_blocks(t, &st) : 0;
	if (!rc)
		rc = find_device(t, S_ISREG(st.st_mode) ? st.st_dev : st.st_rdev);
	if (!rc && !used)
		rc = open_marked(t);
	/* before anything else is begun: can it be written? */
	if (!rc && used) {
		rc = open_raw(t);
		kj_close(t->raw);
		t->raw = -1;
	}
	if (rc)
		kj_front_target_close(t);
	return rc;
}

/* ---- take ---- */

/* One page more. 0; 1: there is no more, or what there is lies in too many pieces; or -errno. */
static int reserve(struct kj_front_target *t, int snapshot)
{
	uint64_t off = 0;
	enum kj_err e;
	int rc = kj_snapshot_alloc(snapshot, &off);

	if (rc)
		return rc == -ENOSPC ? 1 : rc;
	/* no other file's, whatever the kernel says */
	if (t->own.x.n && !kj_extents_has(&t->own.x, off, KJ_BLOCK))
		return -ERANGE;
	rc = kj_stack_block(&t->stack, off, &off);
	if (rc)
		return rc;
	e = kj_extents_add(&t->list.x, off, KJ_BLOCK);
	if (e == KJ_ENOSPC) {
		kj_extents_sort(&t->list.x);
		e = kj_extents_add(&t->list.x, off, KJ_BLOCK);
	}
	/* it is free again when the others are */
	return e == KJ_ENOSPC ? 1 : e ? -EINVAL : 0;
}

static int reserve_all(struct kj_front_target *t, int snapshot, uint64_t want)
{
	int rc = kj_snapshot_swap_area(snapshot, t->major, t->minor, t->area / KJ_BLOCK);

	if (rc)
		return rc == -ENODEV ? refuse(EX_TEMPFAIL, t->path, "the kernel knows no such swap area") : fail_io(rc, t->path);
	rc = kj_list_alloc(&t->list, KJ_EXTENTS_MAX);
	for (uint64_t got = 0; !rc && got < want; got += KJ_BLOCK)
		rc = reserve(t, snapshot);
	if (rc < 0)
		return fail_io(rc, t->path);
	kj_extents_sort(&t->list.x);
	return 0;
}

/* The header as the kernel found it at swapon: marked only if somebody who was to give it back was killed. */
static int read_header(struct kj_front_target *t, uint8_t page[4096])
{
	uint64_t list;
	enum kj_err e;
	int rc = kj_pread_full(t->raw, page, KJ_BLOCK, t->swap, NULL);

	if (rc)
		return fail_io(rc, t->dev);
	if (!kj_swap_marked(page, &list))
		kj_swap_unmark(page);
	e = kj_swap_check(page);
	if (!e)
		return 0;
	kj_log(KJ_LOG_ERR, "%s: header of the swap area: %s", t->path, kj_strerror(e));
	return EX_UNAVAILABLE;
}

static int write_mark(struct kj_front_target *t, uint8_t page[4096])
{
	struct kj_list l;
	const char *why;
	int rc;

	kj_swap_mark(page, t->list.at);
	rc = kj_pwrite_full(t->raw, page, KJ_BLOCK, t->swap);
	if (!rc)
		rc = kj_fsync(t->raw);
	/* as B and C will find it */
	(void)kj_block_flush(t->raw);
	if (!rc)
		rc = kj_list_read(t->raw, t->swap / KJ_BLOCK, &l, &why);
	if (!rc && kj_extents_sum(&l.x) != kj_extents_sum(&t->list.x))
		rc = -EIO;
	kj_list_free(&l);
	return rc ? fail_io(rc, t->path) : 0;
}

static int set_up(struct kj_front_target *t, uint8_t page[4096])
{
	struct kj_extents *x = &t->list.x;
	int rc;

	x->kind = KJ_EXTENTS_SWAP;
	x->dev_size = t->dev_size;
	x->swap = t->swap;
	rc = kj_list_plan(&t->list);
	if (rc == -ENOSPC || (!rc && x->size < LEAST)) {
		kj_log(KJ_LOG_ERR, "%s: swap area too small: %llu KiB are free", t->path,
		       (unsigned long long)(t->swap_free >> 10));
		return EX_TEMPFAIL;
	}
	if (rc)
		return refuse(EX_SOFTWARE, t->path, "the kernel names blocks that cannot be");
	t->size = x->size;
	kj_front_label_new(&t->label, t->size);
	memcpy(x->uuid, t->label.uuid, 16);
	rc = open_fds(t);
	if (!rc)
		rc = read_header(t, page);
	if (rc)
		return rc;
	rc = kj_list_write(&t->list, t->raw, 0);
	if (!rc)
		rc = kj_list_map(&t->list, t->fd);
	if (!rc)
		rc = kj_front_label_write(t);
	return rc ? fail_io(rc, t->path) : write_mark(t, page);
}

int kj_front_swap_take(struct kj_front_target *t, int snapshot, uint64_t want)
{
	void *page;
	int rc = kj_alloc_pages(KJ_BLOCK, &page);

	if (rc)
		return fail_io(rc, t->path);
	rc = reserve_all(t, snapshot, want);
	if (!rc)
		rc = set_up(t, page);
	kj_munmap(page, KJ_BLOCK);
	if (rc && t->raw >= 0)
		(void)kj_front_swap_end(t);
	return rc;
}

int kj_front_swap_mend(const struct kj_front_target *t)
{
	uint64_t list;
	void *page;
	int fd, rc = kj_alloc_pages(KJ_BLOCK, &page);

	if (rc)
		return rc;
	fd = kj_open(t->dev, O_RDWR);
	if (fd >= 0)
		(void)kj_block_flush(fd);
	rc = fd < 0 ? fd : kj_pread_full(fd, page, KJ_BLOCK, t->swap, NULL);
	if (!rc && !kj_swap_marked(page, &list)) {
		kj_swap_unmark(page);
		rc = kj_pwrite_full(fd, page, KJ_BLOCK, t->swap);
		if (!rc)
			rc = kj_fsync(fd);
		forget(t);
	}
	kj_close(fd);
	kj_munmap(page, KJ_BLOCK);
	return rc;
}

int kj_front_swap_end(struct kj_front_target *t)
{
	int rc;

	if (t->raw < 0)
		return 0;
	/* C has written there, if this system was away */
	(void)kj_block_flush(t->raw);
	rc = kj_list_unmark(&t->list, t->raw);
	forget(t);
	kj_front_target_close(t);
	/* not marked: it failed before that */
	return rc == -ENOMSG ? 0 : rc;
}
