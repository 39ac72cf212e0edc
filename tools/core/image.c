// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Header, state block and index entries of an image: sealing them, and checking them before
 * anything in them is used. It must never accept a number that another field contradicts.
 */
#include <string.h>

#include "core/image.h"
#include "core/unit.h"
#include "core/xxh.h"

#define PHYS_MAX (1ULL << 52) /* no x86-64 has more physical address bits */
#define SUM_AT 4088u

static uint64_t round_up_4k(uint64_t n)
{
	return (n + 4095) & ~4095ULL;
}

static int all_zero(const uint8_t *p, size_t n)
{
	uint8_t x = 0;

	while (n--)
		x |= *p++;
	return !x;
}

uint64_t kj_image_data_off(uint64_t nunits)
{
	return round_up_4k(KJ_INDEX_OFF + nunits * sizeof(struct kj_le_entry));
}

void kj_image_seal(struct kj_le_image *h)
{
	memcpy(h->magic, KJ_IMAGE_MAGIC, sizeof(h->magic));
	h->version = kj_put_le32(KJ_IMAGE_VERSION);
	h->header_size = kj_put_le32(sizeof(*h));
	h->sum = kj_put_le64(kj_xxh64(h, SUM_AT, 0));
}

static void get_ranges(const struct kj_le_range *r, uint32_t n, struct kj_ranges *ret)
{
	uint32_t i;

	ret->n = n;
	for (i = 0; i < n; i++) {
		ret->r[i].start = kj_get_le64(r[i].start);
		ret->r[i].end = kj_get_le64(r[i].end);
	}
}

void kj_image_ranges(const struct kj_le_image *h, struct kj_ranges *ram, struct kj_ranges *window)
{
	uint32_t nram = kj_get_le32(h->nram), nwin = kj_get_le32(h->nwindow);

	get_ranges(h->ram, nram > KJ_RAM_MAX ? KJ_RAM_MAX : nram, ram);
	get_ranges(h->window, nwin > KJ_WIN_MAX ? KJ_WIN_MAX : nwin, window);
}

/* Page aligned, non-empty, ascending, disjoint, below PHYS_MAX; unused slots zero. */
static enum kj_err check_ranges(const struct kj_le_range *r, uint32_t n, uint32_t max)
{
	uint64_t prev = 0;
	uint32_t i;

	if (n > max)
		return KJ_ELIMIT;
	for (i = 0; i < n; i++) {
		uint64_t s = kj_get_le64(r[i].start), e = kj_get_le64(r[i].end);

		if ((s | e) & 4095 || s >= e || s < prev)
			return KJ_EFORMAT;
		if (e > PHYS_MAX)
			return KJ_ERANGE;
		prev = e;
	}
	return all_zero((const uint8_t *)(r + n), (max - n) * sizeof(*r)) ? KJ_OK : KJ_EFORMAT;
}

/* A page that the image can bring back. */
static int is_saved_page(const struct kj_ranges *ram, const struct kj_ranges *win, uint64_t pa)
{
	uint32_t i;

	for (i = 0; i < win->n; i++)
		if (pa >= win->r[i].start && pa < win->r[i].end)
			return 0;
	for (i = 0; i < ram->n; i++)
		if (pa >= ram->r[i].start && pa < ram->r[i].end)
			return 1;
	return 0;
}

static enum kj_err check_jump(const struct kj_le_jump *j, const struct kj_ranges *ram,
			      const struct kj_ranges *win)
{
	const uint64_t re = kj_get_le64(j->re), map = kj_get_le64(j->map);
	const uint64_t page[] = { kj_get_le64(j->table), kj_get_le64(j->swap) };
	const uint64_t opt[] = { kj_get_le64(j->job_pa), kj_get_le64(j->mbox_pa) };
	unsigned int i;

	/* the map head is a page's address and IND_INDIRECTION (2), linux/kexec.h */
	if ((map & 4095) != 2 || !is_saved_page(ram, win, map & ~4095ULL) ||
	    !is_saved_page(ram, win, re & ~4095ULL))
		return KJ_ERANGE;
	for (i = 0; i < 2; i++) {
		if (page[i] & 4095 || !is_saved_page(ram, win, page[i]))
			return KJ_ERANGE;
		if (opt[i] && (opt[i] & 4095 || !is_saved_page(ram, win, opt[i])))
			return KJ_ERANGE;
	}
	return KJ_OK;
}

