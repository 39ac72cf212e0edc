// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The GUID of a partition, and the partition of a PARTUUID, read from the disk's GPT or MBR:
 * kernels before 6.13 do not tell it in sysfs. It must never use a table entry whose extent is not
 * exactly the partition's.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "sys/block.h"
#include "sys/compat.h"
#include "sys/io.h"

#define BLKSSZGET_ 0x1268ul
#define ENTRIES_MAX 1024u

/* UEFI 2.10, 5.3.2 and 5.3.3; everything little endian */
#define HDR_ENTRIES_LBA 72
#define HDR_ENTRIES_NUM 80
#define HDR_ENTRY_SIZE 84
#define ENT_GUID 16
#define ENT_FIRST 32
#define ENT_LAST 40
/* of an MBR: its number, and the type of its first entry */
#define MBR_NUMBER 440
#define MBR_TYPE 450
#define MBR_PROTECTIVE 0xee

static uint64_t get(const uint8_t *p, unsigned int bytes)
{
	uint64_t v = 0;

	while (bytes--)
		v = v << 8 | p[bytes];
	return v;
}

static int all_zero(const uint8_t *p)
{
	static const uint8_t zero[16];

	return !memcmp(p, zero, 16);
}

/* "key" of a file of KEY=value lines, or a whole file for "". */
static int sysfs_text(unsigned int maj, unsigned int min, const char *file, const char *key,
		      char *ret, size_t cap)
{
	char path[96], text[1024], *p = text, *nl;
	size_t len, klen = strlen(key);
	int err;

	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/%s", maj, min, file);
	err = kj_slurp(path, text, sizeof(text), &len);
	if (err)
		return err;
	for (; p && *p; p = nl ? nl + 1 : NULL) {
		nl = strchr(p, '\n');
		if (nl)
			*nl = '\0';
		if (!strncmp(p, key, klen)) {
			if (strlen(p + klen) >= cap)
				return -ENAMETOOLONG;
			strcpy(ret, p + klen);
			return 0;
		}
	}
	return -ENOENT;
}

/* Find the entry of the partition [start, start + size) of the disk @fd. */
static int find_entry(int fd, uint64_t start, uint64_t size, uint8_t ret[16])
{
	uint8_t hdr[512], ent[128];
	uint64_t lba, num, esize, ssz;
	int sector = 0, err;
	uint64_t i;

	err = kj_ioctl(fd, BLKSSZGET_, &sector);
	if (err < 0)
		return err;
	if (sector < 512 || sector > 65536)
		return -ENOENT;
	ssz = (uint64_t)sector;
	err = kj_pread_full(fd, hdr, sizeof(hdr), ssz, NULL);
	if (err)
		return err;
	lba = get(hdr + HDR_ENTRIES_LBA, 8);
	num = get(hdr + HDR_ENTRIES_NUM, 4);
	esize = get(hdr + HDR_ENTRY_SIZE, 4);
	if (memcmp(hdr, "EFI PART", 8) || esize < sizeof(ent) || esize > 4096 ||
	    num > ENTRIES_MAX || lba > INT64_MAX / 65536 / 2)
		return -ENOENT;
	for (i = 0; i < num; i++) {
		uint64_t first, last;

		err = kj_pread_full(fd, ent, sizeof(ent), lba * ssz + i * esize, NULL);
		if (err)
			return err;
		first = get(ent + ENT_FIRST, 8);
		last = get(ent + ENT_LAST, 8);
		if (all_zero(ent) || last < first || last > INT64_MAX / 65536)
			continue;
		if (first * ssz == start && (last - first + 1) * ssz == size) {
			memcpy(ret, ent + ENT_GUID, 16);
			return 0;
		}
	}
	return -ENOENT;
}

/* The disk of the partition @path, open for reading, and where on it that is. */
static int open_disk(const char *path, uint64_t *start, uint64_t *size)
{
	char text[64], disk[KJ_BLOCK_PATH] = "/dev/";
	unsigned int maj, min;
	struct stat st;
	int err;

	if (stat(path, &st))
		return -errno;
	if (!S_ISBLK(st.st_mode))
		return -ENOTBLK;
	maj = (unsigned int)major(st.st_rdev);
	min = (unsigned int)minor(st.st_rdev);
	if (sysfs_text(maj, min, "partition", "", text, sizeof(text)))
		return -ENOENT;
	err = sysfs_text(maj, min, "start", "", text, sizeof(text));
	*start = err ? 0 : strtoull(text, NULL, 10);
	if (!err)
		err = sysfs_text(maj, min, "size", "", text, sizeof(text));
	*size = err ? 0 : strtoull(text, NULL, 10);
	if (!err)
		err = sysfs_text(maj, min, "../uevent", "DEVNAME=", disk + 5, sizeof(disk) - 5);
	if (err)
		return err;
	if (*start > (UINT64_MAX >> 9) || *size > (UINT64_MAX >> 9))
		return -ENOENT;
	return kj_open_read(disk);
}

