// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * core/fsprint on file systems made here, byte by byte: each number that leads somewhere is made wrong once, and each
 * byte that a mount would change must change the fingerprint. The real ones are test/cli/fsprint.sh's.
 */
#include <stdlib.h>
#include <string.h>

#include "core/fsprint.h"
#include "tap.h"

#define SIZE (1u << 20)

static uint8_t disk[SIZE];
static struct kj_print_dev dev;
static uint64_t fail_at; /* reads of this byte fail; 0: none */

static int read_disk(void *ctx, void *buf, size_t len, uint64_t off)
{
	(void)ctx;
	if (off > SIZE || len > SIZE - off)
		abort();
	if (fail_at && fail_at >= off && fail_at < off + len)
		return -1;
	memcpy(buf, disk + off, len);
	return 0;
}

static void le(uint32_t off, uint64_t v, unsigned int bytes)
{
	for (unsigned int i = 0; i < bytes; i++)
		disk[off + i] = (uint8_t)(v >> 8 * i);
}

static void be(uint32_t off, uint64_t v, unsigned int bytes)
{
	for (unsigned int i = 0; i < bytes; i++)
		disk[off + i] = (uint8_t)(v >> 8 * (bytes - 1 - i));
}

static void start(uint64_t size)
{
	memset(disk, 0, sizeof(disk));
	memset(&dev, 0, sizeof(dev));
	dev.read = read_disk;
	dev.size = size;
	fail_at = 0;
}

static enum kj_err take(uint64_t *sum)
{
	*sum = 1;
	return kj_print_take(&dev, sum);
}

static enum kj_err err(void)
{
	uint64_t sum;

	return take(&sum);
}

static uint64_t sum_now(void)
{
	uint64_t sum;

	return take(&sum) ? 0 : sum;
}

/* Is byte @off part of the fingerprint? */
static int counts(uint32_t off)
{
	const uint64_t before = sum_now();
	uint64_t after;

	disk[off] ^= 1;
	after = sum_now();
	disk[off] ^= 1;
	return before && after && before != after && sum_now() == before;
}

static enum kj_print_kind kind(uint8_t uuid[16])
{
	enum kj_print_kind k = KJ_PRINT_NONE;

	return kj_print_identify(&dev, &k, uuid) ? KJ_PRINT_NONE : k;
}

/* ---- ext4: blocks of 1 KiB, descriptor in block 2, inode table in block 10, journal from block 100 on ---- */

#define SB 1024u
#define INODE8 (10u * 1024 + 7 * 256)

static void make_ext(void)
{
	start(SIZE);
	le(SB + 56, 0xef53, 2);
	memset(disk + SB + 104, 0xa5, 16);
	le(SB + 20, 1, 4);	/* first data block */
	le(SB + 40, 64, 4);	/* inodes per group */
	le(SB + 76, 1, 4);	/* revision */
	le(SB + 88, 256, 2);	/* inode size */
	le(SB + 92, 4, 4);	/* has a journal */
	le(SB + 224, 8, 4);
	le(2048 + 8, 10, 4);
	le(INODE8 + 32, 0x80000, 4);
	le(INODE8 + 40, 0xf30a, 2);
	le(INODE8 + 42, 1, 2);
	le(INODE8 + 52 + 8, 100, 4);
}

