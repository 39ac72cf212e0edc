// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Walks printk's ring buffer from the oldest record to the newest; must never follow a number of it
 * that was not checked.
 */
#include "prb.h"

#include <string.h>

#include "le.h"
#include "vmcoreinfo.h"

#define ID_MASK (UINT64_MAX >> 2)
#define COMMITTED 1u
#define FINALIZED 2u
#define EMPTY_LINE 3u /* lpos of a record that is an empty line: it has no block */
#define KERNEL_HALF (1ull << 63)

/* ---- keys ---- */

struct keys {
	const struct kj_vmcoreinfo *vi;
	enum kj_err e; /* of the first that failed */
};

/* A number in [0, 4096], 0 if a key failed. */
static uint32_t small(struct keys *k, const char *key)
{
	int64_t v = 0;
	enum kj_err e = kj_vmcoreinfo_num(k->vi, key, &v);

	if (!e && (v < 0 || v > 4096))
		e = KJ_ERANGE;
	if (e && !k->e)
		k->e = e;
	return e ? 0 : (uint32_t)v;
}

struct layout {
	uint32_t rb_size, o_desc_ring, o_text_ring;
	uint32_t o_count_bits, o_descs, o_infos, o_head, o_tail;
	uint32_t o_size_bits, o_data;
	uint32_t o_counter;
};

static enum kj_err rings(struct keys *k, struct layout *l)
{
	l->rb_size = small(k, "SIZE(printk_ringbuffer)");
	l->o_desc_ring = small(k, "OFFSET(printk_ringbuffer.desc_ring)");
	l->o_text_ring = small(k, "OFFSET(printk_ringbuffer.text_data_ring)");
	l->o_count_bits = l->o_desc_ring + small(k, "OFFSET(prb_desc_ring.count_bits)");
	l->o_descs = l->o_desc_ring + small(k, "OFFSET(prb_desc_ring.descs)");
	l->o_infos = l->o_desc_ring + small(k, "OFFSET(prb_desc_ring.infos)");
	l->o_counter = small(k, "OFFSET(atomic_long_t.counter)");
	l->o_head = l->o_desc_ring + small(k, "OFFSET(prb_desc_ring.head_id)") + l->o_counter;
	l->o_tail = l->o_desc_ring + small(k, "OFFSET(prb_desc_ring.tail_id)") + l->o_counter;
	l->o_size_bits = l->o_text_ring + small(k, "OFFSET(prb_data_ring.size_bits)");
	l->o_data = l->o_text_ring + small(k, "OFFSET(prb_data_ring.data)");
	if (k->e)
		return k->e;

	const uint32_t words[] = { l->o_count_bits, l->o_descs,     l->o_infos, l->o_head,
				   l->o_tail,       l->o_size_bits, l->o_data };
	if (l->rb_size < 8)
		return KJ_ERANGE;
	for (unsigned int i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (words[i] > l->rb_size - 8)
			return KJ_ERANGE;
	return KJ_OK;
}

static enum kj_err records(struct keys *k, uint32_t o_counter, struct kj_prb *p)
{
	int64_t caller;

	p->desc_size = small(k, "SIZE(prb_desc)");
	p->o_state = small(k, "OFFSET(prb_desc.state_var)") + o_counter;
	uint32_t lpos = small(k, "OFFSET(prb_desc.text_blk_lpos)");
	p->o_begin = lpos + small(k, "OFFSET(prb_data_blk_lpos.begin)");
	p->o_next = lpos + small(k, "OFFSET(prb_data_blk_lpos.next)");
	p->info_size = small(k, "SIZE(printk_info)");
	p->o_seq = small(k, "OFFSET(printk_info.seq)");
	p->o_ts = small(k, "OFFSET(printk_info.ts_nsec)");
	p->o_len = small(k, "OFFSET(printk_info.text_len)");
	if (k->e)
		return k->e;
	if (p->desc_size < 24 || p->o_state > p->desc_size - 8 || p->o_begin > p->desc_size - 8 ||
	    p->o_next > p->desc_size - 8 || p->info_size < 24 || p->o_seq > p->info_size - 8 ||
	    p->o_ts > p->info_size - 8 || p->o_len > p->info_size - 4)
		return KJ_ERANGE;

