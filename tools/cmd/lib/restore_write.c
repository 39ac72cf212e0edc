// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Writing physical memory from an image. It must never map a page that is not RAM of the image's system, or lies in its
 * window: there this kernel runs.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cmd/lib/progress.h"
#include "cmd/lib/restore_write.h"
#include "core/unit.h"
#include "sys/compat.h"
#include "sys/devmem.h"
#include "sys/io.h"
#include "sys/workers.h"

#define POLL_MS 200

struct shared {
	uint32_t stop;
	int32_t err;
	uint64_t done;	/* pages written */
	char why[KJ_IMG_WHY];
};

struct ctx {
	struct kj_write *w;
	struct shared *sh;
	struct kj_claims *claims;
	int fd;
	int filling;	/* byte of a free page that A relies on */
};

static int failed(struct shared *sh, int err, const char *why)
{
	int32_t none = 0;

	if (__atomic_compare_exchange_n(&sh->err, &none, err, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		snprintf(sh->why, sizeof(sh->why), "%s", why);
	__atomic_store_n(&sh->stop, 1, __ATOMIC_RELEASE);
	return err;
}

static int page_failed(struct shared *sh, uint64_t pfn, int err)
{
	char why[KJ_IMG_WHY];

	snprintf(why, sizeof(why), "page 0x%llx of memory: %s", (unsigned long long)pfn << 12, strerror(-err));
	return failed(sh, err, why);
}

/* The pages of @e's unit that are written without being in the image, as bits of @ret; returns how many. */
static unsigned int others(const struct kj_write *w, const struct kj_le_entry *e, uint8_t ret[KJ_UNIT_MASK])
{
	const struct kj_img *img = w->img;
	unsigned int i, n = kj_entry_fill(e, &img->ram, &img->window, ret);

	if (n || !w->blank)
		return n;
	kj_unit_mask(&img->ram, &img->window, kj_get_le64(e->pfn), ret);
	for (i = 0; i < KJ_UNIT_MASK; i++)
		ret[i] = (uint8_t)(ret[i] & ~(e->data[i] | e->zero[i]));
	return kj_unit_weight(ret);
}

/* Pages [first, last) of @e's unit: from the payload, or the filling, or zero; *data moves on behind those that were in
 * the payload. */
static int put_run(struct ctx *c, const struct kj_le_entry *e, unsigned int first, unsigned int last, const uint8_t **data)
{
	const uint64_t pfn = kj_get_le64(e->pfn);
	const int filling = kj_get_le16(e->flags) & KJ_ENTRY_FILL ? c->filling : 0;
	const size_t len = (size_t)(last - first) * 4096;
	uint8_t *mem;
	unsigned int i;
	int err;

	err = kj_devmem_map_at(c->fd, (pfn + first) << 12, len, 1, &mem);
	if (err)
		return page_failed(c->sh, pfn + first, err);
	for (i = first; i < last; i++) {
		uint8_t *page = mem + (size_t)(i - first) * 4096;

		if (kj_unit_bit(e->data, i)) {
			memcpy(page, *data, 4096);
			*data += 4096;
		} else {
			memset(page, kj_unit_bit(e->zero, i) ? 0 : filling, 4096);
		}
	}
	kj_munmap(mem, len);
	return 0;
}

/* A unit in runs of pages that the image holds, or that are to be filled: what lies between is not even mapped. */
static int put_unit(struct ctx *c, const struct kj_le_entry *e, const uint8_t *data)
{
	uint8_t fill[KJ_UNIT_MASK];
	unsigned int i, first = 0, n = 0, filled = others(c->w, e, fill);
	int err = 0;

	for (i = 0; i <= KJ_UNIT_PAGES && !err; i++) {
		if (i < KJ_UNIT_PAGES && (kj_unit_bit(e->data, i) || kj_unit_bit(e->zero, i) ||
					  kj_unit_bit(fill, i))) {
			if (!n++)
				first = i;
			continue;
		}
		if (n)
			err = put_run(c, e, first, i, &data);
		n = 0;
	}
	if (!err)
		__atomic_fetch_add(&c->sh->done, kj_unit_weight(e->data) + kj_unit_weight(e->zero) + filled,
				   __ATOMIC_RELAXED);
	return err;
}

/* In its own process: what it allocates goes with it. */
static int work(unsigned int me, void *ctx)
{
	struct ctx *c = ctx;
	const struct kj_img *img = c->w->img;
	struct kj_img_work iw;
	const uint8_t *data;
	char why[KJ_IMG_WHY];
	int64_t u;
	int err = kj_img_work_init(&iw);

	if (err) {
		failed(c->sh, err, "worker: out of memory");
		return 0;
	}
	while (!__atomic_load_n(&c->sh->stop, __ATOMIC_ACQUIRE) && (u = kj_claims_take(c->claims, me)) >= 0) {
		const struct kj_le_entry *e = &img->index[u];

		err = kj_img_unit(img, e, &iw, iw.unit, why, &data);
		if (err)
			failed(c->sh, err, why);
		else
			err = put_unit(c, e, data);
		if (err)
			break;
		kj_claims_done(c->claims, (uint32_t)u);
	}
	return 0;
}

uint64_t kj_write_memory(void)
{
	/* one chunk, one unit, codec, stack and page tables */
	return 2 * KJ_IMG_ROOM + 1024 * 1024;
}

/* Pages that will be written. */
static uint64_t count_pages(const struct kj_write *w)
{
	const struct kj_img *img = w->img;
	uint64_t n = kj_get_le64(img->head->data_pages) + kj_get_le64(img->head->zero_pages), u;
	uint8_t fill[KJ_UNIT_MASK];

	for (u = 0; u < img->nunits; u++)
		n += others(w, &img->index[u], fill);
	return n;
}

static int watch(struct ctx *c, struct kj_workers *ws, uint64_t total)
{
	struct kj_meter meter;
	int err;

	kj_meter_start(&meter, "kjump-restore: writing", total * 4096, c->w->quiet);
	while (kj_workers_wait(ws, POLL_MS)) {
		kj_meter_update(&meter, 4096 * __atomic_load_n(&c->sh->done, __ATOMIC_RELAXED));
		if (ws->lost)
			failed(c->sh, -EPIPE, "a worker died");
	}
	kj_meter_end(&meter);
	if (ws->lost || ws->failed)
		failed(c->sh, -EPIPE, "a worker died");
	err = c->sh->err;
	if (!err && (kj_claims_again(c->claims) || c->sh->done != total))
		err = failed(c->sh, -EIO, "not all of it was written");
	return err;
}

int kj_write_run(struct kj_write *w)
{
	const uint64_t n = w->img->nunits, t0 = kj_meter_now();
	struct ctx c = { .w = w, .filling = (int)(kj_get_le64(w->img->head->fill) & 0xff) };
	struct kj_workers ws;
	size_t len;
	void *p;
	int err;

	if (n > UINT32_MAX / 2 || !w->workers || w->workers > KJ_WORKERS_MAX)
		return -EINVAL;
	len = sizeof(*c.sh) + kj_claims_size((uint32_t)n);
	c.fd = kj_devmem_open(w->mem, 1);
	if (c.fd < 0) {
		snprintf(w->why, sizeof(w->why), "%s: %s", w->mem, strerror(-c.fd));
		return c.fd;
	}
	err = kj_alloc_shared(len, &p);
	if (!err) {
		c.sh = p;
		c.claims = (struct kj_claims *)(c.sh + 1);
		kj_claims_init(c.claims, (uint32_t)n);
		err = kj_workers_start(&ws, w->workers, work, &c);
		if (err)
			failed(c.sh, err, "cannot start workers");
		else
			err = watch(&c, &ws, count_pages(w));
		memcpy(w->why, c.sh->why, sizeof(w->why));
		kj_munmap(p, len);
	} else {
		snprintf(w->why, sizeof(w->why), "out of memory");
	}
	kj_close(c.fd);
	w->ms = (kj_meter_now() - t0) / 1000000;
	return err;
}

int kj_write_page(const struct kj_write *w, uint64_t pfn, const uint8_t page[4096])
{
	uint8_t *mem;
	int err;

	/* only over what was the image's to write */
	if (!kj_img_has(w->img, pfn))
		return -ENOENT;
	err = kj_devmem_map(w->mem, pfn << 12, 1, &mem);
	if (err)
		return err;
	memcpy(mem, page, 4096);
	kj_munmap(mem, 4096);
	return 0;
}
