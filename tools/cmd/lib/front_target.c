/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The target as A sees it: labelled once, a device opened exclusively each time; never written while anybody else has it
 * open, and never without its label.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sysexits.h>
#include <unistd.h>

#include "cmd/lib/front.h"
#include "cmd/lib/front_prints.h"
#include "cmd/lib/target.h"
#include "core/image.h"
#include "core/parse.h"
#include "core/swsusp.h"
#include "sys/block.h"
#include "sys/compat.h"
#include "sys/die.h"
#include "sys/io.h"
#include "sys/log.h"

#define BLKFLSBUF_ 0x1261ul

static int refuse(int status, const char *spec, const char *what)
{
	kj_log(KJ_LOG_ERR, "%s: %s", spec, what);
	return status;
}

/* Exclusive open: a mounted file system, swap, or device-mapper holds the device and makes this fail. */
static int open_excl(const char *path, uint64_t *size)
{
	int fd = kj_open(path, O_RDWR | O_EXCL);
	struct stat st;
	int rc;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0 || !S_ISBLK(st.st_mode)) {
		kj_close(fd);
		return -ENOTBLK;
	}
	rc = kj_block_size(fd, size);
	if (rc) {
		kj_close(fd);
		return rc;
	}
	/* B wrote behind the back of our page cache */
	kj_ioctl(fd, BLKFLSBUF_, NULL);
	return fd;
}

static int open_status(int rc, const char *spec)
{
	switch (rc) {
	case -ENOENT:
	case -ENXIO:
	case -ENODEV:
		return refuse(EX_NOINPUT, spec, "no such device");
	case -EBUSY:
		return refuse(EX_TEMPFAIL, spec, "is in use (mounted, swap, or held by another device)");
	case -EACCES:
	case -EPERM:
		return refuse(EX_NOPERM, spec, "permission denied (are you root?)");
	case -EINVAL:
		return refuse(EX_CONFIG, spec, "is neither /dev/NAME nor PARTUUID= of a partition");
	case -ENOTBLK:
		return refuse(EX_USAGE, spec, "is not a block device");
	default:
		kj_log(KJ_LOG_ERR, "%s: %s", spec, strerror(-rc));
		return EX_IOERR;
	}
}

/* Made of other devices: B finds it by an extent list, as it does a file. 1, 0, or the negative of an exit status. What
 * is encrypted as a whole is a device for B as well; ->stack says so then. */
static int is_mapped(struct kj_front_target *t)
{
	struct kj_blkdev d;
	struct stat st;
	int rc;

	if (fstat(t->fd, &st) < 0)
		return 0;
	d.major = (uint32_t)major(st.st_rdev);
	d.minor = (uint32_t)minor(st.st_rdev);
	if (!kj_front_is_mapped(&d))
		return 0;
	rc = kj_front_stack(t, d.major, d.minor);
	if (rc)
		return -rc;
	if (t->stack.crypt && !t->stack.mapped)
		return 0;
	kj_stack_close(&t->stack);
	return 1;
}

static int is_file(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISREG(st.st_mode);
}

int kj_front_target_try(struct kj_front_target *t, const char *spec)
{
	char path[KJ_FRONT_TEXT];
	enum kj_err e;
	int rc;

	memset(t, 0, sizeof(*t));
	t->fd = t->raw = -1;
	if (!spec[0])
		return refuse(EX_CONFIG, KJ_FRONT_CONF, "no target is configured");
	if (!strncmp(spec, "SWAP=", 5))
		return kj_front_swap_open(t, spec + 5);
	if (is_file(spec))
		return kj_front_file_open(t, spec, -1);
	rc = kj_target_resolve(spec, t->path, sizeof(t->path));
	if (rc)
		return open_status(rc, spec);
	rc = open_excl(t->path, &t->size);
	if (rc < 0)
		return open_status(rc, spec);
	t->fd = rc;
	rc = is_mapped(t);
	if (rc > 0) {
		strcpy(path, t->path);
		return kj_front_file_open(t, path, t->fd);
	}
	if (rc < 0) {
		kj_front_target_close(t);
		return -rc;
	}
	if (!kj_target_usable(t->size)) {
		kj_front_target_close(t);
		return refuse(EX_DATAERR, spec, "target too small");
	}
	rc = kj_pread_full(t->fd, &t->label, sizeof(t->label), kj_label_offset(t->size), NULL);
	if (rc) {
		kj_front_target_close(t);
		return open_status(rc, spec);
	}
	e = kj_block_check(&t->label, KJ_LABEL_MAGIC);
	if (!e && kj_get_le64(t->label.dev_size) != t->size)
		e = KJ_EMISMATCH;
	if (e) {
		kj_front_target_close(t);
		if (e == KJ_EMAGIC)
			return refuse(EX_DATAERR, spec, "has no kjump label; kjump init-target writes one");
		kj_log(KJ_LOG_ERR, "%s: label: %s", spec, kj_strerror(e));
		return EX_DATAERR;
	}
	t->dev_size = t->size;
	kj_block_partuuid(t->path, t->partuuid);
	return 0;
}

