// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Between A and B: keep A's re-entry address, and look whether what was loaded is still what was loaded; must never
 * write anywhere but to the one field of our note.
 */
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

int kj_purgatory(const struct kj_le_purg *p, uint64_t re)
{
	const uint64_t field = kj_get_le64(p->re);

	if (kj_get_le64(p->nranges) && digest_differs(p))
		return 1;
	/* after the digest: the note may be part of what it covers */
	if (field)
		*(le64 *)(uintptr_t)field = kj_put_le64(re);
	return 0;
}
