/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Block devices: which there are, their size, opening one for certain, zeroing ranges. It must
 * never choose a device: whoever calls compares label, size and PARTUUID.
 *
 * All return 0 (kj_block_open: an fd) or -errno. Offsets and sizes are bytes.
 */
#ifndef KJ_SYS_BLOCK_H
#define KJ_SYS_BLOCK_H

#include <stddef.h>
#include <stdint.h>

#define KJ_BLOCK_NAME 64
#define KJ_BLOCK_PATH 80 /* "/dev/" and a name */

struct kj_blkdev {
	char name[KJ_BLOCK_NAME]; /* as in /dev */
	uint32_t major, minor;
	uint64_t size;
	int ro;
	int partition; /* its number, 0: a whole disk */
};

/* Call @fn for each device of /sys/class/block that has a size and a name that fits; if it
 * returns other than 0, stop and return that. -ENOENT: no sysfs. */
int kj_block_scan(int (*fn)(const struct kj_blkdev *d, void *ctx), void *ctx);

/* The device that has @d's major and minor, whole, in @d. -ENODEV: there is none, and @d is as it was; -ENOENT: no sysfs. */
int kj_block_find(struct kj_blkdev *d);

/* Open /dev/NAME and see that it is this very device. @flags as open(2); O_EXCL, without
 * O_CREAT, is refused with -EBUSY while a mount, swap or another device holds it.
 * -ENXIO: the node is another device's. */
int kj_block_open(const struct kj_blkdev *d, int flags);

/* Open @path as open(2) does with O_EXCL, which is in @flags; but a device-mapper that has it, and whose own devices nobody has, is
 * no hindrance: those are held from then on, until this process ends. -EBUSY: a mount, swap or something else has one. */
int kj_block_open_idle(const char *path, int flags);
void kj_block_path(const struct kj_blkdev *d, char path[KJ_BLOCK_PATH]);

/* Size of an open block device or regular file, or of what its map (fdmap.h) comes to. -ENOTBLK: it is neither. */
int kj_block_size(int fd, uint64_t *ret);
/* 1 or 0. */
int kj_block_is_device(int fd);
/* Has device-mapper made it? 1 or 0. */
int kj_block_is_dm(int fd);

/* Make [off, off + len) read as zeros; both multiples of 4096. The kernel uses the device's
 * own command where it has one, and writes otherwise. -EOPNOTSUPP, -ENOTTY: do it yourself. */
int kj_block_zeroout(int fd, uint64_t off, uint64_t len);

/* Drop what the page cache holds of a device (reads come from the disk again). Dirty pages are
 * written first. Failure never matters to correctness where the reads are O_DIRECT. */
int kj_block_flush(int fd);

/* Device path of "/dev/NAME", "PARTUUID=GUID" of a GPT or "PARTUUID=NNNNNNNN-PP" of an MBR, for one that exists. -ENODEV: no such
 * partition; -EINVAL: spec is of neither kind; -ENAMETOOLONG; -ENOTBLK. (A target's label is
 * looked for by kj_target_resolve(), cmd/lib/target.h.) */
int kj_block_resolve(const char *spec, char *path, size_t cap);

/* The GUID of a GPT partition, as its table entry has it (not the order in which it is printed).
 * -ENOENT: not a partition of a GPT; @ret is all zeros then, as after every other failure. */
int kj_block_partuuid(const char *path, uint8_t ret[16]);

#endif
