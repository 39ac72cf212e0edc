// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One restore from the checks to the jump. It must never change the image's state but in the
 * order of kjump-image(5), STATES, and has no way on behind the point of no return.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <sysexits.h>

#include "cmd/lib/progress.h"
#include "cmd/lib/restore_mbox.h"
#include "cmd/lib/restore_run.h"
#include "cmd/lib/restore_state.h"
#include "core/job.h"
#include "sys/compat.h"
#include "sys/io.h"
#include "sys/log.h"
#include "sys/snapshot.h"

#define NONE 1 /* clean no */

static int say(const struct kj_restore *r, int status, const char *why)
{
	kj_log(KJ_LOG_ERR, "%s: %s", r->path, why);
	return status;
}

/* Exit status of an error of imgread's or the pool's. */
static int status_of(int err)
{
	switch (err) {
	case -ENOMSG:
		return NONE;
	case -EBADMSG:
	case -ERANGE:
	case -EMSGSIZE:
		return EX_DATAERR;
	case -ENOENT:
	case -ENXIO:
	case -ENODEV:
	case -EINVAL:
		return EX_NOINPUT;
	case -EPERM:
	case -EACCES:
	case -EROFS:
		return EX_NOPERM;
	case -EBUSY:
	case -EINTR:
	case -ENOMEM:
		return EX_TEMPFAIL;
	case -EPIPE:
	case -EAGAIN:
		return EX_OSERR;
	}
	return EX_IOERR;
}

int kj_restore_open(struct kj_restore *r, int rw)
{
	int err = kj_img_open(&r->img, r->path, rw);

	if (err == -ENOMSG)
		return say(r, NONE, "no image to restore");
	return err ? say(r, status_of(err), r->img.why) : 0;
}

void kj_restore_close(struct kj_restore *r)
{
	kj_stream_free(&r->stream);
	kj_img_close(&r->img);
	kj_munmap(r->tramp, 8192);
	r->tramp = NULL;
}

/* ---- plan ---- */

/* A page of which somebody else has made the mailbox. */
static int read_mailbox(struct kj_restore *r, struct kj_le_mbox *m)
{
	enum kj_err e;
	int fd = kj_open_read(r->mbox_path), err;

	err = fd < 0 ? fd : kj_read_full(fd, m, sizeof(*m), NULL);
	if (fd >= 0)
		kj_close(fd);
	if (err) {
		kj_log(KJ_LOG_ERR, "%s: %s", r->mbox_path,
		       err == -ENODATA ? "shorter than a page" : strerror(-err));
		return err == -ENODATA ? EX_DATAERR : EX_NOINPUT;
	}
	e = kj_mbox_check(m, r->img.head->jump.mbox_nonce);
	if (!e)
		return 0;
	kj_log(KJ_LOG_ERR, "%s: mailbox: %s", r->mbox_path, kj_strerror(e));
	return EX_DATAERR;
}

/* Or we make it, of the one that the image has. */
static void make_mailbox(const struct kj_restore *r, const struct kj_le_mbox *have, struct kj_le_mbox *m)
{
	uint64_t now = 0;
	struct utsname un;

	kj_clock_ns(CLOCK_REALTIME, &now);
	memcpy(m, have, sizeof(*m));
	kj_mbox_restored(m, r->how, r->img.head, now / 1000000000, uname(&un) ? "" : un.release);
}