static void test_ext(void)
{
	uint8_t uuid[16] = { 0 };

	make_ext();
	is(kind(uuid), KJ_PRINT_EXT, "ext: known");
	is(uuid[15], 0xa5, "ext: its uuid");
	is(err(), KJ_OK, "ext: taken");
	ok(counts(SB + 52), "ext: times mounted");
	ok(counts(100 * 1024), "ext: journal");
	ok(!counts(99 * 1024) && !counts(101 * 1024), "ext: nothing else");
	le(INODE8 + 46, 1, 2);	/* an index now, whose leaf is block 50 */
	le(INODE8 + 52 + 4, 50, 4);
	le(INODE8 + 52 + 8, 0, 2);
	le(50 * 1024, 0xf30a, 2);
	le(50 * 1024 + 2, 1, 2);
	le(50 * 1024 + 12 + 8, 200, 4);
	is(err(), KJ_OK, "ext: journal behind an index");
	ok(counts(200 * 1024), "ext: found through it");
	le(50 * 1024 + 6, 1, 2);
	is(err(), KJ_EFORMAT, "ext: a leaf that is none");
	le(INODE8 + 46, 6, 2);
	is(err(), KJ_EFORMAT, "ext: too deep");
	le(INODE8 + 46, 1, 2);
	le(INODE8 + 52 + 4, 5000, 4);
	is(err(), KJ_ETRUNC, "ext: index outside");
	make_ext();
	le(INODE8 + 40, 0, 2);
	is(err(), KJ_EFORMAT, "ext: no extents");
	make_ext();
	le(INODE8 + 60, SIZE / 1024, 4);
	is(err(), KJ_EFORMAT, "ext: journal outside");
	make_ext();
	le(INODE8 + 32, 0, 4);
	le(INODE8 + 40, 77, 4);
	is(err(), KJ_OK, "ext3: block map");
	ok(counts(77 * 1024), "ext3: journal");
	make_ext();
	le(SB + 92, 0, 4);
	is(err(), KJ_OK, "ext2: no journal");
	ok(counts(SB + 44) && !counts(100 * 1024), "ext2: superblock alone");
	make_ext();
	le(SB + 24, 7, 4);
	is(err(), KJ_EFORMAT, "ext: block size");
	make_ext();
	le(SB + 40, 0, 4);
	is(err(), KJ_EFORMAT, "ext: no inodes");
	make_ext();
	le(SB + 88, 64, 2);
	is(err(), KJ_EFORMAT, "ext: size of an inode");
	make_ext();
	le(2048 + 8, 5000, 4);
	is(err(), KJ_ETRUNC, "ext: inode table outside");
	make_ext();
	le(SB + 96, 0x80, 4);
	is(err(), KJ_EFORMAT, "ext: 64 bit without a size of descriptors");
	le(SB + 254, 64, 2);
	is(err(), KJ_OK, "ext: 64 bit");
	le(2048 + 40, 1, 4);
	is(err(), KJ_ETRUNC, "ext: its upper half counts");
	make_ext();
	fail_at = 100 * 1024 + 5;
	is(err(), KJ_ETRUNC, "ext: journal unreadable");
	fail_at = 1;
	is(err(), KJ_ETRUNC, "ext: superblock unreadable");
}

/* ---- xfs: blocks of 4 KiB, groups of 64, log in the third from its block 5 on ---- */

static void make_xfs(void)
{
	start(SIZE);
	memcpy(disk, "XFSB", 4);
	memset(disk + 32, 0x11, 16);
	be(4, 4096, 4);
	be(48, 2 << 6 | 5, 8);
	be(84, 64, 4);
	be(96, 10, 4);
	disk[124] = 6;
}

static void test_xfs(void)
{
	uint8_t uuid[16];

	make_xfs();
	is(kind(uuid), KJ_PRINT_XFS, "xfs: known");
	is(err(), KJ_OK, "xfs: taken");
	ok(counts(100), "xfs: superblock");
	ok(counts((2 * 64 + 5) * 4096) && counts((2 * 64 + 15) * 4096 - 1), "xfs: first and last byte of the log");
	ok(!counts((2 * 64 + 5) * 4096 - 1) && !counts((2 * 64 + 15) * 4096), "xfs: nothing beside it");
	be(48, 0, 8);
	is(err(), KJ_EUNSUPP, "xfs: log elsewhere");
	make_xfs();
	be(4, 1000, 4);
	is(err(), KJ_EFORMAT, "xfs: block size");
	make_xfs();
	be(48, 200 << 6, 8);
	is(err(), KJ_EFORMAT, "xfs: group outside");
	make_xfs();
	be(84, 4, 4);
	is(err(), KJ_EFORMAT, "xfs: block behind its group");
	be(84, 0, 4);
	is(err(), KJ_EFORMAT, "xfs: empty groups");
	make_xfs();
	be(96, 0xffffffff, 4);
	is(err(), KJ_ETRUNC, "xfs: log longer than the device");
	be(96, 0, 4);
	is(err(), KJ_EFORMAT, "xfs: log of no length");
}

