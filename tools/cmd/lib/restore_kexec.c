// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An image loaded in stages. It must never have a way on behind the point of no return but the jump.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sysexits.h>

#include "cmd/lib/load_mark.h"
#include "cmd/lib/restore_kexec.h"
#include "core/trampoline.h"
#include "sys/compat.h"
#include "sys/io.h"
#include "sys/log.h"
#include "sys/power.h"
#include "sys/stage.h"

#define CALL "kexec_load in stages"

static int say(const struct kj_restore *r, int status, const char *why)
{
	kj_log(KJ_LOG_ERR, "%s: %s", r->path, why);
	return status;
}

uint64_t kj_kexec_memory(void)
{
	return KJ_KEXEC_BUF;
}

/* ---- pages ---- */

int kj_kexec_flush(struct kj_kexec_sink *s)
{
	const uint64_t n = s->n;

	s->n = 0;
	return n ? kj_pwrite_full(s->fd, s->buf, (size_t)n * 4096, s->pfn << 12) : 0;
}

int kj_kexec_take(void *ctx, const uint8_t page[4096])
{
	struct kj_kexec_sink *s = ctx;
	uint64_t pfn;
	int err = 0;

	if (kj_runs_next(s->runs, &s->at, &pfn))
		return -EMSGSIZE;
	if (s->n && (pfn != s->pfn + s->n || s->n == KJ_KEXEC_BUF / 4096))
		err = kj_kexec_flush(s);
	if (err)
		return err;
	if (!s->n)
		s->pfn = pfn;
	memcpy(s->buf + s->n++ * 4096, page, 4096);
	return 0;
}

/* ---- the load ---- */

int kj_kexec_status(int err)
{
	switch (err) {
	case -ENOMEM:
	case -EBUSY:
		return EX_TEMPFAIL;
	case -EPERM:
		return EX_NOPERM;
	case -EINVAL:
	case -EADDRNOTAVAIL:
	case -ENOSYS:
		return EX_UNAVAILABLE;
	}
	return EX_OSERR;
}

/* Declare all pages; the file, or an exit status as a negative number. */
static int declare(struct kj_restore *r, const struct kj_runs *runs, uint64_t entry)
{
	const size_t len = (size_t)runs->n * sizeof(struct kj_kexec_segment);
	struct kj_kexec_segment *seg;
	uint64_t i;
	void *p;
	int fd;

	if (kj_alloc_pages(len, &p))
		return -say(r, EX_TEMPFAIL, "out of memory");
	seg = p;
	for (i = 0; i < runs->n; i++) {
		seg[i].mem = runs->run[i].pfn << 12;
		seg[i].memsz = seg[i].bufsz = (size_t)runs->run[i].n * 4096;
	}
	fd = kj_stage_open(entry, seg, (size_t)runs->n);
	kj_munmap(p, len);
	if (fd >= 0)
		return fd;
	kj_log(KJ_LOG_ERR, "%s: %s", CALL, strerror(-fd));
	return -kj_kexec_status(fd);
}

static int fill(struct kj_restore *r, int fd, const struct kj_runs *runs)
{
	struct kj_kexec_sink sink = { .fd = fd, .runs = runs };
	int err, status;
	void *buf;

	if (kj_alloc_pages(KJ_KEXEC_BUF, &buf))
		return say(r, EX_TEMPFAIL, "out of memory");
	sink.buf = buf;
	r->stream.sink = kj_kexec_take;
	r->stream.sink_ctx = &sink;
	status = kj_restore_stream(r, CALL, 1);
	if (!status) {
		err = kj_kexec_flush(&sink);
		if (!err)
			err = kj_stage_commit(fd);
		if (err) {
			kj_log(KJ_LOG_ERR, "%s: %s", CALL, strerror(-err));
			status = kj_kexec_status(err);
		}
	}
	kj_munmap(buf, KJ_KEXEC_BUF);
	return status;
}

/* The runs of pages, kept in memory of their own: @ret->run is to be freed. */
static int plan_runs(struct kj_restore *r, struct kj_runs *ret)
{
	struct kj_runs count = { 0 };
	void *p;

	if (kj_stream_pages(&r->stream, &count))
		return say(r, EX_DATAERR, "page numbers out of order");
	if (kj_alloc_pages((size_t)count.n * sizeof(*ret->run), &p))
		return say(r, EX_TEMPFAIL, "out of memory");
	memset(ret, 0, sizeof(*ret));
	ret->run = p;
	ret->cap = count.n;
	if (!kj_stream_pages(&r->stream, ret))
		return 0;
	kj_munmap(p, (size_t)count.n * sizeof(*ret->run));
	return say(r, EX_DATAERR, "not the page numbers that it had");
}

static int commit(struct kj_restore *r)
{
	int err;

	/* as for a snapshot: this kernel's memory may be found in pages of A's that nobody writes */
	kj_img_lock(&r->img);
	if (kj_img_state_write(&r->img, KJ_ST_CONSUMED, r->loads))
		return say(r, EX_IOERR, r->img.why);
	kj_log(KJ_LOG_NOTE, "%s: loaded in %llu ms, point of no return", r->path, (unsigned long long)r->ms);
	/* ---- point of no return ---- */
	err = kj_power_kexec();
	kj_log(KJ_LOG_ERR, "jump: %s", err ? strerror(-err) : "the kernel came back");
	return EX_OSERR;
}

int kj_kexec_admit(const struct kj_restore *r, const char *root)
{
	if (kj_mark_look(root, 0) != -EEXIST)
		return 0;
	return say(r, EX_TEMPFAIL, "not restored: another program's kexec image is loaded: unload it first");
}

int kj_kexec_restore(struct kj_restore *r)
{
	const uint64_t swap = kj_get_le64(r->img.head->jump.swap);
	struct kj_runs runs;
	int fd, status;

	if (kj_trampoline_door(kj_get_le64(r->img.head->jump.table), r->tramp))
		return say(r, EX_DATAERR, "page tables out of range");
	status = kj_kexec_admit(r, "");
	if (!status)
		status = plan_runs(r, &runs);
	if (status)
		return status;
	if (kj_img_state_write(&r->img, KJ_ST_LOADING, r->loads)) {
		status = say(r, EX_IOERR, r->img.why);
		goto out;
	}
	fd = declare(r, &runs, swap + KJ_TRAMPOLINE_DOOR);
	if (fd < 0) {
		status = -fd;
		goto out;
	}
	status = fill(r, fd, &runs);
	/* a signal that comes now is too late */
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	/* what was committed stays, anything else is given back */
	kj_close(fd);
	if (!status) {
		kj_mark_forget(0);
		status = commit(r);
		(void)kj_kexec_load(0, NULL, 0, 0);
	}
out:
	kj_munmap(runs.run, (size_t)runs.cap * sizeof(*runs.run));
	return kj_restore_back(r, status);
}
