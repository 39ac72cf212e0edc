// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Runs of free pages, counted, then listed. It must never list a page twice: what lies in the list pages themselves goes
 * to the tail.
 */
#include <errno.h>
#include <string.h>

#include "cmd/lib/restore_fill.h"
#include "core/le.h"
#include "core/unit.h"
#include "sys/compat.h"

struct walk {
	struct kj_fill_list *l;
	uint64_t start, len;		/* the run that may still grow */
	uint64_t entries;		/* listed so far */
	uint64_t best, best_len;	/* the longest run */
	int list;			/* second walk: write them */
};

static uint64_t entry(uint64_t pfn, uint64_t n)
{
	return pfn << 12 | n;
}

static void put(struct walk *w, uint64_t pfn, uint64_t n)
{
	while (n) {
		const uint64_t part = n < KJ_FILL_RUN ? n : KJ_FILL_RUN;

		if (w->list) {
			const uint64_t at = w->entries / KJ_FILL_LIST * 4096 + w->entries % KJ_FILL_LIST * 8;
			const le64 v = kj_put_le64(entry(pfn, part));

			memcpy(w->l->buf + at, &v, sizeof(v));
		}
		w->entries++;
		pfn += part;
		n -= part;
	}
}

static void end_run(struct walk *w)
{
	const struct kj_fill_list *l = w->l;

	if (w->list && w->len && w->start == l->pfn) {
		/* the list itself lies at its start */
		w->start += l->n;
		w->len -= l->n;
	}
	if (w->len > w->best_len) {
		w->best = w->start;
		w->best_len = w->len;
	}
	put(w, w->start, w->len);
	w->len = 0;
}

static void walk(struct walk *w, const struct kj_img *img)
{
	uint8_t mask[KJ_UNIT_MASK];
	unsigned int i;
	uint64_t u;

	for (u = 0; u < img->nunits; u++) {
		const struct kj_le_entry *e = &img->index[u];
		const uint64_t pfn = kj_get_le64(e->pfn);
		const unsigned int n = kj_entry_fill(e, &img->ram, &img->window, mask);

		if (!w->list)
			w->l->pages += n;
		for (i = 0; n && i < KJ_UNIT_PAGES; i++) {
			if (!kj_unit_bit(mask, i))
				continue;
			if (w->len && w->start + w->len != pfn + i)
				end_run(w);
			if (!w->len++)
				w->start = pfn + i;
		}
	}
	end_run(w);
}

/* The last entry of each page leads to the next, that of the last page nowhere. */
static void link_pages(struct kj_fill_list *l)
{
	uint64_t i;

	for (i = 0; i + 1 < l->n; i++) {
		const le64 v = kj_put_le64((l->pfn + i + 1) << 12);

		memcpy(l->buf + i * 4096 + KJ_FILL_LIST * 8, &v, sizeof(v));
	}
}

int kj_fill_make(struct kj_fill_list *l, const struct kj_img *img)
{
	struct walk w = { .l = l };
	uint64_t done;
	void *p;

	memset(l, 0, sizeof(*l));
	l->f.pattern = kj_get_le64(img->head->fill);
	walk(&w, img);
	if (!w.entries)
		return 0;
	l->n = (w.entries + KJ_FILL_LIST - 1) / KJ_FILL_LIST;
	l->pfn = w.best;
	if (w.best_len < l->n || l->n > (uint64_t)KJ_FILL_TAIL * KJ_FILL_RUN) {
		l->n = 0;
		return -ENOSPC;
	}
	if (kj_alloc_pages((size_t)l->n * 4096, &p)) {
		l->n = 0;
		return -ENOMEM;
	}
	l->buf = p;
	w = (struct walk){ .l = l, .list = 1 };
	walk(&w, img);
	link_pages(l);
	l->f.list = l->pfn << 12;
	for (done = 0; done < l->n; l->f.ntail++) {
		const uint64_t left = l->n - done, part = left < KJ_FILL_RUN ? left : KJ_FILL_RUN;

		l->f.tail[l->f.ntail] = entry(l->pfn + done, part);
		done += part;
	}
	return 0;
}

void kj_fill_free(struct kj_fill_list *l)
{
	kj_munmap(l->buf, (size_t)l->n * 4096);
	l->buf = NULL;
	l->n = 0;
}

const uint8_t *kj_fill_page(const struct kj_fill_list *l, uint64_t pfn)
{
	return pfn >= l->pfn && pfn - l->pfn < l->n ? l->buf + (pfn - l->pfn) * 4096 : NULL;
}
