// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fingerprints of ext2/3/4, xfs and btrfs. It must never follow a number of theirs out of the device, or in a circle.
 */
#include "core/fsprint.h"

#include <string.h>

#define SUPER_MAX 4096u
#define BTRFS_AT 65536u

/* The three have their numbers in either order of bytes. */
static uint32_t get16(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8;
}

static uint32_t get32(const uint8_t *p)
{
	return get16(p) | get16(p + 2) << 16;
}

static uint32_t be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint64_t be64(const uint8_t *p)
{
	return (uint64_t)be32(p) << 32 | be32(p + 4);
}

enum kj_err kj_print_read(struct kj_print_dev *d, void *buf, size_t len, uint64_t off)
{
	if (off > d->size || len > d->size - off)
		return KJ_ETRUNC;
	return d->read(d->ctx, buf, len, off) ? KJ_ETRUNC : KJ_OK;
}

enum kj_err kj_print_add(struct kj_print_dev *d, uint64_t off, uint64_t len)
{
	if (off > d->size || len > d->size - off)
		return KJ_ETRUNC;
	while (len) {
		const size_t n = len < KJ_PRINT_BUF ? (size_t)len : KJ_PRINT_BUF;

		if (d->read(d->ctx, d->buf, n, off))
			return KJ_ETRUNC;
		kj_xxh64_update(&d->hash, d->buf, n);
		off += n;
		len -= n;
	}
	return KJ_OK;
}

/* ---- who is it ---- */

/* A boot sector that the kernel's own checks would let pass (fs/fat/inode.c: fat_read_bpb()). */
static int is_vfat(const uint8_t *b)
{
	const uint32_t sector = get16(b + 11), cluster = b[13];

	return b[510] == 0x55 && b[511] == 0xaa && sector >= 512 && sector <= 4096 && !(sector & (sector - 1)) &&
	       cluster && !(cluster & (cluster - 1)) && get16(b + 14) && b[16] && (b[21] == 0xf0 || b[21] >= 0xf8);
}

enum kj_err kj_print_identify(struct kj_print_dev *d, enum kj_print_kind *kind, uint8_t uuid[16])
{
	uint8_t b[SUPER_MAX];

	if (d->size < SUPER_MAX)
		return KJ_ENOTFOUND;
	if (kj_print_read(d, b, sizeof(b), 0))
		return KJ_ETRUNC;
	if (!memcmp(b, "XFSB", 4)) {
		*kind = KJ_PRINT_XFS;
		memcpy(uuid, b + 32, 16);
		return KJ_OK;
	}
	if (get16(b + 1024 + 56) == 0xef53) {
		*kind = KJ_PRINT_EXT;
		memcpy(uuid, b + 1024 + 104, 16);
		return KJ_OK;
	}
	if (d->size >= BTRFS_AT + SUPER_MAX) {
		uint8_t s[SUPER_MAX];

		if (kj_print_read(d, s, sizeof(s), BTRFS_AT))
			return KJ_ETRUNC;
		if (!memcmp(s + 64, "_BHRfS_M", 8)) {
			*kind = KJ_PRINT_BTRFS;
			memcpy(uuid, s + 32, 16);
			return KJ_OK;
		}
	}
	if (!is_vfat(b))
		return KJ_ENOTFOUND;
	*kind = KJ_PRINT_VFAT;
	memset(uuid, 0, 16);
	/* FAT32 has no length of a FAT at 22 and its serial number elsewhere */
	memcpy(uuid, b + (get16(b + 22) ? 39 : 67), 4);
	return KJ_OK;
}

/* ---- ext2, 3, 4 ---- */

struct ext {
	uint32_t block;		/* bytes */
	uint64_t journal;	/* its first block */
};

/* Down the extent tree of @node (60 bytes of an inode, or a block) to the extent of logical block 0. */
static enum kj_err ext_first(struct kj_print_dev *d, struct ext *x, const uint8_t *node)
{
	uint32_t depth = get16(node + 6), up;

	for (;;) {
		const uint8_t *e = node + 12;

		if (get16(node) != 0xf30a || !get16(node + 2) || depth > 5 || get32(e))
			return KJ_EFORMAT;
		if (!depth) {
			x->journal = (uint64_t)get16(e + 6) << 32 | get32(e + 8);
			return KJ_OK;
		}
		up = depth;
		if (kj_print_read(d, d->buf, x->block, ((uint64_t)get16(e + 8) << 32 | get32(e + 4)) * x->block))
			return KJ_ETRUNC;
		node = d->buf;
		depth = get16(node + 6);
		/* each level is one nearer to the leaf */
		if (depth != up - 1)
			return KJ_EFORMAT;
	}
}

/* Where the inode of the journal says that it begins. */
static enum kj_err ext_journal(struct kj_print_dev *d, const uint8_t *sb, struct ext *x)
{
	const uint32_t inum = get32(sb + 224), per_group = get32(sb + 40);
	const int wide = (get32(sb + 96) & 0x80) != 0;
	const uint32_t desc = wide ? get16(sb + 254) : 32, isize = get32(sb + 76) ? get16(sb + 88) : 128;
	uint8_t g[64], inode[128];
	uint64_t table;
	enum kj_err e;

