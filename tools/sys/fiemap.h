/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the bytes of a file are on its device, as the file system says (FS_IOC_FIEMAP); must never change anything but
 * that the file's dirty pages are written first.
 */
#ifndef KJ_SYS_FIEMAP_H
#define KJ_SYS_FIEMAP_H

#include <stdint.h>

/* include/uapi/linux/fiemap.h */
#define KJ_FIEMAP_LAST 0x1u
#define KJ_FIEMAP_UNKNOWN 0x2u
#define KJ_FIEMAP_DELALLOC 0x4u
#define KJ_FIEMAP_ENCODED 0x8u
#define KJ_FIEMAP_ENCRYPTED 0x80u
#define KJ_FIEMAP_UNALIGNED 0x100u
#define KJ_FIEMAP_INLINE 0x200u
#define KJ_FIEMAP_TAIL 0x400u
#define KJ_FIEMAP_UNWRITTEN 0x800u
#define KJ_FIEMAP_MERGED 0x1000u
#define KJ_FIEMAP_SHARED 0x2000u

struct kj_fiemap_extent {
	uint64_t logical, physical, len;	/* bytes in the file, on its device */
	uint32_t flags;
};

/* Call @fn for each extent of @fd in the order of the file; if it returns other than 0, stop and return that. Holes come
 * in no call. 0 or -errno: -EOPNOTSUPP, -ENOTTY: the file system does not say. */
int kj_fiemap(int fd, int (*fn)(const struct kj_fiemap_extent *e, void *ctx), void *ctx);

/* What statfs(2) calls the file system of @fd; 0: it cannot be told. */
#define KJ_FS_EXT 0xef53u	/* ext2, ext3, ext4 */
#define KJ_FS_XFS 0x58465342u
#define KJ_FS_BTRFS 0x9123683eu
uint32_t kj_fs_type(int fd);

/* 1 if the file's data lies on the realtime device of an xfs, not on the one that stat(2) names. */
int kj_fs_realtime(int fd);

#endif
