// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Seal and check job block, mailbox, label and record; must never say yes to a block that is not wholly ours.
 */
#include "core/job.h"

#include <string.h>

#include "core/image.h"
#include "core/xxh.h"

#define OFF_VERSION 8u
#define OFF_SUM (KJ_BLOCK - 8u)

/* More than any sane configuration, and no product or sum of them overflows. */
#define LEVEL_MAX 1000
#define WORKERS_MAX 1024u
#define DEADLINE_MAX (7u * 24 * 3600)

/* The job block lives as long as one jump; the others stay on disks that older versions have labelled. */
static uint32_t version_of(const char magic[8])
{
	return memcmp(magic, KJ_JOB_MAGIC, 8) ? KJ_BLOCK_VERSION : KJ_JOB_VERSION;
}

void kj_block_seal(void *block, const char magic[8])
{
	uint8_t *b = block;
	le32 version = kj_put_le32(version_of(magic));
	le64 sum;

	memcpy(b, magic, 8);
	memcpy(b + OFF_VERSION, &version, sizeof(version));
	sum = kj_put_le64(kj_xxh64(b, OFF_SUM, 0));
	memcpy(b + OFF_SUM, &sum, sizeof(sum));
}

enum kj_err kj_block_check(const void *block, const char magic[8])
{
	const uint8_t *b = block;
	le32 version;
	le64 sum;

	if (memcmp(b, magic, 8))
		return KJ_EMAGIC;
	memcpy(&version, b + OFF_VERSION, sizeof(version));
	if (kj_get_le32(version) != version_of(magic))
		return KJ_EVERSION;
	memcpy(&sum, b + OFF_SUM, sizeof(sum));
	return kj_get_le64(sum) == kj_xxh64(b, OFF_SUM, 0) ? KJ_OK : KJ_ECRC;
}

static int has_end(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (!text[i])
			return 1;
	return 0;
}

static int all_zero(const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (p[i])
			return 0;
	return 1;
}

/* Block aligned, not empty, in front of the label blocks, and none on top of another. */
static int extents_are_good(const struct kj_le_job *job, uint32_t n, uint64_t usable)
{
	for (uint32_t i = 0; i < n; i++) {
		uint64_t off = kj_get_le64(job->extent[i].off);
		uint64_t len = kj_get_le64(job->extent[i].len);

		if (!len || off % KJ_BLOCK || len % KJ_BLOCK || off > usable || len > usable - off)
			return 0;
		for (uint32_t j = 0; j < i; j++) {
			uint64_t off2 = kj_get_le64(job->extent[j].off);
			uint64_t len2 = kj_get_le64(job->extent[j].len);

			if (off < off2 + len2 && off2 < off + len)
				return 0;
		}
	}
	return 1;
}

uint64_t kj_job_target_size(const struct kj_le_job *job)
{
	return kj_get_le64(kj_get_le64(job->list) ? job->list_size : job->dev_size);
}

/* An extent list, if there is one, lies on the device and comes to no more than that has. */
static int list_is_good(const struct kj_le_job *job)
{
	const uint64_t list = kj_get_le64(job->list), size = kj_get_le64(job->list_size), dev = kj_get_le64(job->dev_size);

	if (!list)
		return !size && !kj_get_le64(job->list_sum);
	return list % KJ_BLOCK == 0 && dev >= KJ_BLOCK && list <= dev - KJ_BLOCK && size % KJ_BLOCK == 0 && size <= dev;
}

enum kj_err kj_job_check(const struct kj_le_job *job, const uint8_t nonce[16])
{
	int32_t level = (int32_t)kj_get_le32(job->level);
	uint32_t mode = kj_get_le32(job->mode), format = kj_get_le32(job->format), n = kj_get_le32(job->nextents);
	enum kj_err err = kj_block_check(job, KJ_JOB_MAGIC), key, crypt;

