/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Copies an ELF core or a kdump out of the target; never trusts what it says beyond the target's size.
 */
#include <errno.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "cmd/lib/front_copy.h"
#include "cmd/lib/kdread.h"
#include "core/elf.h"
#include "core/job.h"
#include "sys/compat.h"
#include "sys/hold.h"
#include "sys/io.h"
#include "sys/log.h"

#define STEP (1u << 20)
#define LOADS 1024u	/* more than a core of ours has */

int kj_front_copy_open(const char *path, int *fd)
{
	int rc = kj_open_new(path);

	if (rc < 0) {
		kj_log(KJ_LOG_ERR, "%s: %s", path, strerror(-rc));
		return EX_CANTCREAT;
	}
	*fd = rc;
	return 0;
}

static int all_zero(const uint8_t *p, size_t len)
{
	return p[0] == 0 && !memcmp(p, p + 1, len - 1);
}

static int copy(const struct kj_front_target *t, int fd, uint64_t size, uint8_t *buf)
{
	for (uint64_t off = 0; off < size; off += STEP) {
		size_t len = size - off < STEP ? (size_t)(size - off) : STEP;
		int rc = kj_hold_pending() ? -EINTR : kj_pread_full(t->fd, buf, len, off, NULL);

		for (size_t i = 0; !rc && i < len; i += KJ_BLOCK) {
			size_t n = len - i < KJ_BLOCK ? len - i : KJ_BLOCK;

			if (!all_zero(buf + i, n))
				rc = kj_pwrite_full(fd, buf + i, n, off + i);
		}
		if (rc)
			return rc;
	}
	if (ftruncate(fd, (off_t)size) < 0)
		return -errno;
	return kj_fsync(fd);
}

/* Bytes of the ELF core whose start is in @buf; nothing outside [0, limit) is accepted. */
static enum kj_err elf_size(const uint8_t *buf, size_t len, uint64_t limit, uint64_t *ret)
{
	static struct kj_elf elf;
	static struct kj_elf_load loads[LOADS];
	struct kj_elf_head head;
	enum kj_err e = kj_elf_head(buf, len, &head);

	if (!e && head.xnum)
		e = KJ_EUNSUPP;
	if (!e && (head.phoff > len || kj_elf_phdrs_size(&head) > len - head.phoff))
		e = KJ_ETRUNC;
	if (!e)
		e = kj_elf_parse(&head, buf + head.phoff, kj_elf_phdrs_size(&head), limit, loads, LOADS, &elf);
	if (e)
		return e;
	*ret = 0;
	for (uint32_t i = 0; i < elf.nload; i++)
		if (elf.load[i].off + elf.load[i].filesz > *ret)
			*ret = elf.load[i].off + elf.load[i].filesz;
	return *ret ? KJ_OK : KJ_EFORMAT;
}

/* Bytes of the kdump at the start of @fd: up to the end of the page that lies last. */
static int kdump_size(int fd, uint64_t limit, uint8_t *buf, uint64_t *ret, const char **why)
{
	const uint64_t each = sizeof(struct kj_le_page_desc);
	static struct kj_kdread r;
	int rc = kj_kdread(fd, limit, &r, why);
	uint64_t end;

	if (rc)
		return rc;
	*why = "it is not complete";
	if (!r.complete)
		return -EBADMSG;
	end = r.k.desc + r.kept * each;
	for (uint64_t i = 0; i < r.kept;) {
		uint64_t n = r.kept - i < STEP / each ? r.kept - i : STEP / each;

		rc = kj_pread_full(fd, buf, (size_t)(n * each), r.k.desc + i * each, NULL);
		if (rc)
			return rc;
		for (uint64_t k = 0; k < n; k++) {
			struct kj_le_page_desc d;
			uint64_t off;

			memcpy(&d, buf + k * each, sizeof(d));
			off = kj_get_le64(d.off);
			/* of a page that was lost there is nothing */
			if (!off && !kj_get_le32(d.size))
				continue;
			*why = "a page lies behind its end";
			if (off > limit || kj_get_le32(d.size) > limit - off)
				return -EBADMSG;
			if (off + kj_get_le32(d.size) > end)
				end = off + kj_get_le32(d.size);
		}
		i += n;
	}
	*ret = end;
	return 0;
}

static int dump_size(int fd, uint64_t limit, uint8_t *buf, uint64_t *ret, const char **why)
{
	size_t len = limit < STEP ? (size_t)limit : STEP;
	int rc = kj_pread_full(fd, buf, len, 0, NULL);
	enum kj_err e;

	if (rc)
		return rc;
	if (kj_kdfile_is(buf, len))
		return kdump_size(fd, limit, buf, ret, why);
	e = elf_size(buf, len, limit, ret);
	*why = kj_strerror(e);
	return e ? -EBADMSG : 0;
}

int kj_front_copy(const struct kj_front_target *t, int fd, const char *path)
{
	const char *why = "";
	uint64_t size;
	void *buf;
	int rc = kj_alloc_pages(STEP, &buf);

	if (rc)
		return EX_OSERR;
	rc = dump_size(t->fd, kj_target_usable(t->size), buf, &size, &why);
	if (rc == -EBADMSG) {
		kj_log(KJ_LOG_ERR, "%s: dump: %s", t->path, why);
		kj_munmap(buf, STEP);
		return EX_DATAERR;
	}
	if (!rc)
		rc = copy(t, fd, size, buf);
	kj_munmap(buf, STEP);
	if (rc == -EINTR) {
		kj_log(KJ_LOG_ERR, "%s: stopped by signal %d", path, kj_hold_pending());
		return EX_TEMPFAIL;
	}
	if (rc) {
		kj_log(KJ_LOG_ERR, "%s: %s", path, strerror(-rc));
		return EX_IOERR;
	}
	return 0;
}