void kj_front_target_open(struct kj_front_target *t, const char *spec)
{
	int status = kj_front_target_try(t, spec);

	if (status)
		exit(status);
}

void kj_front_target_close(struct kj_front_target *t)
{
	if (t->fd >= 0)
		kj_close(t->fd);
	if (t->kind == KJ_FRONT_SWAP && t->raw >= 0)
		kj_close(t->raw);
	t->fd = t->raw = -1;
	kj_list_free(&t->list);
	kj_list_free(&t->own);
	kj_stack_close(&t->stack);
}

void kj_front_target_leave(struct kj_front_target *t)
{
	if (t->kind == KJ_FRONT_SWAP)
		return;
	if (t->kind == KJ_FRONT_FILE)
		(void)kj_fadvise(t->fd, 0, 0, POSIX_FADV_DONTNEED);
	kj_close(t->fd);
	t->fd = -1;
}

static int put_block(const struct kj_front_target *t, const void *block, uint64_t off)
{
	int rc = kj_pwrite_full(t->fd, block, KJ_BLOCK, off);

	return rc ? rc : kj_fsync(t->fd);
}

int kj_front_record(const struct kj_front_target *t, const struct kj_le_record *r)
{
	return put_block(t, r, kj_record_offset(t->size));
}

int kj_front_record_read(const struct kj_front_target *t, struct kj_le_record *ret)
{
	int rc = kj_pread_full(t->fd, ret, sizeof(*ret), kj_record_offset(t->size), NULL);

	if (rc)
		return rc;
	return kj_block_check(ret, KJ_RECORD_MAGIC) ? -ENOENT : 0;
}

int kj_front_erase(const struct kj_front_target *t)
{
	static const uint8_t zero[KJ_INDEX_OFF];
	int rc = kj_pwrite_full(t->fd, zero, sizeof(zero), 0);

	return rc ? rc : kj_fsync(t->fd);
}

void kj_front_place_tell(const struct kj_front_target *t)
{
	/* the first three groups of a GUID are little-endian numbers */
	static const uint8_t order[16] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };
	static const uint8_t zero[16];
	const uint64_t at = t->kind == KJ_FRONT_SWAP ? t->swap : t->list.at;
	char path[KJ_DM_NAME + 16];

	if (t->kind == KJ_FRONT_WHOLE)
		return;
	printf("to be found at boot by: resume=");
	kj_stack_path(&t->stack, path);
	if (!memcmp(t->partuuid, zero, sizeof(zero)))
		printf("%s", path);
	else
		printf("PARTUUID=");
	for (unsigned int i = 0; i < 16 && memcmp(t->partuuid, zero, sizeof(zero)); i++)
		printf("%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", t->partuuid[order[i]]);
	if (at)
		printf(" resume_offset=%llu", (unsigned long long)(at / KJ_BLOCK));
	putchar('\n');
}

/* Something that a person would miss: a file system, swap, RAID, LVM or a partition table.  Only the magic numbers that
 * common tools write are looked for; --force is for the rest. */
