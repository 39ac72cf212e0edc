// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The second pass of a kdump: kept pages, packed straight from the mapping, most valuable first. It must never take a
 * page for read that went away while it was packed.
 */
#include <errno.h>
#include <string.h>
#include <sysexits.h>

#include "cmd/lib/kd_buf.h"
#include "cmd/lib/pagecodec.h"
#include "core/unit.h"
#include "core/xxh.h"
#include "sys/badpage.h"
#include "sys/compat.h"
#include "sys/io.h"
#include "sys/vmcore.h"

#define READ_SIZE (128u << 10)
#define GROUP_MASK (KJ_KD_GROUP / 8)

struct worker {
	struct kj_kd *kd;
	struct kj_walk walk, backup;
	struct kj_packer *packer;
	struct kj_kd_buf buf;
	unsigned int rank;  /* of the pages dealt with now */
	uint32_t have;      /* section whose bitmap ->bits is */
	uint8_t bits[KJ_SECTION_BITMAP];
	uint8_t ram[KJ_SECTION_BITMAP];
};

/* Page @pa, mapped together with kept ones up to @end. 0, or -errno. */
static int get_page(struct worker *w, uint64_t pa, uint64_t end, const uint8_t **ret)
{
	struct kj_amem *m = w->kd->d->m;
	uint64_t at = pa;
	int err;

	if (!m->is_jump)
		return kj_walk_page(&w->walk, pa, end, ret);
	err = kj_amem_locate(m, pa, &at);
	if (err)
		return err;
	if (at == pa)
		return kj_walk_page(&w->walk, pa, end, ret);
	return kj_walk_page(&w->backup, at, at + KJ_DUMP_WALK_BACKUP, ret);
}

static int add_page(struct worker *w, uint64_t pa, uint64_t end)
{
	struct kj_dump *d = w->kd->d;
	const uint8_t *page = NULL;
	uint32_t codec, n;
	uint8_t *room;
	int err, status = kj_kd_buf_room(&w->buf, &room);

	if (status)
		return status;
	err = get_page(w, pa, end, &page);
	if (err) {
		kj_kd_buf_add_lost(&w->buf);
		return kj_dump_no_page(d, pa, err);
	}
	if (kj_page_is_zero(page)) {
		kj_kd_buf_add_zeros(&w->buf);
		return 0;
	}
	if (d->codec == KJ_PACK_AUTO)
		kj_pack_gear(w->packer, kj_mix_gear(&w->buf.mix));
	n = kj_pack_page(w->packer, page, room, &codec);
	/* it went while it was read: what was packed is nobody's */
	if (kj_bad_count(page, KJ_PAGE_BYTES)) {
		kj_kd_buf_add_lost(&w->buf);
		return kj_dump_no_page(d, pa, -EIO);
	}
	kj_kd_buf_add(&w->buf, n, codec);
	return 0;
}

/* The bitmap of the section: read back from the file, or made again for a stream. */
static int get_bits(struct worker *w, uint32_t section)
{
	struct kj_kd *kd = w->kd;
	struct kj_dump *d = kd->d;
	const uint64_t off = kd->k.bitmap2 + (uint64_t)d->keep.sec[section].nr * KJ_SECTION_BITMAP;
	int err;

	if (w->have == section)
		return 0;
	w->have = UINT32_MAX;
	if (d->flat) {
		kj_kd_bits(kd, section, w->ram, w->bits, NULL);
		(void)kj_kd_trim(kd, section, w->bits);
		if (kj_xxh64(w->bits, sizeof(w->bits), 0) != kd->sec[section].sum)
			return kj_dump_fail(d, EX_DATAERR,
					    "%s: section 0x%x: its struct pages have changed",
					    d->m->path, d->keep.sec[section].nr);
	} else {
		err = kj_pread_full(d->fd, w->bits, sizeof(w->bits), off, NULL);
		if (err)
			return kj_dump_fail_io(d, d->target, err);
		if (kj_kd_weight(w->bits, sizeof(w->bits)) != kd->sec[section].kept)
			return kj_dump_fail(d, EX_IOERR, "%s: a bitmap reads back wrong",
					    d->target);
	}
	w->have = section;
	return 0;
}