	if (!per_group || desc < 32 || desc > x->block || desc & (desc - 1) || isize < 128 || isize > x->block ||
	    inum > per_group)
		return KJ_EFORMAT;
	/* it lies in the first group, whose descriptor is behind the superblock's block; META_BG moves only others */
	e = kj_print_read(d, g, sizeof(g), ((uint64_t)get32(sb + 20) + 1) * x->block);
	if (e)
		return e;
	table = get32(g + 8) | (desc >= 64 ? (uint64_t)get32(g + 40) << 32 : 0);
	if (table > d->size / x->block)
		return KJ_ETRUNC;
	e = kj_print_read(d, inode, sizeof(inode), table * x->block + (uint64_t)(inum - 1) * isize);
	if (e)
		return e;
	if (get32(inode + 32) & 0x80000)
		return ext_first(d, x, inode + 40);
	x->journal = get32(inode + 40);
	return KJ_OK;
}

static enum kj_err print_ext(struct kj_print_dev *d)
{
	uint8_t sb[1024];
	struct ext x;
	enum kj_err e = kj_print_read(d, sb, sizeof(sb), 1024);

	if (e)
		return e;
	if (get32(sb + 24) > 6)
		return KJ_EFORMAT;
	x.block = 1024u << get32(sb + 24);
	kj_xxh64_update(&d->hash, sb, sizeof(sb));
	/* none, or on a device of its own: each mount for writing counts itself in the superblock */
	if (!(get32(sb + 92) & 4) || !get32(sb + 224))
		return KJ_OK;
	e = ext_journal(d, sb, &x);
	if (e)
		return e;
	if (!x.journal || x.journal >= d->size / x.block)
		return KJ_EFORMAT;
	return kj_print_add(d, x.journal * x.block, x.block);
}

/* ---- xfs ---- */

static enum kj_err print_xfs(struct kj_print_dev *d)
{
	uint8_t sb[512];
	uint64_t start, blocks, ag, agblocks;
	uint32_t size, aglog;
	enum kj_err e = kj_print_read(d, sb, sizeof(sb), 0);

	if (e)
		return e;
	size = be32(sb + 4);
	start = be64(sb + 48);
	agblocks = be32(sb + 84);
	blocks = be32(sb + 96);
	aglog = sb[124];
	if (size < 512 || size > 65536 || size & (size - 1) || aglog > 31 || !agblocks)
		return KJ_EFORMAT;
	if (!start)
		return KJ_EUNSUPP;
	kj_xxh64_update(&d->hash, sb, sizeof(sb));
	ag = start >> aglog;
	start &= (1ull << aglog) - 1;
	if (!blocks || start >= agblocks || ag > d->size / size / agblocks)
		return KJ_EFORMAT;
	return kj_print_add(d, (ag * agblocks + start) * size, blocks * size);
}

/* ---- btrfs ---- */

static enum kj_err print_btrfs(struct kj_print_dev *d)
{
	static const uint64_t at[] = { BTRFS_AT, 64ull << 20, 256ull << 30 };
	enum kj_err e = KJ_OK;

	for (unsigned int i = 0; !e && i < 3; i++)
		if (d->size >= SUPER_MAX && at[i] <= d->size - SUPER_MAX)
			e = kj_print_add(d, at[i], SUPER_MAX);
	return e;
}

enum kj_err kj_print_take(struct kj_print_dev *d, uint64_t *sum)
{
	enum kj_print_kind kind;
	uint8_t uuid[16];
	enum kj_err e = kj_print_identify(d, &kind, uuid);

	if (e)
		return e;
	kj_xxh64_init(&d->hash, (uint64_t)kind);
	switch (kind) {
	case KJ_PRINT_EXT:
		e = print_ext(d);
		break;
	case KJ_PRINT_XFS:
		e = print_xfs(d);
		break;
	case KJ_PRINT_BTRFS:
		e = print_btrfs(d);
		break;
	case KJ_PRINT_VFAT:
		e = kj_print_vfat(d);
		break;
	case KJ_PRINT_NONE:
		e = KJ_ENOTFOUND;
		break;
	}
	if (!e)
		*sum = kj_xxh64_digest(&d->hash);
	return e;
}

/* ---- lists ---- */

static const struct kj_le_print_pieces *pieces_at(const struct kj_le_prints *p, uint32_t i)
{
	return (const struct kj_le_print_pieces *)&p->fs[i];
}

/* What the pieces of one record come to; unused ones are zeros. */
static enum kj_err sum_pieces(const struct kj_le_print_pieces *r, uint64_t *size)
{
	const uint32_t n = kj_get_le32(r->n);
	const uint64_t below = kj_get_le64(r->below);

	if (!n || n > KJ_PRINT_EACH || below > (uint64_t)INT64_MAX)
		return KJ_ERANGE;
	for (uint32_t k = 0; k < KJ_PRINT_EACH; k++) {
		const uint64_t off = kj_get_le64(r->piece[k].off), len = kj_get_le64(r->piece[k].len);

		if (k >= n && (off || len))
			return KJ_EFORMAT;
		if (k < n && (!len || off > below || len > below - off || len > (uint64_t)INT64_MAX - *size))
			return KJ_ERANGE;
		*size += len;
	}
	return KJ_OK;
}

