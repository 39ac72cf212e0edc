/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Copies an ELF core out of the target; never trusts its program headers beyond the target's size.
 */
#include <errno.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "cmd/lib/front_copy.h"
#include "core/elf.h"
#include "core/job.h"
#include "sys/compat.h"
#include "sys/io.h"
#include "sys/log.h"

#define STEP (1u << 20)

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
		int rc = kj_pread_full(t->fd, buf, len, off, NULL);

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
	struct kj_elf_head head;
	enum kj_err e = kj_elf_head(buf, len, &head);

	if (!e && head.xnum)
		e = KJ_EUNSUPP;
	if (!e && (head.phoff > len || kj_elf_phdrs_size(&head) > len - head.phoff))
		e = KJ_ETRUNC;
	if (!e)
		e = kj_elf_parse(&head, buf + head.phoff, kj_elf_phdrs_size(&head), limit, &elf);
	if (e)
		return e;
	*ret = 0;
	for (uint32_t i = 0; i < elf.nload; i++)
		if (elf.load[i].off + elf.load[i].filesz > *ret)
			*ret = elf.load[i].off + elf.load[i].filesz;
	return *ret ? KJ_OK : KJ_EFORMAT;
}

int kj_front_copy_elf(const struct kj_front_target *t, int fd, const char *path)
{
	uint64_t size;
	void *buf;
	int rc = kj_alloc_pages(STEP, &buf);

	if (rc)
		return EX_OSERR;
	rc = kj_pread_full(t->fd, buf, STEP, 0, NULL);
	if (!rc) {
		enum kj_err e = elf_size(buf, STEP, kj_target_usable(t->size), &size);

		if (e) {
			kj_log(KJ_LOG_ERR, "%s: dump: %s", t->path, kj_strerror(e));
			kj_munmap(buf, STEP);
			return EX_DATAERR;
		}
		rc = copy(t, fd, size, buf);
	}
	kj_munmap(buf, STEP);
	if (rc) {
		kj_log(KJ_LOG_ERR, "%s: %s", path, strerror(-rc));
		return EX_IOERR;
	}
	return 0;
}
