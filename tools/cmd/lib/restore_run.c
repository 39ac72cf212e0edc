// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One restore from the checks to the jump. It must never change the image's state but in the
 * order of DESIGN.md section 6, and has no way on behind the point of no return.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <sysexits.h>
#include <unistd.h>

#include "cmd/lib/prints.h"
#include "cmd/lib/progress.h"
#include "cmd/lib/restore_host.h"
#include "cmd/lib/restore_kexec.h"
#include "cmd/lib/restore_mbox.h"
#include "cmd/lib/restore_run.h"
#include "cmd/lib/restore_state.h"
#include "cmd/lib/restore_write.h"
#include "core/job.h"
#include "sys/block.h"
#include "sys/compat.h"
#include "sys/io.h"
#include "sys/log.h"
#include "sys/snapshot.h"
#include "sys/stage.h"

#define NONE 1 /* clean no */
#define DISK_WAIT 10 /* seconds for disks that come late */

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

/* ---- guards ---- */

static void say_features(const struct kj_restore *r, const struct kj_guard_found *f)
{
	static const char *const leaf[KJ_GUARD_FEAT_WORDS] = {
		"1.ecx", "1.edx", "7.ebx", "7.ecx", "7.edx", "d.1.eax", "80000001.ecx",
		"80000001.edx",
	};
	char text[200] = "";
	size_t n = 0;
	unsigned int i;

	for (i = 0; i < KJ_GUARD_FEAT_WORDS; i++)
		if (f->missing[i])
			n += (size_t)snprintf(text + n, sizeof(text) - n, " %s=0x%x", leaf[i],
					      f->missing[i]);
	kj_log(KJ_LOG_ERR, "%s: image of another machine: %s:%s", r->path,
	       kj_guard_text(KJ_GUARD_FEATURES), text);
}

/* One line for one difference. */
static void say_guard(const struct kj_restore *r, enum kj_guard g, const struct kj_le_host *here,
		      const struct kj_guard_found *f)
{
	const struct kj_le_host *a = &r->img.head->host;
	const enum kj_log_level level = g & KJ_GUARD_REFUSE ? KJ_LOG_ERR : KJ_LOG_WARN;
	char text[128] = "";

	switch (g) {
	case KJ_GUARD_FEATURES:
		say_features(r, f);
		return;
	case KJ_GUARD_VENDOR:
		snprintf(text, sizeof(text), "'%.12s', here '%.12s'", a->vendor, here->vendor);
		break;
	case KJ_GUARD_LA57:
		snprintf(text, sizeof(text), "%d levels, here %d", 4 + !!kj_get_le32(a->la57),
			 4 + !!kj_get_le32(here->la57));
		break;
	case KJ_GUARD_E820:
		snprintf(text, sizeof(text), "checksum 0x%x, here 0x%x",
			 kj_get_le32(a->e820_crc), kj_get_le32(here->e820_crc));
		break;
	case KJ_GUARD_PHYSPAGES:
		snprintf(text, sizeof(text), "%llu pages, here %llu",
			 (unsigned long long)kj_get_le64(a->physpages),
			 (unsigned long long)kj_get_le64(here->physpages));
		break;
	case KJ_GUARD_RAM:
		snprintf(text, sizeof(text), "0x%llx-0x%llx", (unsigned long long)f->ram_start,
			 (unsigned long long)f->ram_end);
		break;
	case KJ_GUARD_MODEL:
		snprintf(text, sizeof(text), "signature 0x%x, here 0x%x",
			 kj_get_le32(a->cpu_sig), kj_get_le32(here->cpu_sig));
		break;
	case KJ_GUARD_MICROCODE:
		snprintf(text, sizeof(text), "0x%x, here 0x%x", kj_get_le32(a->microcode),
			 kj_get_le32(here->microcode));
		break;
	}
	kj_log(level, "%s: image of %s: %s: %s", r->path,
	       level == KJ_LOG_ERR ? "another machine" : "this machine, changed",
	       kj_guard_text(g), text);
}

int kj_restore_compare(struct kj_restore *r, const struct kj_le_host *here, const struct kj_ranges *ram)
{
	struct kj_guard_found found;
	uint32_t bits, bit;

	bits = kj_guard_compare(&r->img.head->host, &r->img.ram, here, ram, &found);
	/* one failure, one line: beside a reason to refuse, the others and the warnings are noise */
	if (bits & KJ_GUARD_REFUSE)
		bits = kj_guard_first(bits);
	for (bit = 1; bit && bit <= bits; bit <<= 1)
		if (bits & bit)
			say_guard(r, (enum kj_guard)bit, here, &found);
	return bits & KJ_GUARD_REFUSE ? EX_DATAERR : 0;
}

