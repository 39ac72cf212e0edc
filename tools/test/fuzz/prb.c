// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fuzz target: a ring buffer of printk in memory of any content. Every record lies within its
 * limits, and the walk ends.
 *
 * Input: memory. Its first page is the one page table entry of each level at once, so that every
 * address leads into the memory; it repeats for ever.
 */
#include <stdlib.h>
#include <string.h>

#include "core/le.h"
#include "core/prb.h"
#include "core/vmcoreinfo.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char keys[] =
	"NUMBER(phys_base)=0\nSYMBOL(init_top_pgt)=ffffffff80000000\n"
	"SYMBOL(prb)=ffffffff80001000\nSIZE(printk_ringbuffer)=88\n"
	"OFFSET(printk_ringbuffer.desc_ring)=0\nOFFSET(printk_ringbuffer.text_data_ring)=48\n"
	"OFFSET(prb_desc_ring.count_bits)=0\nOFFSET(prb_desc_ring.descs)=8\n"
	"OFFSET(prb_desc_ring.infos)=16\nOFFSET(prb_desc_ring.head_id)=24\n"
	"OFFSET(prb_desc_ring.tail_id)=32\nSIZE(prb_desc)=24\nOFFSET(prb_desc.state_var)=0\n"
	"OFFSET(prb_desc.text_blk_lpos)=8\nOFFSET(prb_data_blk_lpos.begin)=0\n"
	"OFFSET(prb_data_blk_lpos.next)=8\nSIZE(printk_info)=88\nOFFSET(printk_info.seq)=0\n"
	"OFFSET(printk_info.ts_nsec)=8\nOFFSET(printk_info.text_len)=16\n"
	"OFFSET(printk_info.caller_id)=20\nOFFSET(prb_data_ring.size_bits)=0\n"
	"OFFSET(prb_data_ring.data)=8\nOFFSET(atomic_long_t.counter)=0\n";

struct memory {
	const uint8_t *p;
	size_t len;
};

/* Physical page 0 is a table all of whose entries are 1 GiB pages from 0 on, or itself. */
static int read_memory(void *ctx, uint64_t pa, void *buf, size_t len)
{
	const struct memory *m = ctx;
	uint8_t *to = buf;

	if (!pa && len == 4096) {
		/* the walk comes through here twice, by the same entry */
		memset(buf, 0, len);
		for (unsigned int i = 0; i < 512; i++) {
			le64 v = kj_put_le64(i == 511 || i == 273 ? 1 : 0x81);

			memcpy(to + 8 * i, &v, sizeof(v));
		}
		return 0;
	}
	for (size_t i = 0; i < len; i++) {
		if (!m->len || pa < 4096)
			return -1;
		to[i] = m->p[(pa - 4096 + i) % m->len];
	}
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct kj_pgtable pt;
	static struct kj_prb prb;
	static struct kj_prb_record r;
	struct memory mem = { data, size };
	struct kj_vmcoreinfo vi;
	uint64_t n = 0, last = 0;

	kj_vmcoreinfo_init(keys, sizeof(keys) - 1, &vi);
	if (kj_pgtable_init(&vi, read_memory, &mem, &pt) || kj_prb_init(&vi, &pt, &prb))
		return 0;
	for (unsigned int i = 0; i < 64; i++) {
		enum kj_err e = kj_prb_next(&prb, &n, &r);

		if (e == KJ_ENOTFOUND)
			break;
		if (n <= last || n > prb.count)
			abort();
		if (!e && (r.len > KJ_PRB_TEXT || r.len > prb.text_size || r.level > 7))
			abort();
		last = n;
	}
	return 0;
}