	p->has_caller = !kj_vmcoreinfo_num(k->vi, "OFFSET(printk_info.caller_id)", &caller) &&
			caller >= 0 && caller <= p->info_size - 4;
	p->o_caller = p->has_caller ? (uint32_t)caller : 0;
	/* facility and level have no keys: two bytes between text_len and caller_id */
	p->has_level = p->has_caller && p->o_caller == p->o_len + 4;
	return KJ_OK;
}

/* ---- memory ---- */

static uint64_t get64(const uint8_t *p)
{
	le64 v;

	memcpy(&v, p, sizeof(v));
	return kj_get_le64(v);
}

static uint32_t get32(const uint8_t *p)
{
	le32 v;

	memcpy(&v, p, sizeof(v));
	return kj_get_le32(v);
}

/* Where something cannot be had, there is no clean no. */
static enum kj_err read_va(struct kj_pgtable *pt, uint64_t va, void *buf, size_t len)
{
	enum kj_err e = kj_pgtable_read(pt, va, buf, len);

	return e == KJ_ENOTFOUND || e == KJ_ERANGE ? KJ_EFORMAT : e;
}

static enum kj_err read_cached(struct kj_prb *p, struct kj_prb_page *page, uint64_t va, void *buf,
			       size_t len)
{
	uint8_t *to = buf;

	while (len) {
		uint64_t base = va & ~4095ull;
		size_t off = (size_t)(va - base), n = 4096 - off < len ? 4096 - off : len;

		if (page->va != base) {
			page->va = UINT64_MAX;
			enum kj_err e = read_va(p->pt, base, page->bytes, sizeof(page->bytes));
			if (e)
				return e;
			page->va = base;
		}
		memcpy(to, page->bytes + off, n);
		to += n;
		va += n;
		len -= n;
	}
	return KJ_OK;
}

/* An array of the kernel's: in its half of the addresses, and not over their end. */
static int is_array(uint64_t va, uint64_t len)
{
	return va >= KERNEL_HALF && va <= UINT64_MAX - 4096 && len <= UINT64_MAX - 4096 - va;
}

enum kj_err kj_prb_init(const struct kj_vmcoreinfo *vi, struct kj_pgtable *pt, struct kj_prb *ret)
{
	struct keys k = { vi, KJ_OK };
	struct layout l;
	uint64_t symbol;
	uint8_t rb[4096];
	le64 va;

	enum kj_err e = kj_vmcoreinfo_hex(vi, "SYMBOL(prb)", &symbol);
	if (!e)
		e = rings(&k, &l);
	if (!e)
		e = records(&k, l.o_counter, ret);
	if (e)
		return e;
	e = read_va(pt, symbol, &va, sizeof(va));
	if (!e)
		e = read_va(pt, kj_get_le64(va), rb, l.rb_size);
	if (e)
		return e;

