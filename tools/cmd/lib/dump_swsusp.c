// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A's memory as a swsusp image that a stock kernel loads by resume= alone (FORMAT section 7). It
 * must never write the header before everything else is on the disk, and never be the first to find
 * out, in the middle of a load, that a kernel would not take it.
 */
#include <errno.h>
#include <string.h>
#include <sysexits.h>

#include "cmd/lib/codec.h"
#include "cmd/lib/dump_swsusp.h"
#include "cmd/lib/record.h"
#include "core/image.h"
#include "core/trampoline.h"
#include "core/unit.h"
#include "sys/compat.h"
#include "sys/io.h"

#define MAP_AT_ONCE 64u /* pages of the map that are written together */

/* What a kernel compares, or needs, and will not tell us about in time. */
static int check_source(struct kj_sws *s)
{
	struct kj_dump *d = s->d;
	const struct kj_facts *f = &d->m->facts;

	if (!d->m->is_jump)
		return kj_dump_fail(d, EX_DATAERR,
				    "%s: nobody jumped here, an image cannot be made of it",
				    d->m->path);
	if (!(f->have & KJ_HAVE(KJ_NT_HOST)) || !kj_get_le64(f->host.physpages))
		return kj_dump_fail(d, EX_DATAERR,
				    "%s: number of A's pages is not known, no kernel would load it",
				    d->m->path);
	s->swap = d->m->cp.swap >> 12;
	if (kj_trampoline_build(d->m->cp.swap, f->re, d->m->cp.cr4, s->tramp))
		return kj_dump_fail(d, EX_DATAERR, "%s: swap page or re-entry address out of range",
				    d->m->path);
	return 0;
}

static int alloc_tables(struct kj_sws *s)
{
	struct kj_dump *d = s->d;
	void *p;
	int err;

	s->nbatch = (d->nunits + KJ_DUMP_BATCH - 1) / KJ_DUMP_BATCH;
	s->rank_len = (size_t)(s->nbatch + 1) * sizeof(*s->rank);
	err = kj_alloc_pages(s->rank_len, &p);
	if (err)
		return err;
	s->rank = p;
	if (!d->flag_zeros)
		return 0;
	s->zero_len = (size_t)d->nunits * KJ_UNIT_MASK;
	err = kj_alloc_shared(s->zero_len, &p);
	if (!err)
		s->zero = p;
	return err;
}

/* Count, so that each page's place in the stream is known. */
static void rank_pages(struct kj_sws *s)
{
	uint8_t all[KJ_UNIT_MASK], data[KJ_UNIT_MASK];
	struct kj_sws_rank r = { 0, 0 };
	uint64_t u;

	for (u = 0; u < s->d->nunits; u++) {
		if (!(u % KJ_DUMP_BATCH))
			s->rank[u / KJ_DUMP_BATCH] = r;
		kj_sws_unit(s, u, all, data);
		r.all += kj_unit_weight(all);
		r.data += kj_unit_weight(data);
	}
	s->rank[s->nbatch] = r;
	s->data = r.data;
	s->zeros = r.all - r.data;
	s->meta = kj_swsusp_meta_pages(r.all);
	s->total = s->meta + s->data;
	s->ngroups = (s->total + KJ_SWS_GROUP - 1) / KJ_SWS_GROUP;
}

static uint64_t map_pages(uint64_t blocks)
{
	return (blocks + KJ_SWSUSP_MAP - 1) / KJ_SWSUSP_MAP;
}

/* Room for the claims of the groups, of which there may be more than kj_dump_open() thought. */
static int alloc_groups(struct kj_sws *s, uint32_t *items)
{
	struct kj_dump *d = s->d;
	uint64_t n = (s->ngroups + KJ_SWS_ITEM - 1) / KJ_SWS_ITEM;
	void *p;
	int err;

	*items = (uint32_t)n;
	s->group_len = (size_t)s->ngroups * sizeof(*s->group);
	err = kj_alloc_shared(s->group_len, &p);
	if (err)
		return err;
	s->group = p;
	if (kj_claims_size(*items) <= d->claims_len)
		return 0;
	err = kj_alloc_shared(kj_claims_size(*items), &p);
	if (err)
		return err;
	kj_munmap(d->claims, d->claims_len);
	d->claims = p;
	d->claims_len = kj_claims_size(*items);
	return 0;
}

