// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Headers of the kdump-compressed format and of the flattened stream. It must never write a header
 * that one of the readers takes for something else.
 */
#include "core/kdump.h"

#include <string.h>

#define BLOCK ((uint64_t)KJ_KDUMP_BLOCK)
#define VERSION_MAX 7u /* no reader objects to it, and nothing of 6 has moved */

static const uint8_t signature[8] = "KDUMP   ";
static const uint8_t flat_signature[16] = "makedumpfile";

static uint64_t blocks(uint64_t bytes)
{
	return bytes / BLOCK + (bytes % BLOCK ? 1 : 0);
}

/* Where bitmaps and descriptors are, once their sizes are known. */
static void place(struct kj_kdump *k)
{
	k->bitmap1 = (1 + (uint64_t)k->sub_blocks) * BLOCK;
	k->bitmap2 = k->bitmap1 + k->half;
	k->desc = k->bitmap2 + k->half;
}

enum kj_err kj_kdump_layout(struct kj_kdump *k)
{
	if (!k->max_mapnr || k->max_mapnr > KJ_KDUMP_PFN_MAX ||
	    k->notes_size > KJ_KDUMP_NOTES_MAX)
		return KJ_ERANGE;
	k->version = KJ_KDUMP_VERSION;
	k->notes_off = KJ_KDUMP_NOTES;
	k->sub_blocks = (uint32_t)blocks(sizeof(struct kj_le_kdump_sub) + k->notes_size);
	/* no block more: makedumpfile as a reader computes this length for itself */
	k->half = blocks((k->max_mapnr + 7) / 8) * BLOCK;
	place(k);
	return KJ_OK;
}

void kj_kdump_put(const struct kj_kdump *k, uint8_t buf[KJ_KDUMP_HEAD])
{
	struct kj_le_kdump *h = (void *)buf;
	struct kj_le_kdump_sub *s = (void *)(buf + KJ_KDUMP_BLOCK);
	unsigned int i;

	memset(buf, 0, KJ_KDUMP_HEAD);
	memcpy(h->signature, signature, sizeof(signature));
	h->version = kj_put_le32(k->version);
	for (i = 0; i < KJ_UTS_N; i++)
		memcpy(h->uts[i], k->uts[i], KJ_UTS_LEN - 1);
	h->tv_sec = kj_put_le64(k->time);
	h->status = kj_put_le32(k->status);
	h->block_size = kj_put_le32(KJ_KDUMP_BLOCK);
	h->sub_blocks = kj_put_le32(k->sub_blocks);
	h->bitmap_blocks = kj_put_le32((uint32_t)(2 * k->half / BLOCK));
	h->max_mapnr =
		kj_put_le32(k->max_mapnr > UINT32_MAX ? UINT32_MAX : (uint32_t)k->max_mapnr);
	h->nr_cpus = kj_put_le32(k->ncpus);
	s->phys_base = kj_put_le64(k->phys_base);
	s->dump_level = kj_put_le32(k->level);
	s->off_vmcoreinfo = kj_put_le64(k->vi_off);
	s->size_vmcoreinfo = kj_put_le64(k->vi_size);
	s->off_note = kj_put_le64(k->notes_size ? k->notes_off : 0);
	s->size_note = kj_put_le64(k->notes_size);
	s->off_eraseinfo = kj_put_le64(k->erase_off);
	s->size_eraseinfo = kj_put_le64(k->erase_size);
	s->max_mapnr_64 = kj_put_le64(k->max_mapnr);
}

/* An area that a header names lies in the file, behind the headers; an empty one is nowhere. */
static enum kj_err check_area(uint64_t *at, uint64_t size, uint64_t file_size)
{
	const uint64_t off = *at;

	if (!size) {
		*at = 0;
		return KJ_OK;
	}
	if (off < BLOCK || off > INT64_MAX || size > INT64_MAX - off)
		return KJ_ERANGE;
	return file_size && (off > file_size || size > file_size - off) ? KJ_ETRUNC : KJ_OK;
}