static void test_btrfs(void)
{
	uint8_t uuid[16];

	start(SIZE);
	memcpy(disk + 65536 + 64, "_BHRfS_M", 8);
	memset(disk + 65536 + 32, 0x33, 16);
	is(kind(uuid), KJ_PRINT_BTRFS, "btrfs: known");
	ok(counts(65536 + 72), "btrfs: generation");
	ok(!counts(65536 + 4096), "btrfs: nothing else");
	fail_at = 65536;
	is(err(), KJ_ETRUNC, "btrfs: unreadable");
}

/* ---- FAT: sectors of 512 ---- */

#define FAT_AT (4u * 512)
#define ROOT16 (FAT_AT + 2 * 8 * 512u)
#define DATA16 (ROOT16 + 64 * 32u)

/* FAT12 with clusters of 512: a directory in cluster 5, with one in cluster 9. */
static void make_fat(void)
{
	start(SIZE);
	le(11, 512, 2);
	disk[13] = 1;
	le(14, 4, 2);
	disk[16] = 2;
	le(17, 64, 2);
	le(19, SIZE / 512, 2);
	disk[21] = 0xf8;
	le(22, 8, 2);
	le(39, 0xcafe1234, 4);
	le(510, 0xaa55, 2);
	/* entries 5 and 9: end of chain */
	le(FAT_AT + 7, 0xfff0, 2);
	le(FAT_AT + 13, 0xfff0, 2);
	memcpy(disk + ROOT16, "LABEL      \x08", 12);
	memcpy(disk + ROOT16 + 32, "DIR        \x10", 12);
	le(ROOT16 + 32 + 26, 5, 2);
	memcpy(disk + DATA16 + 3 * 512, ".          \x10", 12);
	memcpy(disk + DATA16 + 3 * 512 + 32, "SUB        \x10", 12);
	le(DATA16 + 3 * 512 + 32 + 26, 9, 2);
}

static void test_fat12(void)
{
	uint8_t uuid[16];

	make_fat();
	is(kind(uuid), KJ_PRINT_VFAT, "fat: known");
	ok(uuid[0] == 0x34 && uuid[3] == 0xca && !uuid[4], "fat: its serial number");
	is(err(), KJ_OK, "fat12: taken");
	ok(counts(37) && counts(FAT_AT + 100) && counts(ROOT16 - 1), "fat12: boot sector and FATs");
	ok(counts(ROOT16 + 22), "fat12: root directory");
	ok(counts(DATA16 + 3 * 512 + 32 + 22), "fat12: a directory");
	ok(counts(DATA16 + 7 * 512 + 22), "fat12: a directory in it");
	ok(!counts(DATA16 + 4 * 512), "fat12: no file");
	le(FAT_AT + 7, 0x50, 2);	/* 5 follows on 5 */
	is(err(), KJ_ELIMIT, "fat12: a circle");
	le(FAT_AT + 7, 0x10, 2);
	is(err(), KJ_EFORMAT, "fat12: cluster 1");
	make_fat();
	le(ROOT16 + 32 + 26, 5000, 2);
	is(err(), KJ_EFORMAT, "fat12: a directory outside");
	make_fat();
	memcpy(disk + DATA16 + 7 * 512, "UP         \x10", 12);
	le(DATA16 + 7 * 512 + 26, 5, 2);
	is(err(), KJ_ELIMIT, "fat12: a directory within itself");
	make_fat();
	le(19, 0, 2);
	is(err(), KJ_EFORMAT, "fat: no size");
	le(32, SIZE / 512 + 1, 4);
	is(err(), KJ_ETRUNC, "fat: larger than the device");
	make_fat();
	le(22, 0xffff, 2);
	is(err(), KJ_ETRUNC, "fat: FATs larger than it");
	make_fat();
	fail_at = DATA16 + 7 * 512;
	is(err(), KJ_ETRUNC, "fat: a directory unreadable");
	for (unsigned int i = 0; i < 3; i++) {
		static const uint32_t at[] = { 13, 16, 510 };

		make_fat();
		disk[at[i]] = 0;
		is(err(), KJ_ENOTFOUND, "not a FAT");
	}
}