/* Known beforehand if nothing is compressed. */
static int check_room(struct kj_sws *s)
{
	struct kj_dump *d = s->d;
	const uint64_t ram = kj_ranges_pages(&d->m->ram);
	uint64_t need;

	/* block numbers and ranks are held in 32 bits, the kernel's counters too */
	if (ram > UINT32_MAX / 2)
		return kj_dump_fail(d, EX_DATAERR, "%s: more memory than such an image can hold",
				    d->m->path);
	need = d->codec == KJ_CODEC_STORED ? s->total + map_pages(s->total + 1) : 1;
	need = (need + KJ_SWS_FIRST) * 4096;
	if (need > d->capacity)
		return kj_dump_fail(d, EX_CANTCREAT,
				    "%s: target too small: it takes %llu MiB, the image %llu MiB",
				    d->target, (unsigned long long)(d->capacity >> 20),
				    (unsigned long long)(need >> 20) + 1);
	return 0;
}

static int plan(struct kj_sws *s, uint32_t *items)
{
	struct kj_dump *d = s->d;
	int status;

	if (alloc_tables(s))
		return kj_dump_fail(d, EX_OSERR, "out of memory");
	if (s->zero) {
		d->total = 0;
		status = kj_dump_run(d, kj_sws_zero_worker, KJ_REDO_OPEN, NULL);
		if (status)
			return status;
	}
	rank_pages(s);
	status = check_room(s);
	if (!status && alloc_groups(s, items))
		status = kj_dump_fail(d, EX_OSERR, "out of memory");
	d->sh->data = s->data;
	d->sh->zero = s->zeros;
	d->sh->left = kj_ranges_pages(&d->m->ram) - kj_ranges_common(&d->m->ram, &d->keep.cut) -
		      s->data - s->zeros;
	if (!status)
		status = kj_dump_loadable(d);
	d->total = s->total;
	d->sh->next = KJ_SWS_FIRST * 4096;
	return status;
}

/* ---- what is written when all groups are ---- */

static int write_info(struct kj_sws *s, uint8_t *buf)
{
	struct kj_dump *d = s->d;
	const struct kj_le_host *host = &d->m->facts.host;
	const struct kj_swsusp info = {
		.jump = d->m->cp.swap,
		.cr3 = d->m->cp.table,
		.physpages = kj_get_le64(host->physpages),
		.pages = s->data,
		.zeros = s->zeros,
		.e820_crc = kj_get_le32(host->e820_crc),
		.cpus = kj_get_le32(host->ncpus),
	};
	enum kj_err e = kj_swsusp_header(&info, buf);

	if (e)
		return kj_dump_fail(d, EX_DATAERR, "%s: info page: %s", d->target, kj_strerror(e));
	return kj_dump_write(d, buf, 4096, 4096);
}

struct map_writer {
	struct kj_sws *s;
	uint8_t *buf;    /* MAP_AT_ONCE pages */
	uint64_t at;     /* block of the buffer's first page */
	uint32_t page;   /* in the buffer */
	uint32_t n;      /* entries in that page */
};

static void put_block(struct map_writer *m, uint32_t i, uint64_t block)
{
	le64 v = kj_put_le64(block);

	memcpy(m->buf + (size_t)m->page * 4096 + i * sizeof(v), &v, sizeof(v));
}

static int flush_map(struct map_writer *m)
{
	const uint32_t n = m->page + (m->n != 0);
	int status = 0;

	if (n)
		status = kj_dump_write(m->s->d, m->buf, (size_t)n * 4096, m->at << 12);
	m->at += n;
	m->page = m->n = 0;
	memset(m->buf, 0, MAP_AT_ONCE * 4096);
	return status;
}

static int add_block(struct map_writer *m, uint64_t block)
{
	if (m->n == KJ_SWSUSP_MAP) {
		/* another page follows, and only now do we know */
		put_block(m, KJ_SWSUSP_MAP, m->at + m->page + 1);
		m->n = 0;
		if (++m->page == MAP_AT_ONCE && flush_map(m))
			return (int)m->s->d->sh->status;
	}
	put_block(m, m->n++, block);
	return 0;
}

/* The map, behind the last group; *end is the first block behind it. */
static int write_map(struct kj_sws *s, uint8_t *buf, uint64_t first, uint64_t *end)
{
	struct map_writer m = { .s = s, .buf = buf, .at = first };
	int status = 0;
	uint64_t g;
	uint32_t i;

	memset(buf, 0, MAP_AT_ONCE * 4096);
	(void)add_block(&m, 1);
	for (g = 0; g < s->ngroups; g++)
		for (i = 0; !status && i < s->group[g].n; i++)
			status = add_block(&m, (uint64_t)s->group[g].at + i);
	if (!status)
		status = flush_map(&m);
	*end = m.at;
	return status;
}

static uint32_t crc_of(const struct kj_sws *s)
{
	uint32_t crc = 0;
	uint64_t g;

	for (g = 0; g < s->ngroups; g++) {
		const uint64_t left = s->total - g * KJ_SWS_GROUP;

		crc = kj_crc_join(crc, s->group[g].crc,
				  4096 * (left < KJ_SWS_GROUP ? left : KJ_SWS_GROUP));
	}
	return crc;
}

