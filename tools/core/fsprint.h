/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fingerprints of file systems: a digest of what any mount for writing, and any replay of a journal, changes on the
 * disk; must never be taken for a digest of the files.
 *
 * What is in it, from the raw device, and where the layouts come from:
 *   ext2/3/4  superblock, and the journal's first block          fs/ext4/ext4.h, include/linux/jbd2.h
 *   xfs       superblock, and all of the log                     fs/xfs/libxfs/xfs_format.h
 *   btrfs     all copies of the superblock                       include/uapi/linux/btrfs_tree.h
 *   vfat      boot and FSInfo sectors, FATs, all directories     include/uapi/linux/msdos_fs.h
 * A mount that touches a file of a vfat changes neither FSInfo nor FAT: hence the directories.
 */
#ifndef KJ_CORE_FSPRINT_H
#define KJ_CORE_FSPRINT_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "le.h"
#include "xxh.h"

enum kj_print_kind { KJ_PRINT_NONE = 0, KJ_PRINT_EXT = 1, KJ_PRINT_XFS = 2, KJ_PRINT_BTRFS = 3, KJ_PRINT_VFAT = 4 };
#define KJ_PRINT_KINDS 5u

#define KJ_PRINT_MAX 16u	/* of one image */
#define KJ_PRINT_BUF 65536u
#define KJ_PRINT_DIRS 4096u	/* directories of a vfat that wait to be read */

/* One file system of A's: in the job block without its sum, in the header of an image with it.  FORMAT 2 and 4. */
struct kj_le_print {
	le32 kind;		/* enum kj_print_kind */
	le32 flags;		/* 0 */
	uint8_t uuid[16];	/* of the file system; vfat: its serial number, then zeros */
	uint8_t partuuid[16];	/* zero: not in a GPT */
	le64 dev_size;		/* bytes */
	le64 sum;		/* XXH64, seed: kind */
	le64 reserved;
};
_Static_assert(sizeof(struct kj_le_print) == 64, "FORMAT 4");

/* Behind one with KJ_PRINT_MAPPED in its flags, as many of these as it takes: where on the device with that partuuid its bytes
 * are, one piece behind the other. */
#define KJ_PRINT_MAPPED 1u
#define KJ_PRINT_PIECES 5u
#define KJ_PRINT_EACH 3u
struct kj_le_print_pieces {
	le32 kind;			/* KJ_PRINT_PIECES */
	le32 n;				/* KJ_PRINT_EACH in all but the last */
	struct {
		le64 off, len;		/* bytes */
	} piece[KJ_PRINT_EACH];
	le64 below;			/* bytes of the device */
};
_Static_assert(sizeof(struct kj_le_print_pieces) == sizeof(struct kj_le_print), "FORMAT 2");

/* As many as there are, in order; the rest zeros. */
struct kj_le_prints {
	le32 n;
	le32 reserved;
	struct kj_le_print fs[KJ_PRINT_MAX];
};
_Static_assert(sizeof(struct kj_le_prints) == 1032, "FORMAT 4");

/* A device, and the memory that looking at it takes. */
struct kj_print_dev {
	/* all of [off, off + len), which lies within @size; other than 0: it cannot be read */
	int (*read)(void *ctx, void *buf, size_t len, uint64_t off);
	void *ctx;
	uint64_t size;			/* bytes */
	/* private */
	struct kj_xxh64 hash;
	uint8_t buf[KJ_PRINT_BUF];
	uint32_t dir[KJ_PRINT_DIRS];
};

/* Which file system is on it?  KJ_OK; KJ_ENOTFOUND: none of these; KJ_ETRUNC: cannot be read. */
enum kj_err kj_print_identify(struct kj_print_dev *d, enum kj_print_kind *kind, uint8_t uuid[16]);

/* The digest of the one that kj_print_identify() finds.  KJ_ENOTFOUND; KJ_ETRUNC: the device ends before the file
 * system does, or cannot be read; KJ_EFORMAT: it contradicts itself; KJ_EUNSUPP: xfs with its log elsewhere; KJ_ELIMIT:
 * a vfat with more or larger directories than anybody has. */
enum kj_err kj_print_take(struct kj_print_dev *d, uint64_t *sum);

/* A list from a job (@taken 0: no sums yet) or an image.  KJ_OK; KJ_ELIMIT: more than fit; KJ_ERANGE: a kind that is
 * none, flags, a piece that is on no device; KJ_EFORMAT: a reserved or unused byte that is not 0, or pieces that do not come to
 * the file system's device. */
enum kj_err kj_prints_check(const struct kj_le_prints *p, int taken);

/* Of a list that was checked: how many pieces the file system @i is in, 0: it is the whole of a device; and which device, by its
 * size. Piece number @k. The index of the file system behind @i. */
uint32_t kj_print_pieces(const struct kj_le_prints *p, uint32_t i, uint64_t *below);
void kj_print_piece(const struct kj_le_prints *p, uint32_t i, uint32_t k, uint64_t *off, uint64_t *len);
uint32_t kj_print_next(const struct kj_le_prints *p, uint32_t i);

/* Append a piece to the last file system of @p, which is marked by that. KJ_OK; KJ_ELIMIT: there is no more room. */
enum kj_err kj_print_add_piece(struct kj_le_prints *p, uint64_t off, uint64_t len, uint64_t below);

/* "ext4", "xfs", ...; "unknown". */
const char *kj_print_name(uint32_t kind);

/* For the files of this module: hash [off, off + len) of the device; read one piece of it. */
enum kj_err kj_print_add(struct kj_print_dev *d, uint64_t off, uint64_t len);
enum kj_err kj_print_read(struct kj_print_dev *d, void *buf, size_t len, uint64_t off);
enum kj_err kj_print_vfat(struct kj_print_dev *d);

#endif