/* The mailbox page for A, which must be the one that the image has. */
static int plan_mailbox(struct kj_restore *r)
{
	const struct kj_le_jump *j = &r->img.head->jump;
	const uint64_t pa = kj_get_le64(j->mbox_pa);
	struct kj_le_mbox *m = (struct kj_le_mbox *)(r->tramp + 4096);
	struct kj_le_mbox have;
	struct kj_img_work w;
	enum kj_err e;
	int err = r->mbox_path ? read_mailbox(r, m) : 0;

	if (err)
		return err;
	if (!pa)
		return say(r, EX_DATAERR, "the image has no mailbox");
	err = kj_img_work_init(&w);
	if (err)
		return say(r, EX_TEMPFAIL, "out of memory");
	err = kj_img_page(&r->img, &w, pa >> 12, (uint8_t *)&have);
	kj_img_work_free(&w);
	if (err)
		return say(r, err == -ENOENT ? EX_DATAERR : status_of(err), r->img.why);
	e = kj_mbox_check(&have, j->mbox_nonce);
	if (e) {
		kj_log(KJ_LOG_ERR, "%s: mailbox in the image: %s", r->path, kj_strerror(e));
		return EX_DATAERR;
	}
	if (!r->mbox_path)
		make_mailbox(r, &have, m);
	if (kj_stream_patch(&r->stream, pa >> 12, r->tramp + 4096))
		return say(r, EX_DATAERR, "mailbox and swap page are the same");
	return 0;
}

int kj_restore_plan(struct kj_restore *r)
{
	void *p;
	int err;

	err = kj_img_index(&r->img);
	if (err)
		return say(r, status_of(err), r->img.why);
	err = kj_alloc_pages(8192, &p);
	if (err)
		return say(r, EX_TEMPFAIL, "out of memory");
	r->tramp = p;
	err = kj_stream_init(&r->stream, &r->img, r->tramp);
	if (err == -ENOMEM)
		return say(r, EX_TEMPFAIL, "out of memory");
	if (err == -ENOSPC)
		return say(r, EX_UNAVAILABLE, "free memory in too many pieces to be filled again");
	if (err)
		return say(r, EX_DATAERR, "swap page or re-entry address out of range");
	err = r->mbox_path || r->how ? plan_mailbox(r) : 0;
	if (!err)
		kj_stream_plan(&r->stream);
	return err;
}

/* ---- stream ---- */

struct ticker {
	struct kj_meter meter;
	int running;
	const struct kj_restore *r;
};

static int tick(void *ctx, uint64_t pages)
{
	struct ticker *t = ctx;

	/* with the first page the kernel makes room for all of them, and that is no rate */
	if (t->running)
		kj_meter_update(&t->meter, pages * 4096);
	else if (pages)
		kj_meter_start(&t->meter, "kjump-restore", t->r->stream.head.pages * 4096,
			       t->r->quiet);
	t->running = pages != 0;
	return *t->r->stop ? -EINTR : 0;
}

/* Run the stream into ->sink, with workers that are gone when it is over. */
int kj_restore_stream(struct kj_restore *r, const char *to, int bare)
{
	const uint64_t t0 = kj_meter_now();
	struct ticker t = { .r = r };
	struct kj_pool pool;
	int err, end, from_sink = 0;

	err = kj_pool_start(&pool, &r->img, r->workers);
	if (err)
		return say(r, status_of(err), pool.why);
	r->stream.tick = tick;
	r->stream.tick_ctx = &t;
	err = bare ? kj_stream_bare(&r->stream, &pool, &from_sink) : kj_stream_run(&r->stream, &pool, &from_sink);
	end = kj_pool_end(&pool);
	if (t.running)
		kj_meter_end(&t.meter);
	r->ms = (kj_meter_now() - t0) / 1000000;
	if (from_sink) {
		kj_log(KJ_LOG_ERR, "%s: the kernel does not take the image: %s", to, strerror(-err));
		return err == -ENOMEM ? EX_TEMPFAIL : EX_DATAERR;
	}
	if (err == -EINTR)
		return say(r, EX_TEMPFAIL, "stopped by a signal");
	if (err == -EMSGSIZE)
		return say(r, EX_DATAERR, "another number of pages than the header says");
	if (err)
		return say(r, status_of(err), pool.why);
	return end ? say(r, EX_OSERR, "a worker died") : 0;
}

