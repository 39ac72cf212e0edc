// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From A's job block to an open target. It must never act on a job whose nonce is not that of
 * the note, or whose target is in use, or leave a volume key in memory.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "cmd/lib/codec.h"
#include "cmd/lib/dump_job.h"
#include "cmd/lib/pagecodec.h"
#include "cmd/lib/prints.h"
#include "core/image.h"

__attribute__((format(printf, 3, 4))) static int fail(struct kj_dump_job *j, int status,
						      const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(j->why, sizeof(j->why), fmt, ap);
	va_end(ap);
	return status;
}

/* A kdump packs each page by itself, with codecs that have levels of their own. */
static enum kj_err check_level(const struct kj_le_job *job)
{
	const uint32_t codec = kj_get_le32(job->codec);
	const int level = (int)kj_get_le32(job->level);
	uint32_t pack;
	enum kj_err e;

	if (kj_get_le32(job->format) != KJ_DUMP_KDUMP)
		return kj_codec_check(codec, level);
	e = kj_pack_parse(kj_codec_name(codec), &pack);
	return e ? e : kj_pack_check(pack, level);
}

static int read_job(struct kj_dump_job *j, struct kj_amem *m)
{
	enum kj_err e;
	int err;

	if (!(m->facts.have & KJ_HAVE(KJ_NT_JOB)) || !m->facts.job_pa)
		return fail(j, 1, "%s: no job", m->path);
	err = kj_amem_read_phys(m, m->facts.job_pa, &j->job, sizeof(j->job));
	if (err)
		return fail(j, EX_DATAERR, "%s: job block at 0x%llx: %s", m->path,
			    (unsigned long long)m->facts.job_pa, strerror(-err));
	e = kj_job_check(&j->job, m->facts.job_nonce);
	if (e == KJ_ENOTFOUND)
		return fail(j, 1, "%s: job is not armed", m->path);
	if (e)
		return fail(j, EX_DATAERR, "%s: job block: %s", m->path, kj_strerror(e));
	if (!kj_codec_fits(kj_get_le32(j->job.codec), kj_get_le32(j->job.format)))
		return fail(j, EX_DATAERR, "%s: job block: %s is no codec of format %s", m->path,
			    kj_codec_name(kj_get_le32(j->job.codec)),
			    kj_format_name(kj_get_le32(j->job.format)));
	if (check_level(&j->job))
		return fail(j, EX_DATAERR, "%s: job block: %s has no level %d", m->path,
			    kj_codec_name(kj_get_le32(j->job.codec)),
			    (int)kj_get_le32(j->job.level));
	/* nothing to save, nowhere to save it: A only tries the jump */
	if (kj_get_le32(j->job.mode) == KJ_MODE_TEST && !kj_get_le32(j->job.nextents))
		return fail(j, 1, "%s: the job is a test without a target", m->path);
	return 0;
}

/* The target as a whole; what it is made of, its extent list says. */
static int grant(struct kj_dump_job *j)
{
	const struct kj_le_job *job = &j->job;

	j->capacity = j->target.usable;
	if (!kj_get_le32(job->nextents))
		return 0;
	if (kj_get_le32(job->nextents) != 1 || kj_get_le64(job->extent[0].off))
		return fail(j, EX_DATAERR, "%s: job wants extents, only a whole target is known",
			    j->target.path);
	if (kj_get_le64(job->extent[0].len) < j->capacity)
		j->capacity = kj_get_le64(job->extent[0].len);
	return 0;
}

static void label_text(const uint8_t uuid[16], char ret[33])
{
	unsigned int i;

	for (i = 0; i < 16; i++)
		snprintf(ret + 2 * i, 3, "%02x", uuid[i]);
}

static int find_target(struct kj_dump_job *j)
{
	char label[33], why[KJ_CRYPTDEV_WHY];
	int err;

	label_text(j->job.label_uuid, label);
	err = kj_cryptdev_target(&j->job, O_RDWR | O_EXCL, &j->crypt, &j->target, why);
	kj_dmcrypt_wipe(&j->job.crypt);
	if (why[0])
		return fail(j, err == -EBUSY ? EX_TEMPFAIL : EX_UNAVAILABLE, "target %s: %s", label, why);
	switch (err) {
	case 0:
		return grant(j);
	case -ENODEV:
		return fail(j, EX_NOINPUT, "target %s: no device has this label", label);
	case -EEXIST:
		return fail(j, EX_DATAERR, "target %s: more than one device has this label", label);
	case -EBUSY:
		return fail(j, EX_TEMPFAIL, "%s: is in use", j->target.path);
	}
	if (j->target.path[0] && err == -EMEDIUMTYPE)
		return fail(j, EX_DATAERR, "%s: the label is right, size, partition or extents are not",
			    j->target.path);
	return fail(j, EX_IOERR, "target %s: %s", label, strerror(-err));
}

/* A stands still: what is on the disks now is what C must find there. What is encrypted can be read whole meanwhile. */
static int take_prints(struct kj_dump_job *j)
{
	const struct kj_le_job *job = &j->job;
	char why[KJ_CRYPTDEV_WHY];
	struct kj_cryptdev all;
	int status;

	if (kj_get_le32(job->mode) != KJ_MODE_HIBERNATE || kj_get_le32(job->format) != KJ_DUMP_IMAGE)
		return 0;
	if (kj_cryptdev_open(&job->crypt, kj_get_le64(job->dev_size), 1, &all, why))
		return fail(j, EX_UNAVAILABLE, "target: %s", why);
	status = kj_prints_take(&j->job.prints, j->why);
	kj_cryptdev_close(&all);
	return status;
}

int kj_dump_job_open(struct kj_dump_job *j, struct kj_amem *m)
{
	struct kj_le_record *r = &j->record;
	int err, status;

	memset(j, 0, sizeof(*j));
	j->target.fd = -1;
	status = read_job(j, m);
	if (!status)
		status = take_prints(j);
	if (!status)
		status = find_target(j);
	if (status) {
		/* what is in B's memory now will be in A's free pages */
		kj_dmcrypt_wipe(&j->job.crypt);
		return status;
	}
	err = kj_record_read(j->target.fd, j->target.size, r);
	if (err && err != -ENOENT)
		return fail(j, EX_IOERR, "%s: record: %s", j->target.path, strerror(-err));
	/* of another job, or damaged: this job is the one that the next boot may have to report */
	if (err || memcmp(r->id, j->job.id, sizeof(r->id))) {
		memset(r, 0, sizeof(*r));
		memcpy(r->id, j->job.id, sizeof(r->id));
		memcpy(r->boot_id, m->facts.host.boot_id, sizeof(r->boot_id));
		r->mode = j->job.mode;
		r->t_pending = j->job.created;
	}
	err = kj_record_write(j->target.fd, j->target.size, r, KJ_REC_ENTERED, 0, NULL,
			      kj_record_now());
	if (err)
		return fail(j, EX_IOERR, "%s: record: %s", j->target.path, strerror(-err));
	return 0;
}

void kj_dump_job_close(struct kj_dump_job *j)
{
	kj_target_close(&j->target);
	kj_cryptdev_close(&j->crypt);
}

int kj_dump_job_end(struct kj_dump_job *j, int status, const char *why)
{
	int err = kj_record_write(j->target.fd, j->target.size, &j->record,
				  status ? KJ_REC_ENTERED : KJ_REC_SAVED, (uint32_t)status,
				  status ? why : NULL, kj_record_now());

	return err ? fail(j, EX_IOERR, "%s: record: %s", j->target.path, strerror(-err)) : 0;
}
