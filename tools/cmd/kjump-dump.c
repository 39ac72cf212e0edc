// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kjump-dump: A's memory to a file or to the target of A's job. It must never end with status 0
 * before everything is on the disk and read back, or leave half an image behind.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "cmd/lib/dump.h"
#include "cmd/lib/dump_job.h"
#include "cmd/lib/dump_opts.h"
#include "cmd/lib/dump_report.h"
#include "cmd/lib/dump_estimate.h"
#include "cmd/lib/keyfile.h"
#include "cmd/lib/pagecodec.h"
#include "cmd/lib/profile.h"
#include "cmd/lib/target.h"
#include "core/image.h"
#include "sys/badpage.h"
#include "sys/compat.h"
#include "sys/die.h"
#include "sys/io.h"
#include "sys/log.h"

#define PROG "kjump-dump"

static volatile sig_atomic_t interrupted;

static void on_signal(int sig)
{
	interrupted = sig;
}

static void catch_signals(void)
{
	static const int sigs[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction sa;
	unsigned int i;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = on_signal; /* no SA_RESTART: poll() is to return */
	for (i = 0; i < sizeof(sigs) / sizeof(sigs[0]); i++)
		(void)sigaction(sigs[i], &sa, NULL);
	/* these come back as errors of write() */
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGXFSZ, SIG_IGN);
}

/* A dump is made without it, too: then what cannot be told is kept. */
static void use_profile(struct kj_amem *m, const struct kj_dump_opts *o)
{
	char why[KJ_WHY_MAX];

	if (o->profile && kj_profile_use(m, o->profile, why))
		kj_log(KJ_LOG_WARN, "%s", why);
}

/* To run again, everything has to be right; for a look at what was, anything is better than nothing. */
static void open_source(struct kj_amem *m, const char *path, const struct kj_dump_opts *o)
{
	int err = o->job || kj_dump_is_image(o->format) ? kj_amem_open(m, path) :
							  kj_amem_open_any(m, path, 1);

	if (!err && m->why[0])
		kj_log(KJ_LOG_WARN, "%s: %s", path, m->why);
	if (!err && m->incomplete)
		kj_log(KJ_LOG_WARN, "%s: is incomplete: zeros in it may be pages that it lacks", path);
	if (!err)
		return;
	die(err == -ENOEXEC || err == -EBADMSG ? EX_DATAERR
	    : err == -ENOMEM                   ? EX_OSERR
					       : EX_NOINPUT,
	    "%s: %s", path, m->why[0] ? m->why : strerror(-err));
}

/* Settings that the job makes; the command line has no say then. */
static void take_job(struct kj_dump *d, struct kj_dump_opts *o, const struct kj_dump_job *j)
{
	const struct kj_le_job *job = &j->job;

	o->format = kj_get_le32(job->format);
	d->codec = kj_get_le32(job->codec);
	d->filter = kj_get_le32(job->filter);
	if (o->format == KJ_DUMP_KDUMP)
		(void)kj_pack_parse(kj_codec_name(d->codec), &d->codec); /* the job was checked */
	d->level = (int)kj_get_le32(job->level);
	d->workers = kj_get_le32(job->workers);
	d->flag_zeros = (kj_get_le32(job->flags) & KJ_JOB_FLAG_ZEROS) != 0;
	d->trim = (kj_get_le32(job->flags) & KJ_JOB_TRIM) != 0;
	d->fill = (kj_get_le32(job->flags) & (KJ_JOB_FREE_ZERO | KJ_JOB_FREE_POISON)) != 0;
	d->fill_pattern = kj_get_le32(job->flags) & KJ_JOB_FREE_POISON ? KJ_FILL_POISON : KJ_FILL_ZERO;
	d->direct = (kj_get_le32(job->flags) & KJ_JOB_DIRECT) != 0;
	d->capacity = j->capacity;
	d->target = j->target.path;
	d->fd = j->target.fd;
	d->is_dev = 1;
	d->t_created = kj_get_le64(job->created);
	d->prints = &j->job.prints;
	if (!kj_key_check(&job->key))
		d->key = &job->key;
	memcpy(d->id, job->id, 16);
	memcpy(d->label_uuid, job->label_uuid, 16);
	/* the first open holds the device for us, the second goes round the page cache */
	d->dfd = kj_target_again(&j->target, O_RDWR | O_DIRECT);
	if (d->dfd < 0)
		d->dfd = d->fd;
}

/* A device, or a part of one: only one that was labelled for this. */
static void open_device(struct kj_dump *d, const char *path)
{
	struct kj_target t;
	int err = kj_target_open(path, O_RDWR | O_EXCL, &t);

	if (err == -ENODEV)
		die(EX_CANTCREAT, "%s: a device without a kjump label", path);
	if (err)
		die(err == -EBUSY ? EX_TEMPFAIL : EX_CANTCREAT, "%s: %s", path,
		    err == -EBUSY ? "is in use" : strerror(-err));
	d->fd = t.fd;
	d->capacity = t.usable;
	d->is_dev = 1;
	memcpy(d->label_uuid, t.label.uuid, sizeof(d->label_uuid));
	d->dfd = kj_target_again(&t, O_RDWR | O_DIRECT);
	if (d->dfd < 0)
		d->dfd = d->fd;
}