/* The same numbers with entries of 32 bits: the root is cluster 3, then 4. */
static void test_fat32(void)
{
	const uint32_t data = FAT_AT + 2 * 8 * 512;

	make_fat();
	memset(disk + FAT_AT, 0, SIZE - FAT_AT);
	le(17, 0, 2);
	le(22, 0, 2);
	le(36, 8, 4);
	le(44, 3, 4);
	le(67, 0x01020304, 4);
	le(FAT_AT + 12, 0xf0000004, 4);
	le(FAT_AT + 16, 0x0fffffff, 4);
	is(err(), KJ_OK, "fat32: taken");
	ok(counts(512 + 488), "fat32: FSInfo");
	ok(counts(data + 512) && counts(data + 2 * 512 + 511), "fat32: root directory, both clusters");
	ok(!counts(data) && !counts(data + 3 * 512), "fat32: no other cluster");
	le(44, 1, 4);
	is(err(), KJ_EFORMAT, "fat32: root outside");
	le(36, 0, 4);
	is(err(), KJ_EFORMAT, "fat32: FATs of no length");
}

static void test_none(void)
{
	start(SIZE);
	is(err(), KJ_ENOTFOUND, "nothing");
	start(1024);
	is(err(), KJ_ENOTFOUND, "too small for anything");
}

/* Two file systems, the second on 5 pieces of a disk, and a third. */
static void make_pieces(struct kj_le_prints *p)
{
	memset(p, 0, sizeof(*p));
	p->n = kj_put_le32(2);
	p->fs[0].kind = kj_put_le32(KJ_PRINT_XFS);
	p->fs[1].kind = kj_put_le32(KJ_PRINT_EXT);
	p->fs[1].dev_size = kj_put_le64(5 << 20);
	for (unsigned int i = 0; i < 5; i++)
		if (kj_print_add_piece(p, (9 - 2 * i) << 20, 1 << 20, 10 << 20))
			return;
	p->fs[4].kind = kj_put_le32(KJ_PRINT_EXT);
	p->n = kj_put_le32(5);
}

