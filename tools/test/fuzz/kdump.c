// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fuzz target: headers of a kdump, a descriptor and its page, records of a flattened stream;
 * whatever is accepted lies within the file and comes out of the writer again.
 */
#include <stdlib.h>
#include <string.h>

#include "cmd/lib/pagecodec.h"
#include "core/kdump.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int good)
{
	if (!good)
		abort();
}

static void check_layout(const struct kj_kdump *k, uint64_t size)
{
	static uint8_t again[KJ_KDUMP_HEAD];
	struct kj_kdump back, mine;

	check(k->bitmap1 >= 2 * KJ_KDUMP_BLOCK && k->bitmap2 == k->bitmap1 + k->half &&
	      k->desc == k->bitmap2 + k->half && k->desc <= size);
	check(k->max_mapnr && k->half * 8 >= k->max_mapnr && k->half % KJ_KDUMP_BLOCK == 0);
	check(k->notes_off <= size && k->notes_size <= size - k->notes_off);
	check(k->vi_off <= size && k->vi_size <= size - k->vi_off);
	memset(&mine, 0, sizeof(mine));
	mine.max_mapnr = k->max_mapnr;
	mine.notes_size = k->notes_size;
	memcpy(mine.uts, k->uts, sizeof(mine.uts));
	check(!kj_kdump_layout(&mine));
	kj_kdump_put(&mine, again);
	check(!kj_kdump_parse(again, sizeof(again), 0, &back));
	check(back.desc == mine.desc && back.half == k->half);
}

static void check_page(const struct kj_kdump *k, const uint8_t *data, size_t size)
{
	struct kj_le_page_desc d;
	static uint8_t page[4096];
	uint64_t off;
	void *work;

	if (size < k->desc || size - k->desc < sizeof(d))
		return;
	memcpy(&d, data + k->desc, sizeof(d));
	off = kj_get_le64(d.off);
	if (!kj_kdump_desc_ok(k, &d) || off > size || kj_get_le32(d.size) > size - off)
		return;
	work = aligned_alloc(64, (kj_unpack_size() + 63) & ~(size_t)63);
	(void)kj_unpack_page(kj_get_le32(d.flags), work, kj_unpack_size(), data + off,
			     kj_get_le32(d.size), page);
	free(work);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kj_kdump k;
	uint64_t off, len;

	if (!kj_kdump_parse(data, size, size, &k)) {
		check_layout(&k, size);
		check_page(&k, data, size);
	}
	if (!kj_flat_parse(data, size) && size >= 32 + KJ_FLAT_RECORD) {
		uint8_t rec[KJ_FLAT_RECORD];

		if (!kj_flat_next(data + 32, &off, &len)) {
			check(len && off <= INT64_MAX && len <= INT64_MAX - off);
			kj_flat_record(rec, off, len);
			check(!memcmp(rec, data + 32, sizeof(rec)));
		}
	}
	return 0;
}
