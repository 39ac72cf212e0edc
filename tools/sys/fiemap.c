// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * FS_IOC_FIEMAP, a few extents a call. It must never go on behind an extent that the kernel calls the last, or does not
 * move on from.
 */
#include <errno.h>
#include <string.h>
#include <sys/vfs.h>

#include "sys/compat.h"
#include "sys/fiemap.h"

#define IOC_FIEMAP 0xc020660bul		/* _IOWR('f', 11, struct fiemap) */
#define IOC_FSGETXATTR 0x801c581ful	/* _IOR('X', 31, struct fsxattr) */
#define XFLAG_REALTIME 1u
#define FLAG_SYNC 1u
#define AT_ONCE 64u

struct extent {
	uint64_t logical, physical, length, reserved64[2];
	uint32_t flags, reserved[3];
};
_Static_assert(sizeof(struct extent) == 56, "linux/fiemap.h");

struct request {
	uint64_t start, length;
	uint32_t flags, mapped, count, reserved;
	struct extent extent[AT_ONCE];
};
_Static_assert(sizeof(struct request) == 32 + AT_ONCE * 56, "linux/fiemap.h");

int kj_fiemap(int fd, int (*fn)(const struct kj_fiemap_extent *e, void *ctx), void *ctx)
{
	struct request r;
	uint64_t start = 0;

	for (;;) {
		int err;

		memset(&r, 0, sizeof(r));
		r.start = start;
		r.length = UINT64_MAX - start;
		r.flags = FLAG_SYNC;
		r.count = AT_ONCE;
		err = kj_ioctl(fd, IOC_FIEMAP, &r);
		if (err < 0)
			return err;
		if (!r.mapped)
			return 0;
		for (uint32_t i = 0; i < r.mapped && i < AT_ONCE; i++) {
			const struct extent *x = &r.extent[i];
			const struct kj_fiemap_extent e = { x->logical, x->physical, x->length, x->flags };

			err = fn(&e, ctx);
			if (err || x->flags & KJ_FIEMAP_LAST)
				return err;
			if (!x->length || x->length > UINT64_MAX - x->logical || x->logical + x->length <= start)
				return -EIO;
			start = x->logical + x->length;
		}
	}
}

uint32_t kj_fs_type(int fd)
{
	struct statfs st;

	return fstatfs(fd, &st) ? 0 : (uint32_t)st.f_type;
}

int kj_fs_realtime(int fd)
{
	uint32_t fsx[7];	/* struct fsxattr of linux/fs.h: fsx_xflags, and what is not looked at */

	return kj_ioctl(fd, IOC_FSGETXATTR, fsx) >= 0 && fsx[0] & XFLAG_REALTIME;
}