/* Page counts: each page of RAM outside the window is data, zero or left out. */
static enum kj_err check_pages(const struct kj_le_image *h, const struct kj_ranges *ram,
			       const struct kj_ranges *win)
{
	const uint64_t total = kj_get_le64(h->ram_pages);
	const uint64_t data = kj_get_le64(h->data_pages), zero = kj_get_le64(h->zero_pages);
	const uint64_t left = kj_get_le64(h->free_pages);

	if (total != kj_ranges_pages(ram))
		return KJ_EFORMAT;
	if (data > total || zero > total || left > total)
		return KJ_ERANGE;
	/* each is below 2^40, so the sums cannot overflow */
	if (data + zero + left != total - kj_ranges_common(ram, win))
		return KJ_EFORMAT;
	return KJ_OK;
}

static enum kj_err check_layout(const struct kj_le_image *h, uint64_t nunits, uint64_t target_size)
{
	const uint64_t off = kj_get_le64(h->data_off), end = kj_get_le64(h->end_off);

	if (kj_get_le64(h->nunits) != nunits || kj_get_le64(h->index_off) != KJ_INDEX_OFF ||
	    off != kj_image_data_off(nunits))
		return KJ_EFORMAT;
	if (end < off || end & 4095 || end > target_size)
		return KJ_ERANGE;
	return KJ_OK;
}

enum kj_err kj_image_check(const struct kj_le_image *h, uint64_t target_size)
{
	struct kj_ranges ram, win;
	enum kj_err e;

	if (memcmp(h->magic, KJ_IMAGE_MAGIC, sizeof(h->magic)))
		return KJ_EMAGIC;
	if (kj_get_le32(h->version) != KJ_IMAGE_VERSION)
		return KJ_EVERSION;
	if (kj_get_le64(h->sum) != kj_xxh64(h, SUM_AT, 0))
		return KJ_ECRC;
	if (kj_get_le64(h->incompat) & ~(uint64_t)(KJ_IMAGE_FILL | KJ_IMAGE_PRINTS))
		return KJ_EUNSUPP;
	if (kj_get_le64(h->fill) && (!(kj_get_le64(h->incompat) & KJ_IMAGE_FILL) || kj_get_le64(h->fill) != KJ_FILL_POISON))
		return KJ_EFORMAT;
	if (kj_get_le32(h->header_size) != sizeof(*h) ||
	    kj_get_le32(h->unit_pages) != KJ_UNIT_PAGES)
		return KJ_EFORMAT;
	if (kj_get_le32(h->codec) > KJ_CODEC_ZSTD)
		return KJ_ERANGE;
	/* a feature that may be ignored may use reserved bytes */
	if (!kj_get_le64(h->compat) &&
	    (!all_zero(h->reserved, sizeof(h->reserved)) ||
	     !all_zero((const uint8_t *)h->jump.reserved, sizeof(h->jump.reserved))))
		return KJ_EFORMAT;
	if (!kj_get_le32(h->nram) || !(kj_get_le64(h->incompat) & KJ_IMAGE_PRINTS) != !kj_get_le32(h->prints.n))
		return KJ_EFORMAT;
	e = kj_prints_check(&h->prints, 1);
	if (e)
		return e;
	e = check_ranges(h->ram, kj_get_le32(h->nram), KJ_RAM_MAX);
	if (!e)
		e = check_ranges(h->window, kj_get_le32(h->nwindow), KJ_WIN_MAX);
	if (e)
		return e;
	kj_image_ranges(h, &ram, &win);
	e = check_layout(h, kj_unit_count(&ram), target_size);
	if (!e)
		e = check_pages(h, &ram, &win);
	return e ? e : check_jump(&h->jump, &ram, &win);
}

void kj_state_seal(struct kj_le_state *s, const uint8_t id[16], enum kj_image_state st,
		   uint32_t loads, uint64_t now)
{
	memset(s, 0, sizeof(*s));
	memcpy(s->magic, KJ_STATE_MAGIC, sizeof(s->magic));
	s->version = kj_put_le32(KJ_IMAGE_VERSION);
	s->state = kj_put_le32((uint32_t)st);
	memcpy(s->id, id, sizeof(s->id));
	s->loads = kj_put_le32(loads);
	s->t_state = kj_put_le64(now);
	s->sum = kj_put_le64(kj_xxh64(s, SUM_AT, 0));
}

enum kj_err kj_state_check(const struct kj_le_state *s, const uint8_t id[16])
{
	const uint32_t st = kj_get_le32(s->state);

	if (memcmp(s->magic, KJ_STATE_MAGIC, sizeof(s->magic)))
		return KJ_EMAGIC;
	if (kj_get_le32(s->version) != KJ_IMAGE_VERSION)
		return KJ_EVERSION;
	if (kj_get_le64(s->sum) != kj_xxh64(s, SUM_AT, 0))
		return KJ_ECRC;
	if (memcmp(s->id, id, sizeof(s->id)))
		return KJ_EMISMATCH;
	return st < KJ_ST_READY || st > KJ_ST_STALE ? KJ_ERANGE : KJ_OK;
}