/* What stands in the sub header, as far as this version has it. */
static enum kj_err parse_sub(const struct kj_le_kdump_sub *s, uint64_t file_size,
			     struct kj_kdump *k)
{
	enum kj_err e;

	k->phys_base = kj_get_le64(s->phys_base);
	k->level = k->version >= 1 ? kj_get_le32(s->dump_level) : 0;
	if (k->version >= 2 && kj_get_le32(s->split))
		return KJ_EUNSUPP;
	if (k->version >= 3) {
		k->vi_off = kj_get_le64(s->off_vmcoreinfo);
		k->vi_size = kj_get_le64(s->size_vmcoreinfo);
	}
	if (k->version >= 4) {
		k->notes_off = kj_get_le64(s->off_note);
		k->notes_size = kj_get_le64(s->size_note);
	}
	if (k->version >= 5) {
		k->erase_off = kj_get_le64(s->off_eraseinfo);
		k->erase_size = kj_get_le64(s->size_eraseinfo);
	}
	if (k->version >= 6)
		k->max_mapnr = kj_get_le64(s->max_mapnr_64);
	if (k->notes_size > KJ_KDUMP_NOTES_MAX || k->vi_size > KJ_KDUMP_NOTES_MAX)
		return KJ_ERANGE;
	e = check_area(&k->vi_off, k->vi_size, file_size);
	if (!e)
		e = check_area(&k->notes_off, k->notes_size, file_size);
	/* it stands behind all pages: a file that is cut lacks it, and is read as far as it goes */
	return e ? e : check_area(&k->erase_off, k->erase_size, 0);
}

static enum kj_err parse_head(const struct kj_le_kdump *h, struct kj_kdump *k)
{
	uint32_t bitmap_blocks = kj_get_le32(h->bitmap_blocks);
	unsigned int i;

	if (memcmp(h->signature, signature, sizeof(signature)))
		return KJ_EMAGIC;
	k->version = kj_get_le32(h->version);
	if (!k->version || k->version > VERSION_MAX)
		return KJ_EVERSION;
	if (kj_get_le32(h->block_size) != KJ_KDUMP_BLOCK)
		return KJ_EUNSUPP;
	k->status = kj_get_le32(h->status);
	k->ncpus = kj_get_le32(h->nr_cpus);
	k->time = kj_get_le64(h->tv_sec);
	k->max_mapnr = kj_get_le32(h->max_mapnr);
	k->sub_blocks = kj_get_le32(h->sub_blocks);
	if (!k->sub_blocks || k->sub_blocks > 2 + KJ_KDUMP_NOTES_MAX / KJ_KDUMP_BLOCK)
		return KJ_ERANGE;
	if (bitmap_blocks & 1)
		return KJ_EFORMAT;
	k->half = bitmap_blocks / 2 * BLOCK;
	for (i = 0; i < KJ_UTS_N; i++) {
		memcpy(k->uts[i], h->uts[i], KJ_UTS_LEN);
		k->uts[i][KJ_UTS_LEN - 1] = '\0';
	}
	return KJ_OK;
}

enum kj_err kj_kdump_parse(const uint8_t *buf, size_t len, uint64_t file_size, struct kj_kdump *ret)
{
	struct kj_kdump k;
	enum kj_err e;

