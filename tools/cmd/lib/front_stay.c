// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Snapshots by a kernel B that stays: its holder is a child of the first one's kjump; must never enter an image that is not
 * the one that was left there.
 */
#include "cmd/lib/front_stay.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "cmd/lib/load_mark.h"
#include "core/xxh.h"
#include "sys/child.h"
#include "sys/compat.h"
#include "sys/hold.h"
#include "sys/io.h"
#include "sys/kexec.h"
#include "sys/log.h"

#define FDS 1024	/* a holder keeps none of its parent's */

/* ---- which B ---- */

static void add_file(struct kj_xxh64 *st, const char *path)
{
	uint64_t of[4] = { 0 };
	struct stat s;

	if (!stat(path, &s)) {
		of[0] = (uint64_t)s.st_dev;
		of[1] = (uint64_t)s.st_ino;
		of[2] = (uint64_t)s.st_size;
		of[3] = (uint64_t)s.st_mtime;
	}
	kj_xxh64_update(st, path, strlen(path) + 1);
	kj_xxh64_update(st, of, sizeof(of));
}

static uint64_t made_of(const struct kj_front *f)
{
	struct kj_xxh64 st;

	kj_xxh64_init(&st, 0);
	add_file(&st, f->kernel);
	add_file(&st, f->initrd);
	kj_xxh64_update(&st, f->append, strlen(f->append) + 1);
	kj_xxh64_update(&st, f->window, strlen(f->window) + 1);
	return kj_xxh64_digest(&st);
}

static int take(struct kj_run *r)
{
	const struct kj_stay *s = &r->resident;

	for (unsigned int i = 0; i < KJ_PIN_PAGES; i++) {
		void *p;

		/* made here, and copied: the pages themselves are the holder's */
		if (kj_alloc_pages(4096, &p)) {
			kj_log(KJ_LOG_ERR, "not enough memory");
			return EX_TEMPFAIL;
		}
		r->pin.page[i] = p;
		r->pin.pa[i] = s->pa[i];
	}
	memcpy(r->job_nonce, s->nonce[0], 16);
	memcpy(r->mbox_nonce, s->nonce[1], 16);
	r->warm = r->stay = 1;
	return 0;
}

/* ---- the child that holds ---- */

/* The run is the child's. It tells how that went, or just ends. */
static int wait_for(pid_t pid, int fd)
{
	unsigned char status;
	size_t got = 0;
	pid_t ended;
	int st;

	if (!kj_read_full(fd, &status, 1, &got))
		return status;
	do {
		ended = waitpid(pid, &st, 0);
	} while (ended < 0 && errno == EINTR);
	return ended == pid && WIFEXITED(st) ? WEXITSTATUS(st) : EX_SOFTWARE;
}

static enum kj_stay_begin fork_holder(struct kj_run *r, int *status)
{
	int fd[2];
	pid_t pid;

	if (pipe(fd) < 0) {
		kj_log(KJ_LOG_ERR, "pipe: %s", strerror(errno));
		*status = EX_OSERR;
		return KJ_STAY_FAILED;
	}
	fflush(stdout);
	/* both: what comes is for the child to see */
	kj_hold_signals();
	pid = fork();
	if (pid < 0) {
		kj_log(KJ_LOG_ERR, "fork: %s", strerror(errno));
		kj_close(fd[0]);
		kj_close(fd[1]);
		*status = EX_OSERR;
		return KJ_STAY_FAILED;
	}
	if (!pid) {
		kj_close(fd[0]);
		r->tell = fd[1];
		return KJ_STAY_GO;
	}
	kj_close(fd[1]);
	*status = wait_for(pid, fd[0]);
	kj_hold_end();
	return KJ_STAY_DONE;
}

enum kj_stay_begin kj_front_stay_begin(struct kj_run *r, int wanted, int *status)
{
	const int err = kj_stay_open("", &r->resident);
	const char *why = NULL;

	r->tell = -1;
	if (!err && r->resident.made_of != made_of(&r->conf))
		why = "is of other files or settings";
	else if (!err && kj_stay_check("", &r->resident))
		why = "is not what is loaded now";
	else if (err && err != -ENOENT)
		why = "has lost the process that held its pages";
	if (!err && !why) {
		*status = take(r);
		return *status ? KJ_STAY_FAILED : KJ_STAY_GO;
	}
	kj_stay_close(&r->resident);
	if (!why && !wanted)
		return KJ_STAY_GO;
	if (access(KJ_KEXEC_CORE_SIZE, F_OK)) {
		kj_log(KJ_LOG_ERR, "--stay: this kernel tells no kernel B that stays what memory there is: it needs kernel-patch/");
		*status = EX_UNAVAILABLE;
		return KJ_STAY_FAILED;
	}
	if (why) {
		kj_log(KJ_LOG_NOTE, "kernel B in memory %s: loaded anew", why);
		*status = kj_run_unload(r);
		if (*status)
			return KJ_STAY_FAILED;
	}
	r->stay = 1;
	return fork_holder(r, status);
}

