// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Worker processes for reading an image. They must never outlive the process that started them,
 * and never write anywhere but into their own two buffers and pipe.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/lib/restore_pool.h"
#include "sys/compat.h"
#include "sys/io.h"

/* What a worker says of a unit: short enough for a pipe to take it in one piece. */
struct message {
	int32_t err; /* 0 or -errno */
	uint32_t at; /* where in the buffer the pages begin */
	char why[KJ_IMG_WHY];
};

static uint8_t *buffer(const struct kj_pool *p, uint32_t worker, uint64_t round)
{
	return p->buf + (size_t)(2 * worker + (round & 1)) * KJ_IMG_ROOM;
}

uint64_t kj_pool_memory(uint32_t workers)
{
	/* two buffers, one chunk, one unit of kj_img_work, codec, stack and page tables */
	return (uint64_t)workers * (4 * KJ_IMG_ROOM + 512 * 1024);
}

/* Close one end of a pipe, once. */
static void shut(int *end)
{
	if (*end >= 0)
		kj_close(*end);
	*end = -1;
}

static void shut_all(struct kj_pool *p)
{
	uint32_t i;

	for (i = 0; i < KJ_POOL_MAX; i++) {
		shut(&p->done[i][0]);
		shut(&p->done[i][1]);
		shut(&p->more[i][0]);
		shut(&p->more[i][1]);
	}
}

/* Keep only our own two ends: an end of file must mean what it says. */
static void keep_own(struct kj_pool *p, uint32_t me, int *done, int *more)
{
	*done = p->done[me][1];
	*more = p->more[me][0];
	p->done[me][1] = p->more[me][0] = -1;
	shut_all(p);
}

/* A worker's life, in its own process. Returns its exit status. */
static int work(unsigned int me, void *ctx)
{
	struct kj_pool *p = ctx;
	struct kj_img_work w;
	uint64_t u, k = 0, round = 0;
	const uint8_t *data;
	struct message m;
	int done, more;
	uint8_t go;

	keep_own(p, me, &done, &more);
	memset(&m, 0, sizeof(m));
	m.err = kj_img_work_init(&w);
	if (m.err) {
		snprintf(m.why, sizeof(m.why), "worker: %s", strerror(-m.err));
		kj_write_full(done, &m, sizeof(m));
		return 1;
	}
	for (u = 0; u < p->img->nunits; u++) {
		const struct kj_le_entry *e = &p->img->index[u];

		if (!kj_get_le32(e->dlen) || k++ % p->n != me)
			continue;
		/* both buffers are free at first */
		if (round >= 2 && kj_read_full(more, &go, 1, NULL))
			return 0; /* nobody wants more */
		m.err = kj_img_unit(p->img, e, &w, buffer(p, me, round), m.why, &data);
		m.at = m.err ? 0 : (uint32_t)(data - buffer(p, me, round));
		if (kj_write_full(done, &m, sizeof(m)) || m.err)
			return m.err != 0;
		round++;
	}
	return 0;
}

/* Pipes first, so that every worker finds all of them open and can close what is not its. */
static int start(struct kj_pool *p)
{
	uint32_t i;
	int r;

	for (i = 0; i < p->n; i++)
		if (pipe(p->done[i]) || pipe(p->more[i]))
			return -errno;
	r = kj_workers_start(&p->workers, p->n, work, p);
	for (i = 0; i < p->n; i++) {
		shut(&p->done[i][1]);
		shut(&p->more[i][0]);
	}
	/* units are dealt by the number of workers, so there is no going on with fewer */
	return !r && p->workers.n < p->n ? -EAGAIN : r;
}

int kj_pool_start(struct kj_pool *p, const struct kj_img *img, uint32_t workers)
{
	void *buf;
	int r;

	memset(p, 0, sizeof(*p));
	memset(p->done, 0xff, sizeof(p->done));
	memset(p->more, 0xff, sizeof(p->more));
	if (!workers || workers > KJ_POOL_MAX)
		return -EINVAL;
	r = kj_alloc_shared((size_t)2 * workers * KJ_IMG_ROOM, &buf);
	if (r) {
		snprintf(p->why, sizeof(p->why), "buffers: %s", strerror(-r));
		return r;
	}
	p->buf = buf;
	p->n = workers;
	p->img = img;
	/* who stops listening, or speaking, is found by the return value; workers inherit it */
	signal(SIGPIPE, SIG_IGN);
	r = start(p);
	if (r) {
		snprintf(p->why, sizeof(p->why), "cannot start workers: %s", strerror(-r));
		kj_pool_end(p);
	}
	return r;
}

int kj_pool_get(struct kj_pool *p, const uint8_t **ret)
{
	const uint32_t i = (uint32_t)(p->next % p->n);
	struct message m;
	int r;

	r = kj_read_full(p->done[i][0], &m, sizeof(m), NULL);
	if (r) {
		snprintf(p->why, sizeof(p->why), "worker %u died", i);
		return -EPIPE;
	}
	if (m.err) {
		m.why[sizeof(m.why) - 1] = 0;
		memcpy(p->why, m.why, sizeof(p->why));
		return m.err;
	}
	*ret = buffer(p, i, p->next / p->n) + m.at;
	return 0;
}

void kj_pool_put(struct kj_pool *p)
{
	const uint32_t i = (uint32_t)(p->next++ % p->n);

	/* fails when the worker has ended because there is no unit left for it */
	kj_write_full(p->more[i][1], "", 1);
}

int kj_pool_end(struct kj_pool *p)
{
	unsigned int tries;
	int r;

	if (!p->n)
		return 0;
	shut_all(p);
	/* they see that and go, unless the disk does not answer */
	for (tries = 0; tries < 50 && kj_workers_wait(&p->workers, 100); tries++)
		;
	r = p->workers.lost ? -ECHILD : 0;
	kj_workers_kill(&p->workers);
	kj_munmap(p->buf, (size_t)2 * p->n * KJ_IMG_ROOM);
	p->buf = NULL;
	p->n = 0;
	return r;
}