int kj_block_partuuid(const char *path, uint8_t ret[16])
{
	uint64_t start, size;
	int fd, err;

	memset(ret, 0, 16);
	fd = open_disk(path, &start, &size);
	if (fd < 0)
		return fd;
	err = find_entry(fd, start << 9, size << 9, ret);
	(void)kj_close(fd);
	return err;
}

/* The number that an MBR gives the disk of that partition; 0: it has none, or the table is a GPT. */
static uint32_t mbr_number(const char *path)
{
	uint64_t start, size;
	uint8_t mbr[512];
	int fd, err;

	fd = open_disk(path, &start, &size);
	if (fd < 0)
		return 0;
	err = kj_pread_full(fd, mbr, sizeof(mbr), 0, NULL);
	(void)kj_close(fd);
	if (err || get(mbr + 510, 2) != 0xaa55 || mbr[MBR_TYPE] == MBR_PROTECTIVE)
		return 0;
	return (uint32_t)get(mbr + MBR_NUMBER, 4);
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* The 36 characters of a GUID as bytes in the order of the table: the first three groups are
 * little-endian numbers. */
static int parse_guid(const char *s, uint8_t ret[16])
{
	static const uint8_t place[16] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };
	unsigned int i;

	if (strlen(s) != 36)
		return -EINVAL;
	for (i = 0; i < 16; i++) {
		int hi, lo;

		if (i == 4 || i == 6 || i == 8 || i == 10)
			if (*s++ != '-')
				return -EINVAL;
		hi = hex_digit(*s++);
		lo = hi < 0 ? -1 : hex_digit(*s++);
		if (lo < 0)
			return -EINVAL;
		ret[place[i]] = (uint8_t)(hi << 4 | lo);
	}
	return 0;
}

/* NNNNNNNN-PP, in hexadecimal: the number in an MBR, and that of the partition. */
static int parse_mbr(const char *s, uint32_t *disk, uint32_t *part)
{
	unsigned int i;

	*disk = *part = 0;
	if (strlen(s) != 11 || s[8] != '-')
		return -EINVAL;
	for (i = 0; i < 11; i++) {
		uint32_t *to = i < 8 ? disk : part;

		if (i == 8)
			continue;
		if (hex_digit(s[i]) < 0)
			return -EINVAL;
		*to = *to << 4 | (uint32_t)hex_digit(s[i]);
	}
	return *disk && *part ? 0 : -EINVAL;
}

struct search {
	uint8_t guid[16];
	uint32_t disk, part; /* 0: it is a GUID that counts */
	char path[KJ_BLOCK_PATH];
};

static int same_partuuid(const struct kj_blkdev *d, void *ctx)
{
	struct search *s = ctx;
	uint8_t guid[16];

	if (!d->partition)
		return 0;
	kj_block_path(d, s->path);
	if (s->disk)
		return (uint32_t)d->partition == s->part && mbr_number(s->path) == s->disk;
	return !kj_block_partuuid(s->path, guid) && !memcmp(guid, s->guid, 16);
}

int kj_block_resolve(const char *spec, char *path, size_t cap)
{
	struct search s;
	struct stat st;
	int r;

	if (!strncmp(spec, "PARTUUID=", 9)) {
		r = parse_mbr(spec + 9, &s.disk, &s.part);
		if (r) {
			s.disk = 0;
			r = parse_guid(spec + 9, s.guid);
		}
		if (r)
			return r;
		r = kj_block_scan(same_partuuid, &s);
		if (r <= 0)
			return r ? r : -ENODEV;
		spec = s.path;
	}
	if (spec[0] != '/')
		return -EINVAL;
	if (stat(spec, &st))
		return -errno;
	if (!S_ISBLK(st.st_mode))
		return -ENOTBLK;
	if (strlen(spec) >= cap)
		return -ENAMETOOLONG;
	strcpy(path, spec);
	return 0;
}
