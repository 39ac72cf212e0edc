// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fork(), and one byte per item that workers change with compare-and-swap. It must never use a
 * lock: a worker that dies holding one would stop the others.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/compat.h"
#include "sys/io.h"
#include "sys/workers.h"

#define CLAIM_DONE 255u

#ifndef PR_SET_PDEATHSIG
#define PR_SET_PDEATHSIG 1
#endif

static void child(unsigned int nr, pid_t parent, int (*fn)(unsigned int nr, void *ctx), void *ctx)
{
	(void)signal(SIGINT, SIG_IGN);
	(void)signal(SIGTERM, SIG_IGN);
	(void)signal(SIGHUP, SIG_IGN);
	(void)kj_syscall(__NR_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0, 0);
	/* it may have died before the line above */
	if (getppid() != parent)
		_exit(1);
	_exit(fn(nr, ctx) & 255);
}

int kj_workers_start(struct kj_workers *w, unsigned int n, int (*fn)(unsigned int nr, void *ctx),
		     void *ctx)
{
	const pid_t parent = getpid();
	int end[2], err = 0;
	unsigned int i;

	memset(w, 0, sizeof(*w));
	w->fd = -1;
	if (!n || n > KJ_WORKERS_MAX)
		return -EINVAL;
	if (pipe(end))
		return -errno;
	for (i = 0; i < n; i++) {
		pid_t pid = fork();

		if (!pid) {
			(void)close(end[0]);
			child(i, parent, fn, ctx);
		}
		if (pid < 0) {
			err = -errno;
			break;
		}
		w->pid[i] = pid;
	}
	(void)close(end[1]);
	w->n = w->running = i;
	w->fd = end[0];
	if (i)
		return 0;
	(void)kj_close(end[0]);
	w->fd = -1;
	return err;
}

static void note_end(struct kj_workers *w, unsigned int i, int status)
{
	w->pid[i] = 0;
	w->running--;
	if (WIFSIGNALED(status)) {
		if (!w->lost++)
			w->signal = WTERMSIG(status);
	} else if (WEXITSTATUS(status)) {
		if (!w->failed++)
			w->status = WEXITSTATUS(status);
	}
}

static void reap(struct kj_workers *w, int flags)
{
	unsigned int i;

	for (i = 0; i < w->n; i++) {
		int status = 0;
		pid_t r;

		if (!w->pid[i])
			continue;
		do {
			r = waitpid(w->pid[i], &status, flags);
		} while (r < 0 && errno == EINTR);
		/* a child that cannot be waited for is a child whose end nobody knows */
		if (r < 0)
			status = SIGKILL;
		if (r)
			note_end(w, i, status);
	}
	if (!w->running && w->fd >= 0) {
		(void)kj_close(w->fd);
		w->fd = -1;
	}
}

unsigned int kj_workers_wait(struct kj_workers *w, int timeout_ms)
{
	struct pollfd p;

	if (!w->running)
		return 0;
	p.fd = w->fd;
	p.events = POLLIN;
	p.revents = 0;
	/* end of file comes before the exit status can be had, hence the blocking reap */
	reap(w, poll(&p, 1, timeout_ms) > 0 ? 0 : WNOHANG);
	return w->running;
}

void kj_workers_kill(struct kj_workers *w)
{
	unsigned int i;

	for (i = 0; i < w->n; i++)
		if (w->pid[i])
			(void)kill(w->pid[i], SIGKILL);
	reap(w, 0);
}

unsigned int kj_cpus_online(void)
{
	uint8_t mask[128];
	unsigned int n = 0;
	long i, len;

	len = kj_syscall(__NR_sched_getaffinity, 0, sizeof(mask), (long)mask, 0, 0, 0);
	for (i = 0; i < len * 8; i++)
		n += mask[i / 8] >> (i % 8) & 1u;
	if (!n)
		n = 1;
	return n > KJ_WORKERS_MAX ? KJ_WORKERS_MAX : n;
}

size_t kj_claims_size(uint32_t n)
{
	return sizeof(struct kj_claims) + n;
}

void kj_claims_init(struct kj_claims *c, uint32_t n)
{
	memset(c, 0, kj_claims_size(n));
	c->n = n;
}

int64_t kj_claims_take(struct kj_claims *c, unsigned int worker)
{
	uint32_t i = __atomic_load_n(&c->hint, __ATOMIC_RELAXED);

	for (; i < c->n; i++) {
		uint8_t is_free = 0;

		if (__atomic_compare_exchange_n(&c->state[i], &is_free, (uint8_t)(worker + 1), 0,
						__ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) {
			/* may go back a little when two race: costs a look, loses nothing */
			__atomic_store_n(&c->hint, i + 1, __ATOMIC_RELAXED);
			return i;
		}
	}
	return -1;
}

void kj_claims_done(struct kj_claims *c, uint32_t i)
{
	__atomic_store_n(&c->state[i], (uint8_t)CLAIM_DONE, __ATOMIC_RELEASE);
}

int kj_claims_is_done(const struct kj_claims *c, uint32_t i)
{
	return __atomic_load_n(&c->state[i], __ATOMIC_ACQUIRE) == CLAIM_DONE;
}

uint32_t kj_claims_again(struct kj_claims *c)
{
	uint32_t i, left = 0;

	for (i = 0; i < c->n; i++) {
		if (kj_claims_is_done(c, i))
			continue;
		c->state[i] = 0;
		left++;
	}
	c->hint = 0;
	return left;
}
