// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From a page frame number to its bit, its descriptor, its bytes. It must never use a descriptor that
 * kj_kdump_desc_ok() refuses.
 */
#include "cmd/lib/kdpages.h"

#include <errno.h>
#include <string.h>

#include "cmd/lib/kdread.h"
#include "cmd/lib/pagecodec.h"
#include "sys/compat.h"

#define CHUNK 4096u               /* bytes of bitmap at a time */
#define CHUNK_PAGES (CHUNK * 8u)
#define PAGES_MAX (1ull << 34)    /* 64 TiB; the table of counts has 4 MiB then */
#define DESCS 512u
#define LOOKED_AT (1u << 18)      /* descriptors at most, 6 MiB, that are looked through for one of a packed page */
#define RAW (256u << 10)
#define NONE UINT64_MAX

struct window {
	uint64_t nr; /* which chunk, NONE: none */
	uint64_t word[CHUNK / 8];
};

struct kj_kdpages {
	struct kj_kdfile f;
	struct kj_kdump k;
	struct window ram, kept;
	uint64_t *before; /* kept pages in front of each chunk */
	size_t before_len;
	uint64_t pages; /* kept in all */
	uint64_t last_pfn, last_rank; /* the page asked for last, for the next one follows it */
	uint64_t desc_first;
	uint32_t ndesc;
	struct kj_le_page_desc desc[DESCS];
	uint64_t raw_off;
	size_t raw_len;
	uint8_t raw[RAW];
	void *work;
	size_t work_len;
};

static unsigned int weight(const uint64_t *w, unsigned int words)
{
	unsigned int i, n = 0;

	for (i = 0; i < words; i++)
		n += (unsigned int)__builtin_popcountll(w[i]);
	return n;
}

/* Chunk @nr of the bitmap at @base; zeros if it cannot be read. */
static int load(struct kj_kdpages *p, struct window *w, uint64_t base, uint64_t nr)
{
	int err;

	if (w->nr == nr)
		return 0;
	err = kj_kdfile_read(&p->f, w->word, CHUNK, base + nr * CHUNK, NULL);
	if (err)
		memset(w->word, 0, CHUNK);
	w->nr = nr;
	return err;
}

static int count_all(struct kj_kdpages *p, const char **why)
{
	const uint64_t n = p->k.half / CHUNK;
	uint64_t i, sum = 0;
	void *mem;
	int err = 0;

	p->before_len = n * sizeof(*p->before);
	err = kj_alloc_pages(p->before_len, &mem);
	if (err)
		return err;
	p->before = mem;
	for (i = 0; !err && i < n; i++) {
		p->before[i] = sum;
		err = load(p, &p->kept, p->k.bitmap2, i);
		if (!err)
			err = load(p, &p->ram, p->k.bitmap1, i);
		sum += weight(p->kept.word, CHUNK / 8);
	}
	p->pages = sum;
	if (err == -ENODATA) {
		*why = "the file ends in the bitmaps";
		return -EBADMSG;
	}
	return err;
}

/* The @n-th descriptor; -ENODATA and others: it is not there. */
static int get_desc(struct kj_kdpages *p, uint64_t n, struct kj_le_page_desc *ret)
{
	size_t got = 0;
	int err;

	if (n < p->desc_first || n - p->desc_first >= p->ndesc) {
		p->ndesc = 0;
		err = kj_kdfile_read(&p->f, p->desc, sizeof(p->desc), p->k.desc + n * sizeof(*p->desc), &got);
		if (got < sizeof(*p->desc))
			return err;
		p->desc_first = n;
		p->ndesc = (uint32_t)(got / sizeof(*p->desc));
	}
	*ret = p->desc[n - p->desc_first];
	return 0;
}

/*
 * A dump in a codec that came after us is refused as a whole, or all of its pages would seem to be lost: so says the
 * first page that is packed, unless a GiB of others are in front of it.
 */
static int know_codec(struct kj_kdpages *p, const char **why)
{
	struct kj_le_page_desc d;
	uint64_t n;

	for (n = 0; n < p->pages && n < LOOKED_AT && !get_desc(p, n, &d); n++) {
		if (!kj_get_le32(d.flags))
			continue;
		if (!(kj_get_le32(d.flags) & ~KJ_KDUMP_PACKED))
			break;
		*why = "unknown compression";
		return -EBADMSG;
	}
	return 0;
}

static int prepare(struct kj_kdpages *p, const char **why)
{
	int err = kj_kdread_head(&p->f, &p->k, why);

	if (err)
		return err;
	if (p->k.max_mapnr > PAGES_MAX) {
		*why = "more than 64 TiB of memory";
		return -EBADMSG;
	}
	err = count_all(p, why);
	if (!err)
		err = know_codec(p, why);
	if (err)
		return err;
	p->work_len = kj_unpack_size();
	return kj_alloc_pages(p->work_len, &p->work);
}