/* ---- the path ---- */

static int gather(struct kj_restore *r, const struct kj_ranges *ram, struct kj_path_facts *f)
{
	struct kj_runs runs = { 0 };
	char why[KJ_HOST_WHY];

	memset(f, 0, sizeof(*f));
	f->has_snapshot = !access(KJ_SNAPSHOT_PATH, F_OK);
	f->snapshot_off = kj_host_hibernation_off();
	f->need = kj_host_need(r->stream.head.pages, r->stream.head.physpages, kj_pool_memory(r->workers));
	f->mapped = kj_block_is_dm(r->img.fd);
	f->has_kernel = !access(r->kernel, R_OK) && !access(r->initrd, R_OK);
	f->kexec = kj_host_kexec();
	f->window = &r->img.window;
	f->ram = ram;
	f->window_need = kj_direct_need(r->img.nunits, 1, kj_write_memory());
	f->staged = f->kexec == KJ_KEXEC_ABLE && kj_stage_able() == 1;
	kj_stream_pages(&r->stream, &runs);
	f->runs = runs.n;
	f->runs_max = KJ_STAGE_MAX;
	f->stage_need = kj_stage_need(runs.pages, runs.n, r->stream.head.physpages,
				      kj_kexec_memory() + kj_pool_memory(r->workers));
	if (!kj_host_memory(f->staged && f->stage_need > f->need ? f->stage_need : f->need, &f->have, why))
		return 0;
	kj_log(KJ_LOG_ERR, "%s", why);
	return EX_UNAVAILABLE;
}

/* MiB that a path takes. */
static unsigned long long needed(const struct kj_path_facts *f, enum kj_path p)
{
	return (p == KJ_PATH_KEXEC ? f->stage_need : f->need) >> 20;
}

/* Why there is no path, in one line: of what was asked for, else of both. */
static int no_path(const struct kj_restore *r, const struct kj_path_facts *f, const struct kj_path_choice *c)
{
	const enum kj_path p = r->want ? r->want : KJ_PATH_SNAPSHOT;
	char mem[80] = "", other[120] = "";

	if (c->why[p] == KJ_WHY_MEMORY)
		snprintf(mem, sizeof(mem), ": %llu MiB needed, %llu there", needed(f, p), (unsigned long long)(f->have >> 20));
	if (!r->want)
		snprintf(other, sizeof(other), "; path direct: %s", kj_path_text(c->why[KJ_PATH_DIRECT]));
	kj_log(KJ_LOG_ERR, "%s: not restored: path %s: %s%s%s", r->path, kj_path_name(p), kj_path_text(c->why[p]), mem,
	       other);
	return c->why[p] == KJ_WHY_MEMORY ? EX_TEMPFAIL : EX_UNAVAILABLE;
}

static int choose_path(struct kj_restore *r, const struct kj_ranges *ram, enum kj_path *ret)
{
	struct kj_path_choice c;
	struct kj_path_facts f;
	const char *why = "asked for";
	int status = gather(r, ram, &f);

	if (status)
		return status;
	if (kj_path_choose(&f, r->want, &c))
		return no_path(r, &f, &c);
	if (!r->want)
		why = c.path == KJ_PATH_SNAPSHOT ? "there is memory for it" : kj_path_text(c.why[KJ_PATH_SNAPSHOT]);
	kj_log(KJ_LOG_NOTE, "path %s for %s: %s (%llu MiB needed beside this kernel, %llu there)", kj_path_name(c.path),
	       r->path, why, (unsigned long long)(f.need >> 20), (unsigned long long)(f.have >> 20));
	*ret = c.path;
	return 0;
}

/* Is each file system that A has mounted as A left it? */
static int guard_disks(struct kj_restore *r)
{
	char why[KJ_PRINTS_WHY];
	int status = kj_prints_compare(&r->img.head->prints, DISK_WAIT, why);

	if (status)
		kj_log(KJ_LOG_ERR, "%s: not restored: %s", r->path, why);
	return status;
}

int kj_restore_guard(struct kj_restore *r, enum kj_path *ret)
{
	char why[KJ_HOST_WHY];
	struct kj_le_host here;
	struct kj_ranges ram;
	int err;

	if (kj_host_unwanted())
		return say(r, NONE, "not restored: noresume on the kernel command line");
	err = kj_host_read(&here, &ram, why);
	if (err) {
		kj_log(KJ_LOG_ERR, "%s", why);
		return err == -EPERM ? EX_NOPERM : EX_UNAVAILABLE;
	}
	err = kj_restore_compare(r, &here, &ram);
	if (!err)
		err = guard_disks(r);
	return err ? err : choose_path(r, &ram, ret);
}

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