	if (err)
		return err;
	if (memcmp(job->nonce, nonce, sizeof(job->nonce)))
		return KJ_EMISMATCH;
	if (kj_get_le32(job->armed) != 1)
		return KJ_ENOTFOUND;
	if (mode < KJ_MODE_HIBERNATE || mode > KJ_MODE_TEST || n > KJ_JOB_EXTENTS)
		return KJ_ERANGE;
	if (format < KJ_DUMP_IMAGE || format > KJ_DUMP_KDUMP)
		return KJ_ERANGE;
	if (kj_get_le32(job->codec) > KJ_CODEC_AUTO || level < -LEVEL_MAX || level > LEVEL_MAX ||
	    kj_get_le32(job->workers) > WORKERS_MAX || kj_get_le32(job->deadline) > DEADLINE_MAX ||
	    kj_get_le32(job->flags) & ~KJ_JOB_FLAGS ||
	    kj_get_le32(job->filter) > KJ_JOB_FILTER_MAX)
		return KJ_ERANGE;
	/* an image that runs again has all its pages */
	if (kj_get_le32(job->filter) && format != KJ_DUMP_ELF && format != KJ_DUMP_KDUMP)
		return KJ_ERANGE;
	/* pages packed and left out one by one: in a kdump alone */
	if ((kj_get_le32(job->codec) == KJ_CODEC_AUTO || kj_get_le32(job->flags) & KJ_JOB_TRIM) && format != KJ_DUMP_KDUMP)
		return KJ_ERANGE;
	/* who is not jumped back to has no next job */
	if (kj_get_le32(job->flags) & KJ_JOB_STAY && mode != KJ_MODE_SNAPSHOT)
		return KJ_ERANGE;
	/* it cannot be both */
	if (!(~kj_get_le32(job->flags) & (KJ_JOB_FREE_ZERO | KJ_JOB_FREE_POISON)))
		return KJ_ERANGE;
	/* a test may do without a target; nothing else may */
	if (!n && mode != KJ_MODE_TEST)
		return KJ_ERANGE;
	if (!list_is_good(job) || !extents_are_good(job, n, kj_target_usable(kj_job_target_size(job))))
		return KJ_ERANGE;
	key = kj_key_check(&job->key);
	if (key != KJ_ENOTFOUND && (key || format != KJ_DUMP_IMAGE))
		return KJ_ERANGE;
	crypt = kj_dmcrypt_check(&job->crypt, kj_get_le64(job->dev_size));
	if (crypt && crypt != KJ_ENOTFOUND)
		return KJ_ERANGE;
	if (kj_prints_check(&job->prints, 0) || !all_zero(job->reserved, sizeof(job->reserved)))
		return KJ_ERANGE;
	return KJ_OK;
}

enum kj_err kj_mbox_check(const struct kj_le_mbox *m, const uint8_t nonce[16])
{
	enum kj_err err = kj_block_check(m, KJ_MBOX_MAGIC);

	if (err)
		return err;
	if (memcmp(m->nonce, nonce, sizeof(m->nonce)))
		return KJ_EMISMATCH;
	if (!has_end(m->text, sizeof(m->text)) || !has_end(m->who, sizeof(m->who)))
		return KJ_EFORMAT;
	return KJ_OK;
}

/* A device has label, record and at least one block for the dump. */
static int fits(uint64_t size)
{
	return size >= 3 * KJ_BLOCK && size <= (uint64_t)INT64_MAX;
}

uint64_t kj_label_offset(uint64_t size)
{
	return fits(size) ? size / KJ_BLOCK * KJ_BLOCK - KJ_BLOCK : 0;
}

uint64_t kj_record_offset(uint64_t size)
{
	return fits(size) ? size / KJ_BLOCK * KJ_BLOCK - 2 * KJ_BLOCK : 0;
}

uint64_t kj_target_usable(uint64_t size)
{
	return kj_record_offset(size);
}

static const char *name_of(const char *const *names, size_t n, uint32_t i)
{
	return i < n ? names[i] : "unknown";
}
#define NAME_OF(names, i) name_of(names, sizeof(names) / sizeof(names[0]), i)

const char *kj_mode_name(uint32_t mode)
{
	static const char *const names[] = { "none", "hibernate", "snapshot", "test" };

	return NAME_OF(names, mode);
}

const char *kj_how_name(uint32_t how)
{
	static const char *const names[] = { "none", "jump", "s5", "s4" };

	return NAME_OF(names, how);
}

const char *kj_format_name(uint32_t format)
{
	static const char *const names[] = { "none", "image", "elf", "swsusp", "kdump" };

	return NAME_OF(names, format);
}

const char *kj_record_name(uint32_t state)
{
	static const char *const names[] = { "none",	 "pending", "entered", "saved",
					     "returned", "done",    "reported", "lost" };

	return NAME_OF(names, state);
}
