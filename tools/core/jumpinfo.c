// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The word in a jumping kernel's control page that its peer writes; must never be written where anything around it is
 * not as it has to be.
 */
#include "core/jumpinfo.h"

#include <string.h>

#define DESC_OFF offsetof(struct kj_le_jumpinfo, map)
#define DESC_MAX (4096u - KJ_JUMPINFO_AT - DESC_OFF)

/* Is that a description of a jump to @re that has its first @len bytes? */
static int has(const struct kj_le_jumpinfo *i, uint64_t re, size_t len)
{
	const uint32_t size = kj_get_le32(i->descsz);

	return kj_get_le32(i->namesz) == sizeof(KJ_NOTE_NAME) && kj_get_le32(i->type) == KJ_NT_MAP &&
	       !memcmp(i->name, KJ_NOTE_NAME "\0\0", sizeof(i->name)) && size >= len - DESC_OFF && size <= DESC_MAX &&
	       kj_get_le32(i->map.h.version) == KJ_NOTE_VERSION && kj_get_le32(i->map.h.size) == size &&
	       kj_get_le64(i->reentry) == re;
}

enum kj_err kj_jumpinfo_set_power(uint8_t page[4096], uint64_t re, enum kj_power power)
{
	struct kj_le_jumpinfo i;

	_Static_assert(KJ_JUMPINFO_AT + sizeof(i) <= 4096, "in the page");
	memcpy(&i, page + KJ_JUMPINFO_AT, sizeof(i));
	if (!has(&i, re, offsetof(struct kj_le_jumpinfo, core)) || !(kj_get_le32(i.flags) & KJ_JUMPINFO_PLATFORM))
		return KJ_ENOTFOUND;
	i.power = kj_put_le32((uint32_t)power);
	memcpy(page + KJ_JUMPINFO_AT, &i, sizeof(i));
	return KJ_OK;
}

uint64_t kj_jumpinfo_core(const uint8_t page[4096], uint64_t re)
{
	struct kj_le_jumpinfo i;

	memcpy(&i, page + KJ_JUMPINFO_AT, sizeof(i));
	return has(&i, re, sizeof(i)) ? kj_get_le64(i.core) : 0;
}
