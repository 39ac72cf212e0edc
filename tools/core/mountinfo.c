// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Parsing of mountinfo lines. It must never take a field for another when one of them is strange.
 */
#include "core/mountinfo.h"

#include <string.h>

#include "core/parse.h"

struct line {
	const char *p, *end;
};

/* The next field, up to a blank. 0: there is none. */
static size_t field(struct line *l, const char **ret)
{
	const char *p = l->p;

	while (l->p < l->end && *l->p != ' ')
		l->p++;
	*ret = p;
	if (l->p < l->end) {
		const size_t n = (size_t)(l->p - p);

		l->p++;
		return n;
	}
	return (size_t)(l->p - p);
}

/* The first @c in p[@len], or @len. */
static size_t find(const char *p, size_t len, char c)
{
	size_t i = 0;

	while (i < len && p[i] != c)
		i++;
	return i;
}

static int octal(const char *p)
{
	return p[0] >= '0' && p[0] <= '3' && p[1] >= '0' && p[1] <= '7' && p[2] >= '0' && p[2] <= '7';
}

/* The kernel writes blanks and backslashes as \ooo (fs/seq_file.c: mangle_path()). 0: it fits. */
static int unescape(const char *p, size_t len, char *to, size_t cap)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		char c = p[i];

		if (c == '\\' && len - i > 3 && octal(p + i + 1)) {
			c = (char)((p[i + 1] - '0') << 6 | (p[i + 2] - '0') << 3 | (p[i + 3] - '0'));
			i += 3;
		}
		if (n + 1 >= cap) {
			to[n] = 0;
			return 1;
		}
		to[n++] = c;
	}
	to[n] = 0;
	return 0;
}

static enum kj_err device(const char *p, size_t len, struct kj_mount *m)
{
	const size_t n = find(p, len, ':');
	uint64_t a, b;

	if (n == len)
		return KJ_EFORMAT;
	if (kj_parse_u64_in(p, n, 0, UINT32_MAX, &a) || kj_parse_u64_in(p + n + 1, len - n - 1, 0, UINT32_MAX, &b))
		return KJ_EFORMAT;
	m->major = (uint32_t)a;
	m->minor = (uint32_t)b;
	return KJ_OK;
}

static enum kj_err parse(struct line *l, struct kj_mount *m)
{
	const char *p;
	size_t n;

	memset(m, 0, sizeof(*m));
	/* ID, its parent's, device, root, mount point, options */
	for (unsigned int i = 0; i < 6; i++) {
		n = field(l, &p);
		if (!n)
			return KJ_EFORMAT;
		if (i == 2 && device(p, n, m))
			return KJ_EFORMAT;
		if (i == 4)
			unescape(p, n, m->point, sizeof(m->point));
	}
	/* any number of optional ones up to a dash */
	do {
		n = field(l, &p);
		if (!n)
			return KJ_EFORMAT;
	} while (n != 1 || *p != '-');
	n = field(l, &p);
	if (!n || unescape(p, n, m->type, sizeof(m->type)))
		return KJ_EFORMAT;
	/* a source may be empty: two blanks */
	n = field(l, &p);
	if (unescape(p, n, m->source, sizeof(m->source)))
		m->source[0] = '?';
	n = field(l, &p);
	if (n < 2 || (n > 2 && p[2] != ',') || p[0] != 'r' || (p[1] != 'w' && p[1] != 'o'))
		return KJ_EFORMAT;
	m->rw = p[1] == 'w';
	return KJ_OK;
}

enum kj_err kj_mountinfo_next(const char *text, size_t len, size_t *pos, struct kj_mount *m)
{
	struct line l;
	size_t n;

	if (*pos >= len)
		return KJ_ENOTFOUND;
	l.p = text + *pos;
	n = find(l.p, len - *pos, '\n');
	l.end = l.p + n;
	*pos += n + (n < len - *pos);
	return parse(&l, m);
}
