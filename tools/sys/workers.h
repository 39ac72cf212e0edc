/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Worker processes over shared memory, and the list of what they have taken and finished. It must
 * never let a worker's death pass for work that was done.
 */
#ifndef KJ_SYS_WORKERS_H
#define KJ_SYS_WORKERS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define KJ_WORKERS_MAX 64u

struct kj_workers {
	unsigned int n;
	unsigned int running;
	unsigned int lost;         /* ended by a signal */
	unsigned int failed;       /* ended with another status than 0 */
	int signal;                /* that ended the first one lost */
	int status;                /* of the first one that failed */
	int fd;                    /* reads end of file when the last one is gone */
	pid_t pid[KJ_WORKERS_MAX]; /* 0: reaped */
};

/*
 * Fork @n workers, 1 to KJ_WORKERS_MAX, that each run @fn(number, @ctx) and exit with what it
 * returns (0 to 255). They ignore SIGINT, SIGTERM and SIGHUP, which are the parent's to decide
 * about, and are killed when the parent dies. 0; fewer than @n were possible: 0 as well, see ->n;
 * -errno: none.
 */
int kj_workers_start(struct kj_workers *w, unsigned int n, int (*fn)(unsigned int nr, void *ctx),
		     void *ctx);

/* Wait until all are gone, or @timeout_ms have passed, or a signal came; then reap. Returns how
 * many run. */
unsigned int kj_workers_wait(struct kj_workers *w, int timeout_ms);

/* Kill (SIGKILL) and reap the rest. */
void kj_workers_kill(struct kj_workers *w);

/* CPUs that this process may run on, at least 1, at most KJ_WORKERS_MAX. */
unsigned int kj_cpus_online(void);

/* ---- claims: in memory of kj_alloc_shared(), kj_claims_size() bytes ---- */

struct kj_claims {
	uint32_t n;
	uint32_t hint;   /* nothing free below, unless kj_claims_again() was called */
	uint8_t state[]; /* 0 free, 255 done, else worker number + 1 */
};

size_t kj_claims_size(uint32_t n);
void kj_claims_init(struct kj_claims *c, uint32_t n);
/* An item that is now @worker's (below KJ_WORKERS_MAX), or -1: none is left. */
int64_t kj_claims_take(struct kj_claims *c, unsigned int worker);
void kj_claims_done(struct kj_claims *c, uint32_t i);
int kj_claims_is_done(const struct kj_claims *c, uint32_t i);
/* With no worker running: free what is taken but not done. Returns how many items are not done. */
uint32_t kj_claims_again(struct kj_claims *c);

#endif