static int sink_nothing(void *ctx, const uint8_t page[4096])
{
	(void)ctx;
	(void)page;
	return 0;
}

static int sink_snapshot(void *ctx, const uint8_t page[4096])
{
	return kj_snapshot_write(*(const int *)ctx, page);
}

int kj_restore_verify(struct kj_restore *r)
{
	r->stream.sink = sink_nothing;
	return kj_restore_stream(r, r->path, 0);
}

/* ---- the state ---- */

int kj_restore_admit(struct kj_restore *r)
{
	uint32_t loads, state = kj_img_state(&r->img, &loads);

	if (r->img.state_err) {
		kj_log(KJ_LOG_ERR, "%s: state: %s", r->path, kj_strerror(r->img.state_err));
		return EX_DATAERR;
	}
	switch (kj_restore_decide(state, loads)) {
	case KJ_ACT_LOAD:
		r->loads = loads + 1;
		return 0;
	case KJ_ACT_STALE:
		kj_log(KJ_LOG_ERR, "%s: loading was tried %u times and never ended, given up",
		       r->path, loads);
		if (kj_img_state_write(&r->img, KJ_ST_STALE, loads))
			return say(r, EX_IOERR, r->img.why);
		return NONE;
	case KJ_ACT_NONE:
		break;
	}
	kj_log(KJ_LOG_ERR, "%s: no image to restore (state %s)", r->path, kj_state_name(state));
	return NONE;
}

/* ---- commit ---- */

/* Memory is as it was; the image is to be found whole by the next try. A load that ended is not
 * counted: what makes an image be given up is loads that ended in a crash. */
int kj_restore_back(struct kj_restore *r, int status)
{
	r->img.why[0] = 0;
	if (kj_img_state_write(&r->img, KJ_ST_READY, r->loads - 1))
		say(r, 0, r->img.why);
	return status;
}

/* From a loaded image into A. @fd is open, loaded, and ours alone. */
static int commit(struct kj_restore *r, int fd)
{
	int err;

	/* what this kernel's memory holds may be found in that of A that nobody writes */
	kj_img_lock(&r->img);
	err = kj_snapshot_freeze(fd);
	if (err) {
		kj_log(KJ_LOG_ERR, "%s: cannot freeze processes: %s", KJ_SNAPSHOT_PATH,
		       strerror(-err));
		return EX_OSERR;
	}
	if (kj_img_state_write(&r->img, KJ_ST_CONSUMED, r->loads))
		return say(r, EX_IOERR, r->img.why);
	kj_log(KJ_LOG_NOTE, "%s: loaded in %llu ms, point of no return", r->path,
	       (unsigned long long)r->ms);
	/* ---- point of no return ---- */
	err = kj_snapshot_restore(fd);
	kj_log(KJ_LOG_ERR, "%s: cannot restore: %s", KJ_SNAPSHOT_PATH, strerror(-err));
	return EX_OSERR;
}

int kj_restore_load(struct kj_restore *r)
{
	int fd, status;

	if (kj_img_state_write(&r->img, KJ_ST_LOADING, r->loads))
		return kj_restore_back(r, say(r, EX_IOERR, r->img.why));
	fd = kj_snapshot_open_load();
	if (fd < 0) {
		kj_log(KJ_LOG_ERR, "%s: %s", KJ_SNAPSHOT_PATH, strerror(-fd));
		return kj_restore_back(r, fd == -EBUSY ? EX_TEMPFAIL : EX_UNAVAILABLE);
	}
	r->stream.sink = sink_snapshot;
	r->stream.sink_ctx = &fd;
	status = kj_restore_stream(r, KJ_SNAPSHOT_PATH, 0);
	/* a signal that comes now is too late: the stream is whole */
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	if (!status)
		status = commit(r, fd);
	/* thaws, and throws the loaded pages away */
	kj_snapshot_close(fd);
	return kj_restore_back(r, status);
}