static void test_pieces(void)
{
	static struct kj_le_prints p;
	struct kj_le_print_pieces *r = (struct kj_le_print_pieces *)&p.fs[3];
	uint64_t off = 0, len = 0, below = 0;
	unsigned int n = 0;

	make_pieces(&p);
	is(kj_prints_check(&p, 0), KJ_OK, "pieces: of the second of three");
	is(kj_print_next(&p, 0), 1, "pieces: the first is followed by it");
	is(kj_print_next(&p, 1), 4, "pieces: and it by the third");
	is(kj_print_next(&p, 4), 5, "pieces: no more");
	is(kj_print_pieces(&p, 0, &below), 0, "pieces: none of the first");
	is(kj_print_pieces(&p, 1, &below), 5, "pieces: five");
	is(below, 10 << 20, "pieces: of such a device");
	kj_print_piece(&p, 1, 4, &off, &len);
	ok(off == 1 << 20 && len == 1 << 20, "pieces: the last one");
	kj_print_piece(&p, 1, 2, &off, &len);
	ok(off == 5 << 20 && len == 1 << 20, "pieces: the third one");
	p.fs[1].flags = kj_put_le32(0);
	is(kj_prints_check(&p, 0), KJ_ERANGE, "pieces: nobody's");
	make_pieces(&p);
	p.fs[1].flags = kj_put_le32(2);
	is(kj_prints_check(&p, 0), KJ_ERANGE, "pieces: another flag");
	make_pieces(&p);
	p.fs[1].dev_size = kj_put_le64(6 << 20);
	is(kj_prints_check(&p, 0), KJ_EFORMAT, "pieces: fewer than the device has");
	p.fs[1].dev_size = kj_put_le64(4 << 20);
	is(kj_prints_check(&p, 0), KJ_EFORMAT, "pieces: more");
	p.fs[1].dev_size = kj_put_le64(0);
	is(kj_prints_check(&p, 0), KJ_EFORMAT, "pieces: of nothing");
	make_pieces(&p);
	r->n = kj_put_le32(0);
	is(kj_prints_check(&p, 0), KJ_ERANGE, "pieces: a record without");
	r->n = kj_put_le32(4);
	is(kj_prints_check(&p, 0), KJ_ERANGE, "pieces: a record with more than it has room for");
	r->n = kj_put_le32(1);
	is(kj_prints_check(&p, 0), KJ_EFORMAT, "pieces: one behind the last");
	make_pieces(&p);
	r->piece[1].off = kj_put_le64((10 << 20) - 4096);
	is(kj_prints_check(&p, 0), KJ_ERANGE, "pieces: over the end of the disk");
	make_pieces(&p);
	r->piece[0].len = kj_put_le64(0);
	is(kj_prints_check(&p, 0), KJ_ERANGE, "pieces: an empty one");
	make_pieces(&p);
	r->below = kj_put_le64(11 << 20);
	is(kj_prints_check(&p, 0), KJ_EFORMAT, "pieces: of two disks");
	make_pieces(&p);
	p.n = kj_put_le32(3);
	memset(&p.fs[3], 0, 2 * sizeof(p.fs[3]));
	is(kj_prints_check(&p, 0), KJ_EFORMAT, "pieces: the list ends before they do");
	make_pieces(&p);
	p.fs[4].dev_size = kj_put_le64(1 << 30);
	while (n < 100 && !kj_print_add_piece(&p, (uint64_t)n << 20, 1 << 20, 1 << 30))
		n++;
	is(n, 33, "pieces: no more than there is room for");
	is(kj_print_pieces(&p, 4, &below), 33, "pieces: all of them");
	is(kj_get_le32(p.n), KJ_PRINT_MAX, "pieces: the list is full");
}

static void test_list(void)
{
	static struct kj_le_prints p;

	memset(&p, 0, sizeof(p));
	is(kj_prints_check(&p, 0), KJ_OK, "list: none");
	p.n = kj_put_le32(2);
	is(kj_prints_check(&p, 1), KJ_ERANGE, "list: no kind");
	p.fs[0].kind = p.fs[1].kind = kj_put_le32(KJ_PRINT_VFAT);
	is(kj_prints_check(&p, 1), KJ_OK, "list: two");
	p.fs[1].sum = kj_put_le64(7);
	is(kj_prints_check(&p, 1), KJ_OK, "list: with a sum");
	is(kj_prints_check(&p, 0), KJ_EFORMAT, "list: too early for a sum");
	p.fs[1].flags = kj_put_le32(2);
	is(kj_prints_check(&p, 1), KJ_ERANGE, "list: flags");
	p.fs[1].flags = kj_put_le32(0);
	p.fs[1].reserved = kj_put_le64(1);
	is(kj_prints_check(&p, 1), KJ_EFORMAT, "list: reserved");
	p.fs[1].reserved = kj_put_le64(0);
	p.fs[1].kind = kj_put_le32(KJ_PRINT_KINDS);
	is(kj_prints_check(&p, 1), KJ_ERANGE, "list: unknown kind");
	p.n = kj_put_le32(1);
	is(kj_prints_check(&p, 1), KJ_EFORMAT, "list: something behind its end");
	p.n = kj_put_le32(KJ_PRINT_MAX + 1);
	is(kj_prints_check(&p, 1), KJ_ELIMIT, "list: too long");
	memset(&p, 0, sizeof(p));
	p.reserved = kj_put_le32(1);
	is(kj_prints_check(&p, 1), KJ_EFORMAT, "list: reserved word");
	test_pieces();
	is_str(kj_print_name(KJ_PRINT_BTRFS), "btrfs", "name");
	is_str(kj_print_name(99), "unknown", "no name");
}

int main(void)
{
	test_ext();
	test_xfs();
	test_btrfs();
	test_fat12();
	test_fat32();
	test_none();
	test_list();
	return tap_done();
}