	uint32_t count_bits = get32(rb + l.o_count_bits), size_bits = get32(rb + l.o_size_bits);
	if (!count_bits || count_bits > 30 || size_bits < 4 || size_bits > 40)
		return KJ_EFORMAT;
	ret->pt = pt;
	ret->count = 1ull << count_bits;
	ret->text_size = 1ull << size_bits;
	ret->descs_va = get64(rb + l.o_descs);
	ret->infos_va = get64(rb + l.o_infos);
	ret->text_va = get64(rb + l.o_data);
	ret->head = get64(rb + l.o_head) & ID_MASK;
	ret->tail = get64(rb + l.o_tail) & ID_MASK;
	if (!is_array(ret->descs_va, ret->count * ret->desc_size) ||
	    !is_array(ret->infos_va, ret->count * ret->info_size) ||
	    !is_array(ret->text_va, ret->text_size) ||
	    ((ret->head - ret->tail) & ID_MASK) >= ret->count)
		return KJ_EFORMAT;
	ret->desc.va = ret->info.va = ret->text.va = UINT64_MAX;
	return KJ_OK;
}

/* ---- records ---- */

/*
 * The text block of a record, from @begin to @next in a ring that never ends: *off and *len of the
 * text within the ring. A block that would not fit before the ring's end stands at its start
 * instead; 6.17 and later let one end exactly there.
 */
static enum kj_err block_of(const struct kj_prb *p, uint64_t begin, uint64_t next, uint64_t *off,
			    uint64_t *len)
{
	const uint64_t size = p->text_size, mask = size - 1;

	if ((begin | next) & 7)
		return KJ_EFORMAT;
	/* the count begins one ring before zero: next may be 0 */
	if (begin <= next - 1 && begin / size == (next - 1) / size) {
		*off = begin & mask;
		*len = next - begin;
	} else if ((begin + size) / size == next / size) {
		*off = 0;
		*len = next & mask;
	} else {
		return KJ_EFORMAT;
	}
	return *len < 8 ? KJ_EFORMAT : KJ_OK;
}

static enum kj_err read_info(struct kj_prb *p, uint64_t id, struct kj_prb_record *r)
{
	uint8_t info[4096];
	uint64_t at = p->infos_va + (id & (p->count - 1)) * p->info_size;

	enum kj_err e = read_cached(p, &p->info, at, info, p->info_size);
	if (e)
		return e;
	r->seq = get64(info + p->o_seq);
	r->ts_nsec = get64(info + p->o_ts);
	r->len = info[p->o_len] | (uint32_t)info[p->o_len + 1] << 8;
	r->caller = p->has_caller ? get32(info + p->o_caller) : 0;
	r->facility = p->has_level ? info[p->o_len + 2] : 0;
	r->level = p->has_level ? info[p->o_len + 3] >> 5 : 0; /* flags below, a bit field */
	r->truncated = 0;
	return KJ_OK;
}

/* KJ_ENOTFOUND: nothing to show. */
static enum kj_err read_record(struct kj_prb *p, uint64_t id, struct kj_prb_record *r)
{
	uint8_t desc[4096];
	uint64_t at = p->descs_va + (id & (p->count - 1)) * p->desc_size, off, len;
	le64 block_id;

	enum kj_err e = read_cached(p, &p->desc, at, desc, p->desc_size);
	if (e)
		return e;
	uint64_t state = get64(desc + p->o_state);
	if ((state & ID_MASK) != id || (state >> 62 != COMMITTED && state >> 62 != FINALIZED))
		return KJ_ENOTFOUND;
	e = read_info(p, id, r);
	if (e)
		return e;
	uint64_t begin = get64(desc + p->o_begin), next = get64(desc + p->o_next);
	if (begin & 1) {
		r->len = 0;
		return begin == EMPTY_LINE && next == EMPTY_LINE ? KJ_OK : KJ_ENOTFOUND;
	}
	e = block_of(p, begin, next, &off, &len);
	if (!e)
		e = read_cached(p, &p->text, p->text_va + off, &block_id, sizeof(block_id));
	if (e)
		return e;
	if (kj_get_le64(block_id) != id)
		return KJ_ENOTFOUND; /* the block has been taken for another record */
	len -= sizeof(block_id);
	if (r->len > len || r->len > KJ_PRB_TEXT) {
		r->len = len < KJ_PRB_TEXT ? (uint32_t)len : KJ_PRB_TEXT;
		r->truncated = 1;
	}
	return read_cached(p, &p->text, p->text_va + off + sizeof(block_id), r->text, r->len);
}

enum kj_err kj_prb_next(struct kj_prb *prb, uint64_t *n, struct kj_prb_record *ret)
{
	uint64_t last = (prb->head - prb->tail) & ID_MASK;

	while (*n <= last) {
		uint64_t id = (prb->tail + (*n)++) & ID_MASK;
		enum kj_err e = read_record(prb, id, ret);

		if (e != KJ_ENOTFOUND)
			return e;
	}
	return KJ_ENOTFOUND;
}
