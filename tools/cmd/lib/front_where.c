// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where the blocks of a file are, as its file system says, and what its device is made of. It must never let through a block
 * that is not that file's alone.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sysexits.h>

#include "cmd/lib/front.h"
#include "sys/fiemap.h"
#include "sys/io.h"
#include "sys/log.h"

static int refuse(int status, const char *path, const char *what)
{
	kj_log(KJ_LOG_ERR, "%s: %s", path, what);
	return status;
}

static int fail_io(int err, const char *path)
{
	return refuse(err == -EACCES || err == -EPERM ? EX_NOPERM : EX_IOERR, path, strerror(-err));
}

struct walk {
	const char *why;
	struct kj_list *l;
	uint64_t size, at;	/* of the file; up to here it has blocks */
	uint32_t ignore;	/* flags that do not matter behind its first block */
};

/* What no two writers can share, and nobody may move: B writes to these blocks while the file system is mounted in A. */
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

int kj_front_fs(int fd, const char *path)
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
	int rc = kj_front_fs(fd, path);

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

int kj_front_stack(struct kj_front_target *t, uint32_t major, uint32_t minor)
{
	char why[KJ_STACK_WHY];
	int rc;

	kj_stack_close(&t->stack);
	rc = kj_stack_open(major, minor, &t->stack, why);
	if (rc)
		return refuse(rc == -ENODEV || rc == -ENOTBLK ? EX_UNAVAILABLE : EX_OSERR, t->path, why);
	kj_block_path(&t->stack.dev, t->dev);
	t->dev_size = t->stack.dev.size;
	(void)kj_block_partuuid(t->dev, t->partuuid);
	return 0;
}

int kj_front_below(const struct kj_front_target *t, struct kj_list *l)
{
	int rc = kj_stack_list(&t->stack, l);

	if (rc == -ENOSPC)
		return refuse(EX_DATAERR, t->path, "is in too many pieces");
	if (rc == -ERANGE)
		return refuse(EX_DATAERR, t->path, "is not made of whole 4096-byte blocks of its disk");
	return rc ? fail_io(rc, t->path) : 0;
}
