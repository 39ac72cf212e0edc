// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Lines of /proc/swaps. It must never read behind the text, or take a number that does not fit.
 */
#include "core/swaps.h"

#include <string.h>

#include "core/parse.h"

/* The next word of the line; 0: there is none. */
static size_t word(const char **p, const char *end, const char **ret)
{
	while (*p < end && kj_is_blank(**p))
		(*p)++;
	*ret = *p;
	while (*p < end && !kj_is_blank(**p))
		(*p)++;
	return (size_t)(*p - *ret);
}

static int is(const char *w, size_t len, const char *what, size_t n)
{
	return len == n && !memcmp(w, what, n);
}

/* A path as seq_path() writes it: blanks, tabs, newlines and backslashes as three octal digits. */
static enum kj_err unescape(const char *w, size_t len, char *to, size_t cap)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned int c = (unsigned char)w[i];

		if (n + 1 >= cap)
			return KJ_EFORMAT;
		if (c == '\\') {
			if (len - i < 4)
				return KJ_EFORMAT;
			c = 0;
			for (unsigned int k = 1; k < 4; k++) {
				if (w[i + k] < '0' || w[i + k] > '7')
					return KJ_EFORMAT;
				c = c << 3 | (unsigned int)(w[i + k] - '0');
			}
			i += 3;
		}
		if (!c || c > 255)
			return KJ_EFORMAT;
		to[n++] = (char)c;
	}
	to[n] = 0;
	return n ? KJ_OK : KJ_EFORMAT;
}

static enum kj_err kib(const char *w, size_t len, uint64_t *ret)
{
	uint64_t n;

	if (kj_parse_u64_in(w, len, 0, UINT64_MAX >> 10, &n))
		return KJ_EFORMAT;
	*ret = n << 10;
	return KJ_OK;
}

static enum kj_err parse(const char *p, const char *end, struct kj_swaps *s)
{
	const char *w;
	size_t len = word(&p, end, &w);
	enum kj_err e = unescape(w, len, s->path, sizeof(s->path));

	if (e)
		return e;
	len = word(&p, end, &w);
	s->is_file = is(w, len, "file", 4);
	if (!s->is_file && !is(w, len, "partition", 9))
		return KJ_EFORMAT;
	len = word(&p, end, &w);
	e = kib(w, len, &s->size);
	if (e)
		return e;
	len = word(&p, end, &w);
	e = kib(w, len, &s->used);
	if (e)
		return e;
	return s->used > s->size ? KJ_EFORMAT : KJ_OK;
}

enum kj_err kj_swaps_next(const char *text, size_t len, size_t *pos, struct kj_swaps *ret)
{
	struct kj_swaps s;
	enum kj_err e = KJ_ENOTFOUND;

	memset(&s, 0, sizeof(s));
	while (*pos < len && e == KJ_ENOTFOUND) {
		const size_t start = *pos;
		size_t end = start;
		const char *p = text + start, *w;
		size_t n;

		while (end < len && text[end] != '\n')
			end++;
		*pos = end < len ? end + 1 : len;
		n = word(&p, text + end, &w);
		if (n && !(!start && is(w, n, "Filename", 8)))
			e = parse(text + start, text + end, &s);
	}
	if (!e)
		*ret = s;
	return e;
}
