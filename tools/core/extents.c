// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Making, writing and reading extent lists. It must never let through a list of which any part could be written to the
 * wrong place.
 */
#include "core/extents.h"

#include <string.h>

#include "core/job.h"
#include "core/xxh.h"

/* Bytes of any device: what a file offset holds, in whole blocks. */
#define DEVICE_MAX ((uint64_t)INT64_MAX / KJ_BLOCK * KJ_BLOCK)

static int is_place(uint64_t off, uint64_t len, uint64_t size)
{
	return len && off % KJ_BLOCK == 0 && len % KJ_BLOCK == 0 && off <= size && len <= size - off;
}

enum kj_err kj_extents_add(struct kj_extents *x, uint64_t off, uint64_t len)
{
	struct kj_extent *last = x->n ? &x->e[x->n - 1] : NULL;

	if (!is_place(off, len, DEVICE_MAX))
		return KJ_ERANGE;
	if (last && last->off + last->len == off && len <= DEVICE_MAX - last->len) {
		last->len += len;
		return KJ_OK;
	}
	if (x->n >= x->max)
		return KJ_ENOSPC;
	x->e[x->n++] = (struct kj_extent){ off, len };
	return KJ_OK;
}

uint32_t kj_extents_blocks(uint32_t n)
{
	return n / KJ_EXTENTS_BLOCK + (n % KJ_EXTENTS_BLOCK != 0);
}

enum kj_err kj_extents_take(struct kj_extents *x, uint64_t *off)
{
	if (!x->n)
		return KJ_ENOTFOUND;
	*off = x->e[0].off;
	x->e[0].off += KJ_BLOCK;
	x->e[0].len -= KJ_BLOCK;
	if (!x->e[0].len)
		memmove(x->e, x->e + 1, --x->n * sizeof(*x->e));
	return KJ_OK;
}

/* The subtree below @i becomes a heap, the largest offset on top. */
static void sift(struct kj_extent *e, uint32_t i, uint32_t n)
{
	for (;;) {
		uint32_t child = 2 * i + 1;
		struct kj_extent t;

		if (child >= n)
			return;
		if (child + 1 < n && e[child + 1].off > e[child].off)
			child++;
		if (e[child].off <= e[i].off)
			return;
		t = e[i];
		e[i] = e[child];
		e[child] = t;
		i = child;
	}
}

static void sort(struct kj_extent *e, uint32_t n)
{
	for (uint32_t i = n / 2; i--;)
		sift(e, i, n);
	while (n > 1) {
		struct kj_extent t = e[--n];

		e[n] = e[0];
		e[0] = t;
		sift(e, 0, n);
	}
}

void kj_extents_sort(struct kj_extents *x)
{
	uint32_t n = x->n;

	sort(x->e, n);
	x->n = 0;
	/* never ahead of what is read, and no more than there is room for */
	for (uint32_t i = 0; i < n; i++) {
		const struct kj_extent e = x->e[i];

		(void)kj_extents_add(x, e.off, e.len);
	}
}

