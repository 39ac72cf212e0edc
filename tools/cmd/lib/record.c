// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One block, one write, one fsync. It must never leave a record half changed: the block is what
 * the device writes whole.
 */
#include <errno.h>
#include <string.h>

#include "cmd/lib/record.h"
#include "sys/compat.h"
#include "sys/io.h"

uint64_t kj_record_now(void)
{
	uint64_t ns = 0;

	(void)kj_clock_ns(CLOCK_REALTIME, &ns);
	return ns / 1000000000u;
}

int kj_record_unfinished(const struct kj_le_record *r, int live)
{
	switch (kj_get_le32(r->state)) {
	case KJ_REC_PENDING:
	case KJ_REC_ENTERED:
	case KJ_REC_SAVED:
	case KJ_REC_RETURNED:
		/* only A itself writes that it is over */
		return !live;
	}
	return 0;
}

int kj_record_read(int fd, uint64_t size, struct kj_le_record *ret)
{
	int err;

	if (!kj_target_usable(size))
		return -EINVAL;
	err = kj_pread_full(fd, ret, sizeof(*ret), kj_record_offset(size), NULL);
	if (err)
		return err;
	if (kj_block_check(ret, KJ_RECORD_MAGIC)) {
		memset(ret, 0, sizeof(*ret));
		kj_block_seal(ret, KJ_RECORD_MAGIC);
		return -ENOENT;
	}
	/* texts come from a disk: never let one run on */
	ret->text[sizeof(ret->text) - 1] = '\0';
	return 0;
}

static void put_text(char *dst, size_t cap, const char *src)
{
	size_t i;

	memset(dst, 0, cap);
	for (i = 0; src && src[i] && i + 1 < cap; i++)
		dst[i] = src[i] < ' ' || src[i] > '~' ? '?' : src[i];
}

int kj_record_write(int fd, uint64_t size, struct kj_le_record *r, enum kj_record_state state,
		    uint32_t result, const char *text, uint64_t now)
{
	int err;

	if (!kj_target_usable(size))
		return -EINVAL;
	r->state = kj_put_le32((uint32_t)state);
	r->result = kj_put_le32(result);
	r->t_state = kj_put_le64(now);
	put_text(r->text, sizeof(r->text), text);
	kj_block_seal(r, KJ_RECORD_MAGIC);
	err = kj_pwrite_full(fd, r, sizeof(*r), kj_record_offset(size));
	return err ? err : kj_fsync(fd);
}