int kj_kdpages_open(int fd, uint64_t size, struct kj_kdpages **ret, const char **why)
{
	struct kj_kdpages *p;
	void *mem;
	int err;

	*why = "";
	err = kj_alloc_pages(sizeof(*p), &mem);
	if (err)
		return err;
	p = mem;
	p->ram.nr = p->kept.nr = p->last_pfn = NONE;
	err = kj_kdfile_open(&p->f, fd, size, why);
	if (!err)
		err = prepare(p, why);
	if (err) {
		kj_kdpages_close(p);
		return err;
	}
	*ret = p;
	return 0;
}

void kj_kdpages_close(struct kj_kdpages *p)
{
	if (!p)
		return;
	kj_kdfile_close(&p->f);
	kj_munmap(p->before, p->before_len);
	kj_munmap(p->work, p->work_len);
	kj_munmap(p, sizeof(*p));
}

const struct kj_kdump *kj_kdpages_head(const struct kj_kdpages *p)
{
	return &p->k;
}

const struct kj_kdfile *kj_kdpages_file(const struct kj_kdpages *p)
{
	return &p->f;
}

static int get(struct kj_kdpages *p, struct window *w, uint64_t base, uint64_t pfn)
{
	if (pfn >= p->k.max_mapnr)
		return 0;
	(void)load(p, w, base, pfn / CHUNK_PAGES);
	return w->word[pfn % CHUNK_PAGES / 64] >> pfn % 64 & 1;
}

int kj_kdpages_ram(struct kj_kdpages *p, uint64_t pfn)
{
	return get(p, &p->ram, p->k.bitmap1, pfn);
}

int kj_kdpages_kept(struct kj_kdpages *p, uint64_t pfn)
{
	return get(p, &p->kept, p->k.bitmap2, pfn);
}

uint64_t kj_kdpages_next(struct kj_kdpages *p, uint64_t pfn, int is_ram)
{
	while (pfn < p->k.max_mapnr) {
		uint64_t w;

		(void)load(p, &p->ram, p->k.bitmap1, pfn / CHUNK_PAGES);
		w = p->ram.word[pfn % CHUNK_PAGES / 64];
		w = (is_ram ? w : ~w) >> pfn % 64;
		if (w) {
			pfn += (unsigned int)__builtin_ctzll(w);
			break;
		}
		pfn += 64 - pfn % 64;
	}
	return pfn < p->k.max_mapnr ? pfn : p->k.max_mapnr;
}

/* Number of the descriptor of @pfn, which is kept. */
static uint64_t rank(struct kj_kdpages *p, uint64_t pfn)
{
	const unsigned int at = (unsigned int)(pfn % CHUNK_PAGES);
	uint64_t n;

	if (p->last_pfn != NONE && pfn == p->last_pfn + 1) {
		n = p->last_rank + 1;
	} else {
		n = p->before[pfn / CHUNK_PAGES] + weight(p->kept.word, at / 64);
		n += (unsigned int)__builtin_popcountll(p->kept.word[at / 64] & ((1ull << at % 64) - 1));
	}
	p->last_pfn = pfn;
	p->last_rank = n;
	return n;
}

/* The @len bytes, at most a page, at @off of the dump. */
static int get_raw(struct kj_kdpages *p, uint64_t off, size_t len, const uint8_t **ret)
{
	if (off < p->raw_off || off - p->raw_off > p->raw_len || len > p->raw_len - (off - p->raw_off)) {
		p->raw_len = 0;
		p->raw_off = off;
		(void)kj_kdfile_read(&p->f, p->raw, RAW, off, &p->raw_len);
		/* a block that cannot be read further on must not take this page along */
		if (p->raw_len < len)
			(void)kj_kdfile_read(&p->f, p->raw, len, off, &p->raw_len);
		if (p->raw_len < len)
			return -EIO;
	}
	*ret = p->raw + (off - p->raw_off);
	return 0;
}

int kj_kdpages_read(struct kj_kdpages *p, uint64_t pfn, uint8_t page[4096])
{
	struct kj_le_page_desc d;
	const uint8_t *src;

	if (!kj_kdpages_kept(p, pfn) || get_desc(p, rank(p, pfn), &d) || !kj_kdump_desc_ok(&p->k, &d))
		return -EIO;
	if (get_raw(p, kj_get_le64(d.off), kj_get_le32(d.size), &src))
		return -EIO;
	return kj_unpack_page(kj_get_le32(d.flags) & KJ_KDUMP_PACKED, p->work, p->work_len, src,
			      kj_get_le32(d.size), page)
		       ? -EIO
		       : 0;
}