/* ---- around the jump ---- */

int kj_front_stay_put(struct kj_run *r)
{
	int err;

	if (!r->warm)
		return 0;
	/* once more, now that nobody else can jump */
	err = kj_stay_check("", &r->resident);
	if (!err)
		err = kj_stay_put(&r->resident, 0, r->pin.page[0]);
	return err ? err : kj_stay_put(&r->resident, 1, r->pin.page[1]);
}

int kj_front_stay_get(struct kj_run *r)
{
	static const uint8_t none[4096];

	if (!r->warm)
		return 0;
	/* whoever enters B now has no job for it, and a key of this one's is gone */
	(void)kj_stay_put(&r->resident, 0, none);
	return kj_stay_get(&r->resident, 1, r->pin.page[1]);
}

/* A failure of B's may come from something that it does not know of: the next one begins anew. */
static int may_go_on(const struct kj_run *r)
{
	const struct kj_le_mbox *m = (const struct kj_le_mbox *)r->pin.page[1];
	const uint32_t result = kj_get_le32(m->result);

	return !kj_mbox_check(m, r->mbox_nonce) && !memcmp(m->id, r->id, 16) && kj_get_le32(m->entered) == KJ_HOW_JUMP &&
	       kj_get_le32(m->stays) && (!result || result == KJ_RESULT_STOPPED);
}

void kj_front_stay_settle(struct kj_run *r)
{
	const struct kj_le_mbox *m = (const struct kj_le_mbox *)r->pin.page[1];

	r->resident.jobs = kj_get_le32(m->stays);
	r->stays = r->stay && may_go_on(r) && !kj_kcore_image("", &r->resident.image) && r->resident.image.addr;
	if (r->stays && r->warm && kj_stay_write(&r->resident))
		r->stays = 0;
	if (r->stays)
		return;
	if (r->stay)
		kj_log(KJ_LOG_WARN, "kernel B does not stay%s", kj_get_le32(m->stays) ? "" : ": its log says why");
	kj_run_unload(r);
}

/* ---- the holder's life ---- */

static void on_signal(int sig)
{
	(void)sig;
}

/* The pages, the lock and the pipe; nobody is to wait for our end at one of the others. */
static void leave_parent(const struct kj_run *r)
{
	int null = open("/dev/null", O_RDWR);

	for (int i = 0; null >= 0 && i < 3; i++)
		dup2(null, i);
	for (int i = 3; i < FDS; i++)
		if (i != r->pin.fd && i != r->resident.fd && i != r->tell)
			close(i);
	setsid();
	(void)!chdir("/");
}

/* All are held already. */
static void wait_signal(void)
{
	struct sigaction act = { .sa_handler = on_signal };
	sigset_t set;

	sigfillset(&set);
	sigdelset(&set, SIGTERM);
	sigaction(SIGTERM, &act, NULL);
	sigsuspend(&set);
}

void kj_front_stay_hold(struct kj_run *r, int status)
{
	const unsigned char tell = (unsigned char)status;
	struct kj_stay *s = &r->resident;
	int err;

	kj_hold_signals();
	s->pid = (uint32_t)getpid();
	s->made_of = made_of(&r->conf);
	for (unsigned int i = 0; i < KJ_PIN_PAGES; i++) {
		s->va[i] = (uint64_t)(uintptr_t)r->pin.page[i];
		s->pa[i] = r->pin.pa[i];
	}
	memcpy(s->nonce[0], r->job_nonce, 16);
	memcpy(s->nonce[1], r->mbox_nonce, 16);
	/* nobody's job until the next one */
	memset(r->pin.page[0], 0, 4096);
	err = kj_stay_make("", s);
	if (err) {
		kj_log(KJ_LOG_WARN, "%s: %s: kernel B does not stay", KJ_STAY_FILE, strerror(-err));
		kj_run_unload(r);
		return;
	}
	leave_parent(r);
	(void)kj_write_full(r->tell, &tell, 1);
	close(r->tell);
	wait_signal();
	/* which ends this process, too */
	kj_run_unload(r);
	_exit(0);
}