static uint64_t entry_sum(const struct kj_le_entry *e, const uint8_t id[16])
{
	le64 seed;

	/* the image's own seed: an entry that an older image left behind never passes */
	memcpy(&seed, id, sizeof(seed));
	return kj_xxh64(e, offsetof(struct kj_le_entry, sum), kj_get_le64(seed));
}

void kj_entry_seal(struct kj_le_entry *e, const uint8_t id[16])
{
	e->magic = kj_put_le32(KJ_CHUNK_MAGIC);
	e->sum = kj_put_le64(entry_sum(e, id));
}

/* Lengths and place of a chunk that holds @n > 0 pages. */
static enum kj_err check_chunk(const struct kj_le_entry *e, const struct kj_le_image *h, uint32_t n)
{
	const uint64_t off = kj_get_le64(e->off);
	const uint64_t lo = kj_get_le64(h->data_off), hi = kj_get_le64(h->end_off);
	const uint32_t clen = kj_get_le32(e->clen), dlen = kj_get_le32(e->dlen);
	const uint32_t codec = kj_get_le16(e->codec);

	if (codec > KJ_CODEC_ZSTD || clen > KJ_UNIT_BYTES)
		return KJ_ERANGE;
	if (dlen != round_up_4k(sizeof(*e) + (uint64_t)clen))
		return KJ_EFORMAT;
	if (off & 4095 || off < lo || off > hi || dlen > hi - off)
		return KJ_ERANGE;
	if (codec == KJ_CODEC_STORED ? clen != n * 4096 : !clen || clen >= n * 4096)
		return KJ_EFORMAT;
	return KJ_OK;
}

enum kj_err kj_entry_check(const struct kj_le_entry *e, const struct kj_le_image *h, uint64_t unit)
{
	struct kj_ranges ram, win;
	uint8_t mask[KJ_UNIT_MASK];
	uint64_t pfn;
	unsigned int i, n;

	if (kj_get_le32(e->magic) != KJ_CHUNK_MAGIC)
		return KJ_EMAGIC;
	if (kj_get_le64(e->sum) != entry_sum(e, h->id))
		return KJ_ECRC;
	kj_image_ranges(h, &ram, &win);
	pfn = kj_unit_pfn(&ram, unit);
	if (pfn == UINT64_MAX)
		return KJ_ERANGE;
	if (kj_get_le64(e->unit) != unit || kj_get_le64(e->pfn) != pfn)
		return KJ_EMISMATCH;
	if (kj_get_le16(e->flags) & ~(kj_get_le64(h->incompat) & KJ_IMAGE_FILL ? KJ_ENTRY_FILL : 0u) ||
	    kj_get_le64(e->reserved))
		return KJ_EFORMAT;
	kj_unit_mask(&ram, &win, pfn, mask);
	for (i = 0; i < KJ_UNIT_MASK; i++)
		if (e->data[i] & e->zero[i] || (e->data[i] | e->zero[i]) & ~mask[i])
			return KJ_EFORMAT;
	n = kj_unit_weight(e->data);
	if (n)
		return check_chunk(e, h, n);
	if (kj_get_le32(e->clen) || kj_get_le32(e->dlen) || kj_get_le64(e->off) ||
	    kj_get_le16(e->codec) || kj_get_le64(e->psum))
		return KJ_EFORMAT;
	return KJ_OK;
}

unsigned int kj_entry_fill(const struct kj_le_entry *e, const struct kj_ranges *ram, const struct kj_ranges *window,
			   uint8_t ret[KJ_UNIT_MASK])
{
	unsigned int i;

	memset(ret, 0, KJ_UNIT_MASK);
	if (!(kj_get_le16(e->flags) & KJ_ENTRY_FILL))
		return 0;
	kj_unit_mask(ram, window, kj_get_le64(e->pfn), ret);
	for (i = 0; i < KJ_UNIT_MASK; i++)
		ret[i] = (uint8_t)(ret[i] & ~(e->data[i] | e->zero[i]));
	return kj_unit_weight(ret);
}

const char *kj_state_name(uint32_t state)
{
	static const char *const name[] = { "unknown", "ready", "loading", "consumed", "stale" };

	return name[state <= KJ_ST_STALE ? state : 0];
}

const char *kj_codec_name(uint32_t codec)
{
	static const char *const name[] = { "none", "lz4", "zstd", "lzo", "zlib", "auto", "unknown" };

	return name[codec <= KJ_CODEC_AUTO ? codec : 6];
}