static const char *foreign_content(int fd)
{
	static const struct {
		uint32_t off;
		const char *magic;
		uint32_t len;
		const char *what;
	} known[] = {
		{ 0, KJ_IMAGE_MAGIC, 8, "a kjump image" },
		{ 0x438, "\x53\xef", 2, "an ext2/3/4 file system" },
		{ 0, "XFSB", 4, "an xfs file system" },
		{ 0x10040, "_BHRfS_M", 8, "a btrfs file system" },
		{ 0x52, "FAT32", 5, "a FAT file system" },
		{ 0x36, "FAT", 3, "a FAT file system" },
		{ 3, "NTFS", 4, "an NTFS file system" },
		{ 0, KJ_SWSUSP_MAGIC, 8, "a kjump image" },
		{ 4086, "SWAPSPACE2", 10, "swap space" },
		{ 4086, "S1SUSPEND", 9, "a hibernated system" },
		{ 0, "LUKS\xba\xbe", 6, "a LUKS volume" },
		{ 512, "LABELONE", 8, "an LVM volume" },
		{ 4096, "\xfc\x4e\x2b\xa9", 4, "a RAID member" },
		{ 512, "EFI PART", 8, "a partition table" },
	};
	static uint8_t buf[0x10100];

	if (kj_pread_full(fd, buf, sizeof(buf), 0, NULL))
		return NULL;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (!memcmp(buf + known[i].off, known[i].magic, known[i].len))
			return known[i].what;
	if (buf[510] == 0x55 && buf[511] == 0xaa)
		return "a partition table or boot sector";
	return NULL;
}

void kj_front_label_new(struct kj_le_label *l, uint64_t size)
{
	uint64_t now = 0;

	memset(l, 0, sizeof(*l));
	if (kj_getrandom(l->uuid, sizeof(l->uuid)))
		die(EX_OSERR, "no random numbers from the kernel");
	kj_clock_ns(CLOCK_REALTIME, &now);
	l->dev_size = kj_put_le64(size);
	l->created = kj_put_le64(now / 1000000000u);
	kj_block_seal(l, KJ_LABEL_MAGIC);
}

/* Of a target without anything else, in this order. */
int kj_front_label_write(const struct kj_front_target *t)
{
	struct kj_le_record rec;
	int rc = kj_front_erase(t);

	memset(&rec, 0, sizeof(rec));
	kj_block_seal(&rec, KJ_RECORD_MAGIC);
	if (!rc)
		rc = put_block(t, &rec, kj_record_offset(t->size));
	if (!rc)
		rc = put_block(t, &t->label, kj_label_offset(t->size));
	return rc;
}

int kj_front_init_target(int argc, char **argv)
{
	struct kj_front_target t;
	uint64_t size = 0;
	int force = argc > 1 && !strcmp(argv[1], "--force");
	const int words = argc - 1 - force;
	const char *dev = words > 0 ? argv[1 + force] : NULL;
	int help = dev && (!strcmp(dev, "--help") || !strcmp(dev, "-h"));
	const char *what;
	char hex[33];
	int rc;

	if (!dev || argc > 3 + force || dev[0] == '-' ||
	    (words == 2 && (kj_parse_size(argv[2 + force], strlen(argv[2 + force]), &size) || !size))) {
		fputs("usage: kjump init-target [--force] DEVICE\n"
		      "       kjump init-target FILE SIZE\n"
		      "       kjump init-target [--force] FILE\n"
		      "Label DEVICE, or a new or existing FILE on ext4 or xfs, as a place for images and\n"
		      "dumps. Its content is lost. Without --force a device that holds something known,\n"
		      "and a file that was no target before, is refused. SIZE may end in K, M or G.\n",
		      help ? stdout : stderr);
		return help ? 0 : EX_USAGE;
	}
	if (words == 2 || is_file(dev))
		return kj_front_file_init(dev, size, force);
	memset(&t, 0, sizeof(t));
	t.raw = -1;
	rc = open_excl(dev, &t.size);
	if (rc < 0)
		return open_status(rc, dev);
	t.fd = rc;
	if (!kj_target_usable(t.size))
		return refuse(EX_DATAERR, dev, "target too small");
	what = foreign_content(t.fd);
	if (what && !force) {
		kj_log(KJ_LOG_ERR, "%s: holds %s; --force overwrites it", dev, what);
		return EX_CANTCREAT;
	}
	snprintf(t.path, sizeof(t.path), "%s", dev);
	rc = is_mapped(&t);
	if (rc > 0)
		return kj_front_mapped_init(dev, t.fd);
	if (rc < 0) {
		kj_front_target_close(&t);
		return -rc;
	}
	kj_front_label_new(&t.label, t.size);
	rc = kj_front_label_write(&t);
	kj_front_target_close(&t);
	if (rc) {
		kj_log(KJ_LOG_ERR, "%s: %s", dev, strerror(-rc));
		return EX_IOERR;
	}
	kj_front_hex(t.label.uuid, hex);
	printf("%s: target %s, %llu MiB for images\n", dev, hex,
	       (unsigned long long)(kj_target_usable(t.size) >> 20));
	return 0;
}
