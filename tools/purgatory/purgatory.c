// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Between A and B: keep A's re-entry address and the note about its map, and look whether what was loaded is still what
 * was loaded; must never write anywhere but to the two places that the loader left for that.
 */
#include "core/note.h"
#include "core/sha256.h"
#include "purgatory/purgatory.h"

static const void *at(uint64_t pa)
{
	return (const void *)(uintptr_t)pa;
}

static int digest_differs(const struct kj_le_purg *p)
{
	const uint64_t n = kj_get_le64(p->nranges);
	struct kj_sha256 st;
	uint8_t got[KJ_SHA256_SIZE];
	unsigned int diff = 0;

	if (n > KJ_PURG_RANGES)
		return 1;
	kj_sha256_init(&st);
	for (uint64_t i = 0; i < n; i++)
		kj_sha256_update(&st, at(kj_get_le64(p->range[i].pa)), kj_get_le64(p->range[i].len));
	kj_sha256_final(&st, got);
	for (unsigned int i = 0; i < sizeof(got); i++)
		diff |= (unsigned int)(got[i] ^ p->digest[i]);
	return diff != 0;
}

/* The note that a kernel which publishes its map puts into its control page, copied to where B finds notes.  An older
 * kernel has other data there: nothing is copied unless all of it says that this is the note of this very jump, as one
 * wrong note spoils the others. */
static void keep_map(uint64_t re, uint8_t *to)
{
	const uint8_t *from = at((re & ~(uint64_t)0xfff) + KJ_PURG_NOTE_AT);
	struct {
		le32 namesz, descsz, type;
		char name[8];
	} n;
	struct kj_note_map m;
	le64 reentry;	/* follows struct kj_note_map */
	uint32_t size;

	__builtin_memcpy(&n, from, sizeof(n));
	if (kj_get_le32(n.namesz) != sizeof(KJ_NOTE_NAME) || kj_get_le32(n.type) != KJ_NT_MAP ||
	    __builtin_memcmp(n.name, KJ_NOTE_NAME "\0\0", sizeof(n.name)))
		return;
	size = kj_get_le32(n.descsz);
	if (size < sizeof(m) + sizeof(reentry) || size > KJ_PURG_NOTE_ROOM - sizeof(n))
		return;
	__builtin_memcpy(&m, from + sizeof(n), sizeof(m));
	__builtin_memcpy(&reentry, from + sizeof(n) + sizeof(m), sizeof(reentry));
	if (kj_get_le32(m.h.version) != KJ_NOTE_VERSION || kj_get_le32(m.h.size) != size || kj_get_le64(reentry) != re)
		return;
	__builtin_memcpy(to, from, sizeof(n) + size);
}

int kj_purgatory(const struct kj_le_purg *p, uint64_t re)
{
	const uint64_t field = kj_get_le64(p->re), map = kj_get_le64(p->map);

	if (kj_get_le64(p->nranges) && digest_differs(p))
		return 1;
	/* after the digest: the note may be part of what it covers */
	if (field)
		*(le64 *)(uintptr_t)field = kj_put_le64(re);
	if (re && map)
		keep_map(re, (uint8_t *)(uintptr_t)map);
	return 0;
}
