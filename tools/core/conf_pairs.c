// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Keys of kjump.conf that exclude each other. It must never let a configuration through that promises encryption and
 * writes something else.
 */
#include "core/conf_table.h"
#include "core/parse.h"

/* Is @one among the words of @list? */
static int lists(const char *list, const char *one)
{
	while (*list) {
		const char *p = one;

		while (*list && *list == *p) {
			list++;
			p++;
		}
		if (!*p && (!*list || kj_is_blank(*list)))
			return 1;
		while (*list && !kj_is_blank(*list))
			list++;
		while (kj_is_blank(*list))
			list++;
	}
	return 0;
}

const char *kj_conf_contradiction(const struct kj_conf *c)
{
	if (!c->encrypt[0])
		return NULL;
	if (c->format == KJ_CONF_SWSUSP)
		return "format swsusp cannot be encrypted, and encrypt is given too:";
	if (c->target[0] && lists(c->crash_target, c->target))
		return "crash dumps are not encrypted, but images on the same target are to be:";
	return NULL;
}