/* Pages of the item from group @g to before group @end, all of one rank. */
static int do_groups(struct worker *w, uint64_t base, const uint8_t *bits, unsigned int g, unsigned int end)
{
	struct kj_dump *d = w->kd->d;
	uint8_t only[KJ_KD_ITEM_MASK];
	unsigned int i, to = 0, done = 0;
	int status = 0;

	memset(only, 0, sizeof(only));
	memcpy(only + g * GROUP_MASK, bits + g * GROUP_MASK, (end - g) * GROUP_MASK);
	for (i = g * KJ_KD_GROUP; !status && i < end * KJ_KD_GROUP; i++) {
		if (!kj_unit_bit(only, i))
			continue;
		if (i >= to) {
			to = kj_kd_run_end(only, i);
			__atomic_fetch_add(&d->sh->done, done, __ATOMIC_RELAXED);
			done = 0;
			if (kj_dump_stopped(d)) {
				status = EX_TEMPFAIL;
				break;
			}
		}
		status = add_page(w, base + (uint64_t)i * 4096, base + (uint64_t)to * 4096);
		done++;
	}
	__atomic_fetch_add(&d->sh->done, done, __ATOMIC_RELAXED);
	return status;
}

static int do_item(struct worker *w, uint32_t item)
{
	struct kj_kd *kd = w->kd;
	struct kj_dump *d = kd->d;
	const uint32_t nitems = d->keep.nsec * KJ_DUMP_PARTS, nth = item % nitems;
	const uint32_t section = nth / KJ_DUMP_PARTS, part = nth % KJ_DUMP_PARTS;
	const struct kj_kd_section *s = &kd->sec[section];
	const uint64_t base = ((uint64_t)d->keep.sec[section].nr << KJ_SECTION_BITS) +
			      (uint64_t)part * KJ_KD_ITEM * 4096;
	const uint8_t *bits = w->bits + part * KJ_KD_ITEM_MASK;
	const unsigned int rank = item / nitems;
	unsigned int g = s->kept ? kj_kd_next_group(s, part, rank, 0, 1) : KJ_KD_ITEM_GROUPS, end;
	uint32_t any = 0;
	int status;

	if (g == KJ_KD_ITEM_GROUPS) {
		kj_claims_done(d->claims, item);
		return 0;
	}
	/* behind the last page of a rank: the next ones are worth less */
	if (rank != w->rank)
		kj_kd_buf_keep(&w->buf);
	w->rank = rank;
	status = get_bits(w, section);
	if (!status)
		status = kj_kd_buf_item(&w->buf);
	for (; !status && g < KJ_KD_ITEM_GROUPS; g = kj_kd_next_group(s, part, rank, end, 1)) {
		end = kj_kd_next_group(s, part, rank, g, 0);
		kj_kd_buf_begin(&w->buf, item,
				s->first + kj_kd_weight(w->bits, part * KJ_KD_ITEM_MASK + g * GROUP_MASK));
		status = do_groups(w, base, bits, g, end);
		/* of an item that is cut short, too, what there is can be read */
		any += kj_kd_buf_end(&w->buf);
	}
	if (!status && any)
		kj_kd_buf_whole(&w->buf);
	else if (!status)
		kj_claims_done(d->claims, item);
	return status;
}

static int worker_init(struct worker *w, struct kj_kd *kd)
{
	struct kj_dump *d = kd->d;
	const size_t pack = kj_pack_size(d->codec, d->level), buf = kj_kd_buf_size();
	void *p;
	/* the buffer is read into over and over, so that it stays in the cache next to the CPU */
	const size_t read = !d->m->ops && kj_vmcore_is_file(d->m->fd) ? READ_SIZE : 0;
	int err = kj_alloc_pages(buf + read + pack, &p);

	if (err)
		return kj_dump_fail(d, EX_OSERR, "worker: %s", strerror(-err));
	w->kd = kd;
	w->walk.m = w->backup.m = d->m;
	w->walk.max = KJ_DUMP_WALK;
	w->backup.max = KJ_DUMP_WALK_BACKUP;
	w->have = UINT32_MAX;
	kj_kd_buf_open(&w->buf, kd, p);
	if (read) {
		w->walk.buf = (uint8_t *)p + buf;
		w->walk.room = read;
	}
	w->packer = kj_pack_init(d->codec, d->level, (uint8_t *)p + buf + read, pack);
	if (!w->packer)
		return kj_dump_fail(d, EX_SOFTWARE, "%s: cannot be set up", kj_pack_name(d->codec));
	return 0;
}

/* Runs in its own process: what it allocates goes with it. */
int kj_kd_worker(struct kj_kd *kd, unsigned int nr)
{
	static struct worker w;
	struct kj_dump *d = kd->d;
	int status = worker_init(&w, kd);
	int64_t item;

	if (status)
		return 0;
	while (!status && !kj_dump_stopped(d) && (item = kj_claims_take(d->claims, nr)) >= 0)
		status = do_item(&w, (uint32_t)item);
	/* whatever ended it: what is in the file counts */
	(void)kj_kd_buf_flush(&w.buf);
	return 0;
}