static void open_output(struct kj_dump *d, const struct kj_dump_opts *o)
{
	static struct kj_le_key key;
	char why[KJ_KEYFILE_WHY];
	struct stat st;
	int status;

	if (o->key) {
		status = kj_keyfile_read(o->key, &key, why);
		if (status)
			die(status, "%s: %s", o->key, why);
		d->key = &key;
	}

	d->codec = o->codec;
	d->level = o->level;
	d->filter = (uint32_t)o->filter;
	d->flat = o->format == KJ_DUMP_FLAT;
	d->trim = o->trim;
	d->workers = (unsigned int)o->workers;
	d->flag_zeros = o->flag_zeros;
	d->capacity = UINT64_MAX;
	d->target = o->out;
	d->t_created = kj_record_now();
	if (kj_getrandom(d->id, sizeof(d->id)))
		die(EX_OSERR, "no random numbers from the kernel");
	d->fd = d->dfd = -1;
	if (!strcmp(o->out, "-")) {
		d->target = "standard output";
		return;
	}
	if (!stat(o->out, &st) && S_ISBLK(st.st_mode)) {
		open_device(d, o->out);
		return;
	}
	d->fd = d->dfd = kj_open(o->out, O_RDWR | O_CREAT | O_EXCL);
	if (d->fd < 0)
		die(EX_CANTCREAT, "%s: %s", o->out, strerror(-d->fd));
}

/* What a failure leaves: nothing that looks like an image. */
static void clean_up(struct kj_dump *d, const struct kj_dump_opts *o)
{
	int err = 0;

	/* a kdump says of itself that it is incomplete, and can be read as far as it goes; but A
	 * lives on, and has no use for half a dump of a moment that is over */
	if (kj_dump_is_kdump(o->format) && !o->job)
		return;
	if (d->is_dev)
		err = kj_dump_erase(d->fd);
	else if (d->fd >= 0 && kj_dump_is_image(o->format))
		err = unlink(o->out) ? -errno : 0;
	if (err)
		kj_log(KJ_LOG_ERR, "%s: half an image could not be erased: %s", d->target,
		       strerror(-err));
}

static int dump_once(struct kj_dump *d, uint32_t format)
{
	if (kj_dump_is_kdump(format))
		return kj_dump_kdump(d);
	if (format == KJ_DUMP_SWSUSP)
		return kj_dump_swsusp(d);
	return format == KJ_DUMP_IMAGE ? kj_dump_image(d) : kj_dump_elf(d);
}

/* Dump; and with less, from the start, if the target is too small for it and that was asked for. */
static int dump(struct kj_dump *d, const struct kj_dump_opts *o)
{
	int err, status = dump_once(d, o->format);

	if (status != EX_CANTCREAT || o->retry < 0 || !d->sh || kj_dump_is_image(o->format) ||
	    ((uint32_t)o->retry | d->filter) == d->filter)
		return status;
	kj_log(KJ_LOG_WARN, "%s: once more with filter %u", d->sh->why, (uint32_t)o->retry | d->filter);
	err = d->is_dev ? 0 : ftruncate(d->fd, 0) ? -errno : 0;
	if (err)
		return kj_dump_fail_io(d, d->target, err);
	d->filter |= (uint32_t)o->retry;
	d->total = d->bytes = d->trimmed = 0;
	kj_dump_close(d);
	return dump_once(d, o->format);
}

/* Both opens of it, and the device that it is in. */
static void close_job(struct kj_dump *d, struct kj_dump_job *j)
{
	if (d->dfd != d->fd)
		kj_close(d->dfd);
	kj_dump_job_close(j);
}

static int estimate(struct kj_dump *d, const struct kj_dump_opts *o)
{
	char why[200];
	int status;

	d->workers = (unsigned int)o->workers;
	d->target = d->m->path;
	status = kj_dump_estimate(d, o->filter, why);
	if (status)
		die(status, "%s", why);
	kj_amem_close(d->m);
	return 0;
}

int main(int argc, char **argv)
{
	static struct kj_dump d;
	static struct kj_amem m;
	static struct kj_dump_job job;
	struct kj_dump_opts o;
	uint64_t start = kj_meter_now(), ms;
	int status, err;

	kj_log_init(PROG);
	kj_dump_opts(argc, argv, &o);
	if (o.kmsg && kj_log_to_kmsg())
		die(EX_NOPERM, "/dev/kmsg: cannot be written");
	catch_signals();
	if (kj_bad_catch())
		die(EX_OSERR, "SIGBUS: cannot be caught");
	open_source(&m, o.vmcore, &o);
	use_profile(&m, &o);
	d.m = &m;
	d.prog = PROG;
	d.quiet = o.quiet;
	d.interrupted = &interrupted;
	if (o.estimate)
		return estimate(&d, &o);
	if (o.job) {
		status = kj_dump_job_open(&job, &m);
		if (status)
			die(status, "%s", job.why);
		take_job(&d, &o, &job);
	} else {
		open_output(&d, &o);
	}
	status = dump(&d, &o);
	ms = (kj_meter_now() - start) / 1000000;
	if (!status)
		kj_dump_report(&d, o.format, ms);
	if (!status && o.stats) {
		err = kj_dump_stats(&d, o.stats, o.format, ms);
		if (err)
			status = kj_dump_fail(&d, EX_CANTCREAT, "%s: %s", o.stats, strerror(-err));
	}
	if (!status && o.job && kj_dump_job_end(&job, 0, NULL))
		status = kj_dump_fail(&d, EX_IOERR, "%s", job.why);
	if (status) {
		const char *why = d.sh ? d.sh->why : "out of memory";

		clean_up(&d, &o);
		if (o.job && kj_dump_job_end(&job, status, why))
			kj_log(KJ_LOG_ERR, "%s", job.why);
		if (o.job)
			close_job(&d, &job);
		die(status, "%s", why);
	}
	kj_dump_close(&d);
	if (o.job)
		close_job(&d, &job);
	kj_amem_close(&m);
	return 0;
}
