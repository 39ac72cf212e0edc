/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * resume= and resume_offset= of this boot, which the next one will most likely have too. Must never say of an image in a
 * file that it will be found because there is some offset.
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd/lib/front_found.h"
#include "core/parse.h"
#include "sys/io.h"

/* The value of the last word of @text that begins with @key, or NULL; words end at a blank. */
static const char *last_word(const char *text, const char *key, size_t *len)
{
	const char *found = NULL;

	for (const char *p = text; (p = strstr(p, key)) != NULL; p += strlen(key))
		if (p == text || p[-1] == ' ')
			found = p + strlen(key);
	*len = found ? strcspn(found, " \n") : 0;
	return found;
}

static int is_file(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISREG(st.st_mode);
}

int kj_front_found(const char *root, const struct kj_front_target *t, char why[KJ_FOUND_WHY])
{
	const uint64_t at = (t->kind == KJ_FRONT_SWAP ? t->swap : t->list.at) / KJ_BLOCK;
	static char text[65536];
	const char *offset, *resume;
	size_t len, resume_len;
	uint64_t n = 0;
	char path[512];

	if (t->kind == KJ_FRONT_WHOLE || !at)
		return 1;
	snprintf(path, sizeof(path), "%s/proc/cmdline", root);
	if (kj_slurp(path, text, sizeof(text), &len))
		text[0] = 0;
	offset = last_word(text, "resume_offset=", &len);
	resume = last_word(text, "resume=", &resume_len);
	if (offset && !kj_parse_u64(offset, len, &n) && n == at && resume_len)
		return 1;
	if (!is_file(t->path) && (!resume || !offset))
		return 1;
	snprintf(why, KJ_FOUND_WHY, "no boot would find it: it is at resume_offset=%llu, and the kernel's command line has %s%.*s",
		 (unsigned long long)at, !offset ? "none" : !resume_len ? "no resume=" : "resume_offset=",
		 offset && resume_len ? (int)(len < 24 ? len : 24) : 0, offset ? offset : "");
	return 0;
}
