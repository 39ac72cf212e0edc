// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fuzz target: VMCOREINFO text and struct pages of any content. A scan stays inside its arrays, its
 * counts are its bits, what strict rules leave out the others leave out too, and pieces give what
 * the whole gives. The tables that lead there are walked over the same bytes.
 *
 * Input: level (1 byte), length of the text (2 bytes, little endian), text, then memory: struct
 * pages, and the same bytes again and again for the walks.
 */
#include <stdlib.h>
#include <string.h>

#include "core/memsection.h"
#include "core/pageclass.h"
#include "core/pgtable.h"
#include "core/vmcoreinfo.h"

#define N 256u
/* so many sections are walked: 52 bits of address have 33 million, and walking all of them took 25 s */
#define SECTIONS 4096u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct memory {
	const uint8_t *p;
	size_t len;
};

static int read_memory(void *ctx, uint64_t pa, void *buf, size_t len)
{
	const struct memory *m = ctx;
	uint8_t *to = buf;

	if (!m->len || pa >> 40)
		return -1;
	/* in pieces that double: this is where nearly all of the time would go, byte by byte */
	size_t at = (size_t)(pa % m->len), n = m->len - at < len ? m->len - at : len;
	memcpy(to, m->p + at, n);
	if (n < len) {
		size_t rest = at < len - n ? at : len - n;
		memcpy(to + n, m->p, rest);
		n += rest;
	}
	for (size_t more; n < len; n += more) { /* n is a multiple of the length */
		more = n < len - n ? n : len - n;
		memcpy(to + n, to, more);
	}
	return 0;
}

static void need(int good)
{
	if (!good)
		abort();
}

static uint32_t ones(const uint8_t *bits)
{
	uint32_t n = 0;

	for (unsigned int i = 0; i < N; i++)
		n += bits[i / 8] >> (i & 7) & 1;
	return n;
}

static void scan(const struct kj_pageclass *pc, const uint8_t *pages, uint32_t step,
		 uint8_t bits[N / 8], struct kj_class_counts *counts)
{
	struct kj_class_carry carry = { 0, KJ_CLASS_KEEP };

	memset(bits, 0, N / 8);
	memset(counts, 0, sizeof(*counts));
	for (uint32_t i = 0; i < N; i += step) {
		/* exactly as much as may be read and written */
		uint8_t *p = malloc(step * KJ_PAGE_STRUCT), *b = calloc(1, step / 8);

		if (!p || !b)
			abort();
		memcpy(p, pages + i * KJ_PAGE_STRUCT, step * KJ_PAGE_STRUCT);
		kj_pageclass_scan(pc, p, 0x8000 - N + i, step, 0x8000, &carry, b, counts);
		memcpy(bits + i / 8, b, step / 8);
		free(p);
		free(b);
	}
}

static void classes(const struct kj_vmcoreinfo *vi, uint32_t level, const uint8_t *pages)
{
	struct kj_pageclass pc, strict;
	struct kj_class_counts counts, other;
	struct kj_class_carry carry;
	uint8_t bits[N / 8], more[N / 8];
	uint64_t sum = 0;

	if (kj_pageclass_init(vi, level, &pc))
		return;
	need(!kj_pageclass_init(vi, level | KJ_LEVEL_STRICT, &strict));
	scan(&pc, pages, N, bits, &counts);
	for (unsigned int i = 0; i < KJ_CLASS_COUNT; i++)
		sum += counts.n[i];
	need(sum == N && counts.pages == N && ones(bits) == N - counts.n[KJ_CLASS_KEEP]);
	scan(&pc, pages, 64, more, &other);
	need(!memcmp(bits, more, sizeof(bits)) && !memcmp(&counts, &other, sizeof(counts)));

	/* a block that strict rules refuse may hold smaller ones, at places that others never see
	 */
	scan(&strict, pages, N, more, &other);
	for (unsigned int i = 0; i < KJ_CLASS_COUNT; i++)
		need(i == KJ_CLASS_KEEP || other.n[i] <= N);
	if (!other.doubt && !counts.doubt && strict.missing == pc.missing)
		for (unsigned int i = 0; i < sizeof(bits); i++)
			need(!(more[i] & ~bits[i]));

	uint64_t va = 0xffffea0000200000ull, head = kj_pageclass_head_va(&pc, pages, va);
	need(head < va);
	kj_pageclass_head(&pc, pages, 0x8000, 0x10000, &carry);
	need(carry.left <= 1ull << KJ_COMPOUND_ORDER_MAX);
}

static void tables(const struct kj_vmcoreinfo *vi, struct memory *mem)
{
	static struct kj_pgtable pt;
	static struct kj_memsection ms;
	static struct kj_section_piece piece[KJ_SECTION_PIECES];
	struct kj_section s;
	uint64_t nr = 0, far = 0;
	uint32_t n, next = 0;

	if (kj_pgtable_init(vi, read_memory, mem, &pt))
		return;
	if (!kj_pgtable_direct(&pt, &far))
		need(far >> 63 && !(far & ((1u << 30) - 1)));
	far = 0;
	if (kj_memsection_init(vi, &pt, &ms))
		return;
	memcpy(&far, mem->p, mem->len < sizeof(far) ? mem->len : sizeof(far));
	far %= ms.nsections;
	need(kj_memsection_get(&ms, far, &s) || s.nr == far);
	need(kj_memsection_get(&ms, ms.nsections, &s) == KJ_ERANGE);
	if (ms.nsections > SECTIONS)
		ms.nsections = SECTIONS;
	for (unsigned int i = 0; i < 4; i++) {
		enum kj_err e = kj_memsection_next(&ms, &nr, &s);
		if (e == KJ_ENOTFOUND)
			return;
		need(nr < ms.nsections);
		if (!e && !kj_memsection_pieces(&ms, &s, piece, &n)) {
			need(s.nr == nr && n <= KJ_SECTION_PIECES);
			for (uint32_t k = 0; k < n; k++, next = 0) {
				need(piece[k].first >= next && piece[k].npages);
				need(!(piece[k].first % 64) && !(piece[k].npages % 64));
				next = piece[k].first + piece[k].npages;
				need(next <= KJ_SECTION_PAGES && !(piece[k].pa & 0xfff));
			}
		}
		nr += 1 + (nr << 3);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t pages[N * KJ_PAGE_STRUCT] __attribute__((aligned(64)));
	struct kj_vmcoreinfo vi;
	struct memory mem;

	if (size < 3)
		return 0;
	size_t text = data[1] | (size_t)data[2] << 8;
	if (text > size - 3)
		text = size - 3;
	kj_vmcoreinfo_init((const char *)data + 3, text, &vi);
	mem = (struct memory){ data + 3 + text, size - 3 - text };
	memset(pages, 0, sizeof(pages));
	if (mem.len)
		read_memory(&mem, 0, pages, sizeof(pages));
	classes(&vi, data[0] & KJ_LEVEL_MAX, pages);
	tables(&vi, &mem);
	return 0;
}