int kj_extents_has(const struct kj_extents *x, uint64_t off, uint64_t len)
{
	uint32_t lo = 0, hi = x->n;

	/* the last piece that does not begin behind @off */
	while (lo < hi) {
		const uint32_t mid = lo + (hi - lo) / 2;

		if (x->e[mid].off <= off)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo && off - x->e[lo - 1].off <= x->e[lo - 1].len && len <= x->e[lo - 1].len - (off - x->e[lo - 1].off);
}

enum kj_err kj_extents_check(struct kj_extents *x, struct kj_extent *scratch)
{
	uint64_t size = 0;

	if (!x->n)
		return KJ_ENOTFOUND;
	if (x->dev_size > (uint64_t)INT64_MAX || x->n > KJ_EXTENTS_MAX)
		return KJ_ERANGE;
	for (uint32_t i = 0; i < x->n; i++) {
		const struct kj_extent *e = &x->e[i];

		if (!is_place(e->off, e->len, x->dev_size) || e->len > DEVICE_MAX - size)
			return KJ_ERANGE;
		if (x->kind == KJ_EXTENTS_SWAP && e->off < x->swap + KJ_BLOCK && x->swap < e->off + e->len)
			return KJ_EOVERLAP;
		size += e->len;
	}
	memcpy(scratch, x->e, x->n * sizeof(*scratch));
	sort(scratch, x->n);
	for (uint32_t i = 1; i < x->n; i++)
		if (scratch[i - 1].off + scratch[i - 1].len > scratch[i].off)
			return KJ_EOVERLAP;
	x->size = size;
	return KJ_OK;
}

void kj_extents_put(const struct kj_extents *x, uint32_t i, uint64_t next, struct kj_le_extents *ret)
{
	const uint32_t first = i * KJ_EXTENTS_BLOCK;

	memset(ret, 0, sizeof(*ret));
	ret->kind = kj_put_le32(x->kind);
	memcpy(ret->uuid, x->uuid, sizeof(ret->uuid));
	ret->dev_size = kj_put_le64(x->dev_size);
	ret->size = kj_put_le64(x->size);
	ret->total = kj_put_le32(x->n);
	ret->first = kj_put_le32(first);
	ret->next = kj_put_le64(next);
	ret->swap = kj_put_le64(x->swap);
	for (uint32_t k = 0; k < KJ_EXTENTS_BLOCK && first + k < x->n; k++) {
		ret->extent[k].off = kj_put_le64(x->e[first + k].off);
		ret->extent[k].len = kj_put_le64(x->e[first + k].len);
	}
	kj_block_seal(ret, KJ_EXTENTS_MAGIC);
}

static int all_zero(const void *p, size_t len)
{
	const uint8_t *b = p;

	while (len--)
		if (*b++)
			return 0;
	return 1;
}

/* What every block of a list repeats. */
static enum kj_err check_head(struct kj_extents *x, const struct kj_le_extents *b)
{
	const uint32_t kind = kj_get_le32(b->kind), total = kj_get_le32(b->total);
	const uint64_t dev_size = kj_get_le64(b->dev_size), swap = kj_get_le64(b->swap);

	if (x->n) {
		if (x->kind != kind || x->total != total || x->dev_size != dev_size || x->swap != swap ||
		    x->size != kj_get_le64(b->size) || memcmp(x->uuid, b->uuid, sizeof(x->uuid)))
			return KJ_EMISMATCH;
		return kj_get_le32(b->first) == x->n ? KJ_OK : KJ_EMISMATCH;
	}
	if (kind != KJ_EXTENTS_FILE && kind != KJ_EXTENTS_SWAP)
		return KJ_EFORMAT;
	if (kj_get_le32(b->first) || !total || total > KJ_EXTENTS_MAX || dev_size > (uint64_t)INT64_MAX)
		return KJ_ERANGE;
	if (kind == KJ_EXTENTS_SWAP ? !is_place(swap, KJ_BLOCK, dev_size) : swap != 0)
		return KJ_ERANGE;
	if (total > x->max)
		return KJ_ENOSPC;
	x->kind = kind;
	x->total = total;
	x->dev_size = dev_size;
	x->size = kj_get_le64(b->size);
	x->swap = swap;
	memcpy(x->uuid, b->uuid, sizeof(x->uuid));
	return KJ_OK;
}

enum kj_err kj_extents_get(struct kj_extents *x, const struct kj_le_extents *b, uint64_t *next)
{
	const uint64_t follow = kj_get_le64(b->next);
	enum kj_err e = kj_block_check(b, KJ_EXTENTS_MAGIC);
	uint32_t n;

	if (!e)
		e = check_head(x, b);
	if (e)
		return e;
	n = x->total - x->n < KJ_EXTENTS_BLOCK ? x->total - x->n : KJ_EXTENTS_BLOCK;
	if (!all_zero(b->reserved, sizeof(b->reserved)) || !all_zero(b->reserved1, sizeof(b->reserved1)) ||
	    !all_zero(b->extent + n, (KJ_EXTENTS_BLOCK - n) * sizeof(b->extent[0])))
		return KJ_EFORMAT;
	/* a next block where there is no more to say, or none where there is */
	if ((x->n + n < x->total) != (follow != 0))
		return KJ_EFORMAT;
	if (follow && !is_place(follow, KJ_BLOCK, x->dev_size))
		return KJ_ERANGE;
	for (uint32_t i = 0; i < n; i++)
		if (!is_place(kj_get_le64(b->extent[i].off), kj_get_le64(b->extent[i].len), x->dev_size))
			return KJ_ERANGE;
	for (uint32_t i = 0; i < n; i++)
		x->e[x->n++] = (struct kj_extent){ kj_get_le64(b->extent[i].off), kj_get_le64(b->extent[i].len) };
	*next = follow;
	return KJ_OK;
}

uint64_t kj_extents_sum(const struct kj_extents *x)
{
	uint64_t sum = kj_xxh64(x->uuid, sizeof(x->uuid), x->kind);
	le64 word[3] = { kj_put_le64(x->dev_size), kj_put_le64(x->size), kj_put_le64(x->swap) };

	sum = kj_xxh64(word, sizeof(word), sum);
	for (uint32_t i = 0; i < x->n; i++) {
		word[0] = kj_put_le64(x->e[i].off);
		word[1] = kj_put_le64(x->e[i].len);
		sum = kj_xxh64(word, 2 * sizeof(word[0]), sum);
	}
	return sum;
}

/* union swap_header: version and nr_badpages behind bootbits[1024]; magic in the last 10 bytes. In front of that, as
 * suspend-utils' struct swsusp_header: image, orig_sig. */
#define SWAP_VERSION 1024u
#define SWAP_BADPAGES 1032u
#define SWAP_IMAGE 4068u
#define SWAP_ORIG 4076u
#define SWAP_SIG 4086u
#define SIG_LEN 10u

static uint32_t get32(const uint8_t *p)
{
	le32 v;

	memcpy(&v, p, sizeof(v));
	return kj_get_le32(v);
}

enum kj_err kj_swap_check(const uint8_t page[4096])
{
	if (memcmp(page + SWAP_SIG, KJ_SWAP_SIG, SIG_LEN))
		return KJ_EMAGIC;
	if (get32(page + SWAP_VERSION) != 1)
		return KJ_EVERSION;
	/* their list could reach down to where the mark stands */
	if (get32(page + SWAP_BADPAGES))
		return KJ_EUNSUPP;
	return all_zero(page + SWAP_IMAGE, SWAP_SIG - SWAP_IMAGE) ? KJ_OK : KJ_EFORMAT;
}

void kj_swap_mark(uint8_t page[4096], uint64_t list)
{
	const le64 at = kj_put_le64(list);

	memcpy(page + SWAP_IMAGE, &at, sizeof(at));
	memcpy(page + SWAP_ORIG, page + SWAP_SIG, SIG_LEN);
	memcpy(page + SWAP_SIG, KJ_SWAP_MARK, SIG_LEN);
}

enum kj_err kj_swap_marked(const uint8_t page[4096], uint64_t *list)
{
	le64 at;

	if (memcmp(page + SWAP_SIG, KJ_SWAP_MARK, SIG_LEN) || memcmp(page + SWAP_ORIG, KJ_SWAP_SIG, SIG_LEN))
		return KJ_EMAGIC;
	memcpy(&at, page + SWAP_IMAGE, sizeof(at));
	if (!kj_get_le64(at) || !is_place(kj_get_le64(at), KJ_BLOCK, DEVICE_MAX))
		return KJ_ERANGE;
	*list = kj_get_le64(at);
	return KJ_OK;
}

void kj_swap_unmark(uint8_t page[4096])
{
	memcpy(page + SWAP_SIG, page + SWAP_ORIG, SIG_LEN);
	memset(page + SWAP_IMAGE, 0, SWAP_SIG - SWAP_IMAGE);
}
