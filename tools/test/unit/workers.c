// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Workers: claims are taken once, deaths are noticed, nothing counts as done that was not.
 */
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "sys/compat.h"
#include "sys/workers.h"
#include "tap.h"

#define ITEMS 5000u

struct shared {
	uint32_t sum[ITEMS]; /* how often each item was worked on */
	uint32_t killed;
	int victim; /* item whose worker dies, -1: none */
	int status; /* what workers exit with */
	struct kj_claims claims;
};

static struct shared *sh;

static int work(unsigned int nr, void *ctx)
{
	struct shared *s = ctx;
	int64_t i;

	while ((i = kj_claims_take(&s->claims, nr)) >= 0) {
		if (i == s->victim && !__atomic_exchange_n(&s->killed, 1, __ATOMIC_SEQ_CST))
			raise(SIGKILL);
		__atomic_fetch_add(&s->sum[i], 1, __ATOMIC_RELAXED);
		kj_claims_done(&s->claims, (uint32_t)i);
	}
	return s->status;
}

static void run(struct kj_workers *w, unsigned int n)
{
	is(kj_workers_start(w, n, work, sh), 0, "start");
	is(w->n, n, "as many as asked for");
	while (kj_workers_wait(w, 100))
		;
}

static unsigned int wrong(void)
{
	unsigned int bad = 0;

	for (unsigned int i = 0; i < ITEMS; i++)
		bad += sh->sum[i] != 1;
	return bad;
}

static int endless(unsigned int nr, void *ctx)
{
	(void)nr;
	(void)ctx;
	kill(getpid(), SIGTERM); /* ignored */
	while (getppid() != 1)
		pause();
	return 0;
}

int main(void)
{
	struct kj_workers w;
	void *p;

	if (kj_alloc_shared(sizeof(*sh) + ITEMS, &p))
		return 1;
	sh = p;
	sh->victim = -1;
	kj_claims_init(&sh->claims, ITEMS);
	run(&w, 4);
	ok(!w.lost && !w.failed && !w.running, "all ended well");
	is(kj_claims_again(&sh->claims), 0, "everything is done");
	is(wrong(), 0, "each item once");

	memset(sh->sum, 0, sizeof(sh->sum));
	kj_claims_init(&sh->claims, ITEMS);
	sh->victim = 777;
	run(&w, 2);
	is(w.lost, 1, "one worker died");
	is(w.signal, SIGKILL, "of this signal");
	ok(!kj_claims_is_done(&sh->claims, 777) && kj_claims_is_done(&sh->claims, 0),
	   "its item is not done, another is");
	is(kj_claims_again(&sh->claims), 1, "its item is not done");
	run(&w, 1);
	is(kj_claims_again(&sh->claims), 0, "a second round does it");
	is(wrong(), 0, "each item once");

	kj_claims_init(&sh->claims, 0);
	is(kj_claims_take(&sh->claims, 0), -1, "no items");
	sh->status = 7;
	run(&w, 3);
	is(w.failed, 3, "all failed");
	is(w.status, 7, "with this status");

	is(kj_workers_start(&w, 2, endless, NULL), 0, "start workers that never end");
	is(kj_workers_wait(&w, 50), 2, "they run");
	kj_workers_kill(&w);
	is(w.running, 0, "none runs");
	is(w.lost, 2, "both lost");
	is(-kj_workers_start(&w, 0, endless, NULL), 22, "no worker is refused");
	is(-kj_workers_start(&w, 65, endless, NULL), 22, "too many are refused");
	ok(kj_cpus_online() >= 1 && kj_cpus_online() <= KJ_WORKERS_MAX, "%u CPUs",
	   kj_cpus_online());
	kj_munmap(sh, sizeof(*sh) + ITEMS);
	return tap_done();
}
