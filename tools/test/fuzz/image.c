// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fuzz target: an image's header, state and first entries; what is accepted keeps the promises of
 * core/image.h. The sums are made right first, or nothing would ever get past them.
 *
 * The input is a list of patches to an image that is right: le16 offset, u8 length, bytes;
 * offsets count through header (0), state (4096) and four entries (8192).
 */
#include <stdlib.h>
#include <string.h>

#include "core/image.h"
#include "core/unit.h"
#include "core/xxh.h"

#define SIZE (8192u + 4 * 128u)
#define MIB (1ULL << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int good)
{
	if (!good)
		abort();
}

/* 0x1000-0x9f000 and 1-9 MiB of RAM, window 2-3 MiB, one data page in unit 1. */
static void good_image(uint8_t *buf)
{
	struct kj_le_image *h = (void *)buf;
	struct kj_le_entry *e = (void *)(buf + 8192);
	uint64_t off = kj_image_data_off(9);

	memset(buf, 0, SIZE);
	memset(h->id, 5, 16);
	h->unit_pages = kj_put_le32(256);
	h->nunits = kj_put_le64(9);
	h->index_off = kj_put_le64(KJ_INDEX_OFF);
	h->data_off = kj_put_le64(off);
	h->end_off = kj_put_le64(off + 8192);
	h->nram = kj_put_le32(2);
	h->ram[0].start = kj_put_le64(0x1000);
	h->ram[0].end = kj_put_le64(0x9f000);
	h->ram[1].start = kj_put_le64(MIB);
	h->ram[1].end = kj_put_le64(9 * MIB);
	h->nwindow = kj_put_le32(1);
	h->window[0].start = kj_put_le64(2 * MIB);
	h->window[0].end = kj_put_le64(3 * MIB);
	h->ram_pages = kj_put_le64(0x9e + 2048);
	h->data_pages = kj_put_le64(1);
	h->free_pages = kj_put_le64(0x9e + 2048 - 256 - 1);
	h->jump.re = kj_put_le64(MIB + 1);
	h->jump.table = h->jump.swap = kj_put_le64(4 * MIB);
	h->jump.map = kj_put_le64(5 * MIB + 2);
	for (unsigned int i = 0; i < 4; i++, e++) {
		e->unit = kj_put_le64(i);
		e->pfn = kj_put_le64(256 * i);
		if (i != 1)
			continue;
		e->data[3] = 1;
		e->clen = kj_put_le32(4096);
		e->dlen = kj_put_le32(8192);
		e->off = kj_put_le64(off);
	}
	kj_state_seal((void *)(buf + 4096), h->id, KJ_ST_READY, 0, 1);
	kj_image_seal(h);
}

static void patch(uint8_t *buf, const uint8_t *data, size_t size)
{
	while (size >= 3) {
		size_t off = data[0] | (size_t)data[1] << 8, len = data[2];

		data += 3;
		size -= 3;
		if (len > size)
			len = size;
		if (off < SIZE && len <= SIZE - off)
			memcpy(buf + off, data, len);
		data += len;
		size -= len;
	}
}

static void check_entry(const struct kj_le_entry *e, const struct kj_le_image *h, uint64_t unit)
{
	struct kj_ranges ram, win;
	uint8_t mask[KJ_UNIT_MASK];
	uint64_t off, end;

	if (kj_entry_check(e, h, unit))
		return;
	kj_image_ranges(h, &ram, &win);
	check(kj_get_le64(e->pfn) == kj_unit_pfn(&ram, unit));
	kj_unit_mask(&ram, &win, kj_get_le64(e->pfn), mask);
	for (unsigned int i = 0; i < 256; i++)
		check(kj_unit_bit(e->data, i) + kj_unit_bit(e->zero, i) <= kj_unit_bit(mask, i));
	if (!kj_unit_weight(e->data))
		return;
	off = kj_get_le64(e->off);
	end = off + kj_get_le32(e->dlen);
	check(off >= kj_get_le64(h->data_off) && end <= kj_get_le64(h->end_off));
	check(128 + (uint64_t)kj_get_le32(e->clen) <= kj_get_le32(e->dlen));
	check(kj_get_le32(e->dlen) <= KJ_UNIT_BYTES + 4096);
	check(kj_get_le32(e->clen) <= kj_unit_weight(e->data) * 4096);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t buf[SIZE];
	struct kj_le_image *h = (void *)buf;
	struct kj_le_state *s = (void *)(buf + 4096);
	struct kj_le_entry *e = (void *)(buf + 8192);
	struct kj_ranges ram, win;
	uint64_t n;

	good_image(buf);
	patch(buf, data, size);
	/* as they came, then with their sums made right */
	(void)kj_image_check(h, 1ULL << 40);
	h->sum = kj_put_le64(kj_xxh64(h, 4088, 0));
	s->sum = kj_put_le64(kj_xxh64(s, 4088, 0));
	if (!kj_state_check(s, h->id))
		check(kj_get_le32(s->state) >= KJ_ST_READY && kj_get_le32(s->state) <= KJ_ST_STALE);
	if (kj_image_check(h, 1ULL << 40))
		return 0;
	kj_image_ranges(h, &ram, &win);
	n = kj_get_le64(h->nunits);
	check(ram.n && ram.n <= KJ_RAM_MAX && win.n <= KJ_WIN_MAX && n == kj_unit_count(&ram));
	check(n && kj_unit_pfn(&ram, n) == UINT64_MAX &&
	      kj_unit_of(&ram, kj_unit_pfn(&ram, n - 1)) == n - 1);
	check(kj_get_le64(h->end_off) <= 1ULL << 40);
	for (unsigned int i = 0; i < 4; i++) {
		kj_entry_seal(&e[i], h->id);
		check_entry(&e[i], h, i);
	}
	return 0;
}
