// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * XXH64 from the header-only xxHash library. The only core file that includes a foreign
 * header; it must never use the library's allocating calls.
 */
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "core/xxh.h"

_Static_assert(sizeof(struct kj_xxh64) == sizeof(XXH64_state_t), "state size");
_Static_assert(_Alignof(struct kj_xxh64) >= _Alignof(XXH64_state_t), "state alignment");

uint64_t kj_xxh64(const void *buf, size_t len, uint64_t seed)
{
	return XXH64(buf, len, seed);
}

void kj_xxh64_init(struct kj_xxh64 *st, uint64_t seed)
{
	XXH64_state_t s;

	memset(&s, 0, sizeof(s));
	(void)XXH64_reset(&s, seed);
	memcpy(st, &s, sizeof(s));
}

void kj_xxh64_update(struct kj_xxh64 *st, const void *buf, size_t len)
{
	XXH64_state_t s;

	if (!len)
		return;
	memcpy(&s, st, sizeof(s));
	(void)XXH64_update(&s, buf, len);
	memcpy(st, &s, sizeof(s));
}

uint64_t kj_xxh64_digest(const struct kj_xxh64 *st)
{
	XXH64_state_t s;

	memcpy(&s, st, sizeof(s));
	return XXH64_digest(&s);
}