/* The records behind number *i, which is marked; *i becomes the last of them. */
static enum kj_err check_pieces(const struct kj_le_prints *p, uint32_t n, uint32_t *i)
{
	const uint64_t want = kj_get_le64(p->fs[*i].dev_size);
	const struct kj_le_print_pieces *first = *i + 1 < n ? pieces_at(p, *i + 1) : NULL;
	uint64_t size = 0;

	if (!want)
		return KJ_EFORMAT;
	while (size < want) {
		const struct kj_le_print_pieces *r = *i + 1 < n ? pieces_at(p, *i + 1) : NULL;
		enum kj_err e;

		if (!r || kj_get_le32(r->kind) != KJ_PRINT_PIECES || kj_get_le64(r->below) != kj_get_le64(first->below) ||
		    (r != first && kj_get_le32(r[-1].n) != KJ_PRINT_EACH))
			return KJ_EFORMAT;
		e = sum_pieces(r, &size);
		if (e)
			return e;
		++*i;
	}
	return first && size == want ? KJ_OK : KJ_EFORMAT;
}

enum kj_err kj_prints_check(const struct kj_le_prints *p, int taken)
{
	const uint32_t n = kj_get_le32(p->n);
	const uint8_t *rest, *end = (const uint8_t *)(p + 1);

	if (n > KJ_PRINT_MAX)
		return KJ_ELIMIT;
	if (kj_get_le32(p->reserved))
		return KJ_EFORMAT;
	for (uint32_t i = 0; i < n; i++) {
		const struct kj_le_print *f = &p->fs[i];
		const uint32_t kind = kj_get_le32(f->kind);
		enum kj_err e;

		if (!kind || kind >= KJ_PRINT_KINDS || kj_get_le32(f->flags) > KJ_PRINT_MAPPED)
			return KJ_ERANGE;
		if (kj_get_le64(f->reserved) || (!taken && kj_get_le64(f->sum)))
			return KJ_EFORMAT;
		e = kj_get_le32(f->flags) ? check_pieces(p, n, &i) : KJ_OK;
		if (e)
			return e;
	}
	for (rest = (const uint8_t *)&p->fs[n]; rest < end; rest++)
		if (*rest)
			return KJ_EFORMAT;
	return KJ_OK;
}

uint32_t kj_print_next(const struct kj_le_prints *p, uint32_t i)
{
	do
		i++;
	while (i < kj_get_le32(p->n) && i < KJ_PRINT_MAX && kj_get_le32(p->fs[i].kind) == KJ_PRINT_PIECES);
	return i;
}

uint32_t kj_print_pieces(const struct kj_le_prints *p, uint32_t i, uint64_t *below)
{
	const uint32_t next = kj_print_next(p, i);
	uint32_t n = 0;

	for (i++; i < next; i++) {
		n += kj_get_le32(pieces_at(p, i)->n);
		*below = kj_get_le64(pieces_at(p, i)->below);
	}
	return n;
}

void kj_print_piece(const struct kj_le_prints *p, uint32_t i, uint32_t k, uint64_t *off, uint64_t *len)
{
	const struct kj_le_print_pieces *r = pieces_at(p, i + 1 + k / KJ_PRINT_EACH);

	*off = kj_get_le64(r->piece[k % KJ_PRINT_EACH].off);
	*len = kj_get_le64(r->piece[k % KJ_PRINT_EACH].len);
}

enum kj_err kj_print_add_piece(struct kj_le_prints *p, uint64_t off, uint64_t len, uint64_t below)
{
	uint32_t n = kj_get_le32(p->n), k;
	struct kj_le_print_pieces *r = (struct kj_le_print_pieces *)&p->fs[n - 1];

	if (kj_get_le32(r->kind) != KJ_PRINT_PIECES || kj_get_le32(r->n) == KJ_PRINT_EACH) {
		if (n == KJ_PRINT_MAX)
			return KJ_ELIMIT;
		if (kj_get_le32(r->kind) != KJ_PRINT_PIECES)
			p->fs[n - 1].flags = kj_put_le32(KJ_PRINT_MAPPED);
		r = (struct kj_le_print_pieces *)&p->fs[n++];
		memset(r, 0, sizeof(*r));
		r->kind = kj_put_le32(KJ_PRINT_PIECES);
		r->below = kj_put_le64(below);
		p->n = kj_put_le32(n);
	}
	k = kj_get_le32(r->n);
	r->piece[k].off = kj_put_le64(off);
	r->piece[k].len = kj_put_le64(len);
	r->n = kj_put_le32(k + 1);
	return KJ_OK;
}

const char *kj_print_name(uint32_t kind)
{
	static const char *const name[KJ_PRINT_KINDS] = { "unknown", "ext", "xfs", "btrfs", "vfat" };

	return name[kind < KJ_PRINT_KINDS ? kind : 0];
}
