// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fingerprint of a FAT file system: boot sector, FSInfo, the FATs, and each directory. It must never follow a chain of
 * clusters further than the FAT is long.
 */
#include <string.h>

#include "core/fsprint.h"

#define ENTRY 32u		/* bytes of a directory entry */
#define CHAIN_MAX (1u << 20)	/* clusters of all directories together */

struct fat {
	uint64_t fat;		/* offset of the first FAT */
	uint64_t root;		/* of the root directory of a FAT12 or FAT16 */
	uint64_t data;		/* of cluster 2 */
	uint32_t fat_len;	/* bytes of one FAT */
	uint32_t root_len;
	uint32_t cluster;	/* bytes */
	uint32_t clusters;
	uint32_t bits;		/* of an entry of the FAT: 12, 16, 32 */
	uint32_t budget;	/* clusters that may still be read */
	uint32_t ndir;		/* that wait in d->dir */
};

static uint32_t get16(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8;
}

static uint32_t get32(const uint8_t *p)
{
	return get16(p) | get16(p + 2) << 16;
}

/* fs/fat/inode.c: fat_fill_super() */
static enum kj_err layout(const uint8_t *b, uint64_t size, struct fat *f)
{
	const uint32_t sector = get16(b + 11), nfat = b[16];
	uint64_t fat_sectors = get16(b + 22), total = get16(b + 19), at, n;

	memset(f, 0, sizeof(*f));
	f->cluster = sector * b[13];
	if (!fat_sectors) {
		fat_sectors = get32(b + 36);
		f->bits = 32;
	}
	if (!total)
		total = get32(b + 32);
	if (!fat_sectors || fat_sectors > UINT32_MAX / sector || !total || !f->cluster)
		return KJ_EFORMAT;
	f->fat_len = (uint32_t)(fat_sectors * sector);
	f->fat = (uint64_t)get16(b + 14) * sector;
	f->root = f->fat + (uint64_t)nfat * f->fat_len;
	f->root_len = (get16(b + 17) * ENTRY + sector - 1) / sector * sector;
	f->data = f->root + f->root_len;
	at = total * sector;
	if (at > size || f->data > at)
		return KJ_ETRUNC;
	n = (at - f->data) / f->cluster;
	if (!f->bits)
		f->bits = n < 4085 ? 12 : 16;
	/* not more than the FAT has entries for */
	at = (uint64_t)f->fat_len * 8 / f->bits;
	if (at < 2)
		return KJ_EFORMAT;
	f->clusters = (uint32_t)(n < at - 2 ? n : at - 2);
	f->budget = f->clusters < CHAIN_MAX ? f->clusters : CHAIN_MAX;
	return KJ_OK;
}

/* What follows cluster @c; 0: nothing. */
static enum kj_err next(struct kj_print_dev *d, const struct fat *f, uint32_t c, uint32_t *ret)
{
	const uint64_t bit = (uint64_t)c * f->bits, off = bit / 8;
	const size_t len = f->bits == 32 ? 4 : 2;
	uint8_t b[4];
	uint32_t v, end;
	enum kj_err e;

	if (off > f->fat_len || len > f->fat_len - off)
		return KJ_EFORMAT;
	e = kj_print_read(d, b, len, f->fat + off);
	if (e)
		return e;
	v = f->bits == 32 ? get32(b) & 0x0fffffff : get16(b);
	if (f->bits == 12)
		v = bit % 8 ? v >> 4 : v & 0xfff;
	end = f->bits == 32 ? 0x0ffffff8 : f->bits == 16 ? 0xfff8 : 0xff8;
	*ret = v >= end ? 0 : v;
	return KJ_OK;
}

static int is_cluster(const struct fat *f, uint32_t c)
{
	return c >= 2 && c - 2 < f->clusters;
}

/* Remember the directories that @len bytes of entries name. 1 in *ret: the last entry was there. */
static enum kj_err collect(struct kj_print_dev *d, struct fat *f, const uint8_t *p, size_t len, int *last)
{
	for (size_t i = 0; i + ENTRY <= len; i += ENTRY, p += ENTRY) {
		uint32_t c;

		if (!p[0]) {
			*last = 1;
			return KJ_OK;
		}
		/* deleted, long name, volume label, . and .. */
		if (p[0] == 0xe5 || !(p[11] & 0x10) || p[11] & 8 || p[0] == '.')
			continue;
		c = get16(p + 26) | (f->bits == 32 ? get16(p + 20) << 16 : 0);
		if (!is_cluster(f, c))
			return KJ_EFORMAT;
		if (f->ndir == KJ_PRINT_DIRS)
			return KJ_ELIMIT;
		d->dir[f->ndir++] = c;
	}
	return KJ_OK;
}

/* Hash [off, off + len) of a directory and look at its entries. */
static enum kj_err dir_piece(struct kj_print_dev *d, struct fat *f, uint64_t off, uint32_t len, int *last)
{
	while (len) {
		const uint32_t n = len < KJ_PRINT_BUF ? len : KJ_PRINT_BUF;
		enum kj_err e = kj_print_read(d, d->buf, n, off);

		if (e)
			return e;
		kj_xxh64_update(&d->hash, d->buf, n);
		if (!*last)
			e = collect(d, f, d->buf, n, last);
		if (e)
			return e;
		off += n;
		len -= n;
	}
	return KJ_OK;
}

static enum kj_err dir_chain(struct kj_print_dev *d, struct fat *f, uint32_t c)
{
	int last = 0;
	enum kj_err e = KJ_OK;

	while (!e && c) {
		if (!is_cluster(f, c))
			return KJ_EFORMAT;
		/* as many as there are have been read: this is a circle */
		if (!f->budget--)
			return KJ_ELIMIT;
		e = dir_piece(d, f, f->data + (uint64_t)(c - 2) * f->cluster, f->cluster, &last);
		if (!e)
			e = next(d, f, c, &c);
	}
	return e;
}

enum kj_err kj_print_vfat(struct kj_print_dev *d)
{
	uint8_t b[512];
	struct fat f;
	int last = 0;
	enum kj_err e = kj_print_read(d, b, sizeof(b), 0);

	if (!e)
		e = layout(b, d->size, &f);
	/* boot sector, FSInfo, their copies, and the FATs */
	if (!e)
		e = kj_print_add(d, 0, f.root);
	if (e)
		return e;
	if (f.bits == 32)
		e = dir_chain(d, &f, get32(b + 44) & 0x0fffffff);
	else
		e = dir_piece(d, &f, f.root, f.root_len, &last);
	while (!e && f.ndir)
		e = dir_chain(d, &f, d->dir[--f.ndir]);
	return e;
}