	if (len < KJ_KDUMP_HEAD)
		return len >= sizeof(signature) && memcmp(buf, signature, sizeof(signature))
			       ? KJ_EMAGIC
			       : KJ_ETRUNC;
	memset(&k, 0, sizeof(k));
	e = parse_head((const void *)buf, &k);
	if (e)
		return e;
	place(&k);
	e = parse_sub((const void *)(buf + KJ_KDUMP_BLOCK), file_size, &k);
	if (e)
		return e;
	if (!k.max_mapnr || k.max_mapnr > KJ_KDUMP_PFN_MAX)
		return KJ_ERANGE;
	/* more than is needed is what makedumpfile misreads: no writer does that */
	if (k.half != blocks((k.max_mapnr + 7) / 8) * BLOCK)
		return KJ_EFORMAT;
	if (k.vi_size && (k.vi_off < k.notes_off || k.vi_off - k.notes_off > k.notes_size ||
			  k.vi_size > k.notes_size - (k.vi_off - k.notes_off)) &&
	    k.notes_size)
		return KJ_EFORMAT;
	if (k.notes_size && k.notes_off < k.desc && k.notes_off + k.notes_size > k.bitmap1)
		return KJ_EFORMAT;
	if (file_size && k.desc > file_size)
		return KJ_ETRUNC;
	*ret = k;
	return KJ_OK;
}

int kj_kdump_is_part(const uint8_t buf[KJ_KDUMP_HEAD])
{
	const struct kj_le_kdump *h = (const void *)buf;
	const struct kj_le_kdump_sub *s = (const void *)(buf + KJ_KDUMP_BLOCK);

	return !memcmp(h->signature, signature, sizeof(signature)) &&
	       kj_get_le32(h->version) >= 2 && kj_get_le32(s->split);
}

int kj_kdump_desc_ok(const struct kj_kdump *k, const struct kj_le_page_desc *d)
{
	const uint64_t off = kj_get_le64(d->off);
	const uint32_t size = kj_get_le32(d->size), packed = kj_get_le32(d->flags);

	/* a bit that we do not know may be a codec's: its bytes are no page's */
	if (packed & ~KJ_KDUMP_PACKED || off < k->desc || off > INT64_MAX - KJ_KDUMP_BLOCK || !size || size > KJ_KDUMP_BLOCK)
		return 0;
	return packed ? !(packed & (packed - 1)) : size == KJ_KDUMP_BLOCK;
}

static void put_be64(uint8_t *p, uint64_t v)
{
	for (unsigned int i = 0; i < 8; i++)
		p[i] = (uint8_t)(v >> (56 - 8 * i));
}

static uint64_t get_be64(const uint8_t *p)
{
	uint64_t v = 0;

	for (unsigned int i = 0; i < 8; i++)
		v = v << 8 | p[i];
	return v;
}

void kj_flat_head(uint8_t buf[KJ_FLAT_HEAD])
{
	memset(buf, 0, KJ_FLAT_HEAD);
	memcpy(buf, flat_signature, sizeof(flat_signature));
	put_be64(buf + 16, 1); /* type */
	put_be64(buf + 24, 1); /* version */
}

void kj_flat_record(uint8_t buf[KJ_FLAT_RECORD], uint64_t off, uint64_t size)
{
	put_be64(buf, off);
	put_be64(buf + 8, size);
}

void kj_flat_end(uint8_t buf[KJ_FLAT_RECORD])
{
	memset(buf, 0xff, KJ_FLAT_RECORD);
}

enum kj_err kj_flat_parse(const uint8_t *buf, size_t len)
{
	if (len < 32)
		return KJ_ETRUNC;
	if (memcmp(buf, flat_signature, sizeof(flat_signature)))
		return KJ_EMAGIC;
	return get_be64(buf + 16) == 1 && get_be64(buf + 24) == 1 ? KJ_OK : KJ_EVERSION;
}

enum kj_err kj_flat_next(const uint8_t buf[KJ_FLAT_RECORD], uint64_t *off, uint64_t *size)
{
	const uint64_t o = get_be64(buf), s = get_be64(buf + 8);

	if (o == UINT64_MAX && s == UINT64_MAX)
		return KJ_ENOTFOUND;
	if (o > INT64_MAX || !s || s > INT64_MAX - o)
		return KJ_ERANGE;
	*off = o;
	*size = s;
	return KJ_OK;
}