static void fill_header(const struct kj_sws *s, uint64_t map, uint64_t end,
			struct kj_le_swsusp_head *h)
{
	const struct kj_dump *d = s->d;
	uint32_t flags = KJ_SF_NOCOMPRESS;

	memset(h, 0, sizeof(*h));
	h->codec = kj_put_le32(d->codec);
	memcpy(h->id, d->id, 16);
	memcpy(h->label_uuid, d->label_uuid, 16);
	h->t_created = kj_put_le64(d->t_created);
	h->t_saved = kj_put_le64(kj_record_now());
	h->data_pages = kj_put_le64(s->data);
	h->zero_pages = kj_put_le64(s->zeros);
	h->free_pages = kj_put_le64(d->sh->left);
	h->end_off = kj_put_le64(end * 4096);
	memcpy(h->release, d->m->facts.host.release, sizeof(h->release));
	h->image = kj_put_le64(map);
	if (d->codec != KJ_CODEC_STORED) {
		h->crc32 = kj_put_le32(crc_of(s));
		flags = d->codec == KJ_CODEC_LZ4 ? KJ_SF_CRC32 | KJ_SF_LZ4 : KJ_SF_CRC32;
	}
	h->flags = kj_put_le32(flags);
	kj_swsusp_seal(h);
}

/* Flush, header, flush, and read that back. @buf: two pages. */
static int write_header(struct kj_sws *s, uint8_t *buf, uint64_t map, uint64_t end)
{
	struct kj_dump *d = s->d;
	int err = kj_fsync(d->fd), status;
	enum kj_err e;

	if (err)
		return kj_dump_fail_io(d, d->target, err);
	fill_header(s, map, end, (void *)buf);
	e = kj_swsusp_check((const void *)buf, UINT64_MAX);
	if (e)
		return kj_dump_fail(d, EX_SOFTWARE, "%s: header: %s", d->target, kj_strerror(e));
	status = kj_dump_write(d, buf, 4096, 0);
	if (status)
		return status;
	err = kj_fsync(d->fd);
	if (!err)
		err = kj_pread_full(d->dfd, buf + 4096, 4096, 0, NULL);
	if (err == -EINVAL)
		err = kj_pread_full(d->fd, buf + 4096, 4096, 0, NULL);
	if (err)
		return kj_dump_fail_io(d, d->target, err);
	if (memcmp(buf, buf + 4096, 4096))
		return kj_dump_fail(d, EX_IOERR, "%s: header reads back different", d->target);
	d->bytes = end * 4096;
	return 0;
}

static int finish(struct kj_sws *s)
{
	struct kj_dump *d = s->d;
	const uint64_t map = d->codec == KJ_CODEC_STORED ? KJ_SWS_FIRST + s->total
							 : d->sh->next >> 12;
	uint64_t blocks = 1, end, g;
	int status;
	void *buf;

	for (g = 0; g < s->ngroups; g++)
		blocks += s->group[g].n;
	end = map + map_pages(blocks);
	if (end > d->capacity >> 12 || end > UINT32_MAX)
		return kj_dump_fail(d, EX_CANTCREAT,
				    "%s: target too small: it takes %llu MiB, the image %llu MiB",
				    d->target, (unsigned long long)(d->capacity >> 20),
				    (unsigned long long)(end >> 8) + 1);
	if (kj_alloc_pages(MAP_AT_ONCE * 4096, &buf))
		return kj_dump_fail(d, EX_OSERR, "out of memory");
	status = write_info(s, buf);
	if (!status)
		status = write_map(s, buf, map, &end);
	if (!status)
		status = write_header(s, buf, map, end);
	kj_munmap(buf, MAP_AT_ONCE * 4096);
	return status;
}

int kj_dump_swsusp(struct kj_dump *d)
{
	int err, status = kj_dump_open(d, KJ_LEVEL_IMAGE, &d->m->facts.window);
	struct kj_sws s;
	uint32_t items = 0;

	if (status)
		return status;
	memset(&s, 0, sizeof(s));
	s.d = d;
	d->sws = &s;
	status = check_source(&s);
	if (!status)
		status = plan(&s, &items);
	if (!status) {
		err = kj_dump_erase(d->fd);
		if (err)
			status = kj_dump_fail_io(d, d->target, err);
	}
	if (!status)
		status = kj_dump_run_items(d, items, kj_sws_group_worker, KJ_REDO_OPEN, NULL);
	if (!status)
		status = finish(&s);
	kj_munmap(s.rank, s.rank_len);
	kj_munmap(s.group, s.group_len);
	kj_munmap(s.zero, s.zero_len);
	d->sws = NULL;
	return status;
}
