// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reading device-mapper tables, and putting one on top of another. It must never read behind what the kernel has written, or
 * take a number that does not fit a device.
 */
#include "core/dmtable.h"

#include <string.h>

#include "core/parse.h"

/* linux/dm-ioctl.h: struct dm_target_spec, in the machine's own byte order; the parameters follow, as a string */
struct spec {
	uint64_t start, len;	/* sectors of 512 bytes */
	int32_t status;
	uint32_t next;		/* bytes from the first spec to the one that follows this */
	char type[16];
};
_Static_assert(sizeof(struct spec) == 40, "linux/dm-ioctl.h");

#define SECTORS_MAX ((uint64_t)INT64_MAX >> 9)

static enum kj_err number(const char **p, char end, uint64_t max, uint64_t *ret)
{
	size_t n = 0;

	while ((*p)[n] && (*p)[n] != end)
		n++;
	if ((*p)[n] != end || kj_parse_u64_in(*p, n, 0, max, ret))
		return KJ_EFORMAT;
	*p += n + (end != 0);
	return KJ_OK;
}

/* "MAJOR:MINOR START" */
static enum kj_err linear(const char *text, const struct spec *s, struct kj_remap_piece *ret)
{
	uint64_t major, minor, start;

	if (number(&text, ':', UINT32_MAX, &major) || number(&text, ' ', UINT32_MAX, &minor) ||
	    number(&text, 0, SECTORS_MAX, &start))
		return KJ_EFORMAT;
	if (!s->len || s->len > SECTORS_MAX - start || s->start > SECTORS_MAX || s->len > SECTORS_MAX - s->start)
		return KJ_ERANGE;
	*ret = (struct kj_remap_piece){ s->start << 9, start << 9, s->len << 9, (uint32_t)major, (uint32_t)minor };
	return KJ_OK;
}

/* The spec at @pos, and the string behind it. */
static enum kj_err spec_at(const uint8_t *data, size_t len, size_t pos, struct spec *s, const char **text)
{
	if (pos > len || len - pos <= sizeof(*s))
		return KJ_ETRUNC;
	memcpy(s, data + pos, sizeof(*s));
	*text = (const char *)data + pos + sizeof(*s);
	for (size_t i = pos + sizeof(*s); i < len; i++)
		if (!data[i])
			return KJ_OK;
	return KJ_ETRUNC;
}

enum kj_err kj_dm_table(const uint8_t *data, size_t len, uint32_t count, struct kj_remap *ret, char type[KJ_DM_TYPE])
{
	uint64_t end = 0;
	size_t pos = 0;

	ret->n = 0;
	if (!count)
		return KJ_ENOTFOUND;
	if (count > KJ_REMAP_MAX)
		return KJ_ELIMIT;
	for (uint32_t i = 0; i < count; i++) {
		struct kj_remap_piece *p = &ret->p[i];
		const char *text;
		struct spec s;
		enum kj_err e = spec_at(data, len, pos, &s, &text);

		if (e)
			return e;
		if (memcmp(s.type, "linear", sizeof("linear"))) {
			memcpy(type, s.type, sizeof(s.type));
			type[sizeof(s.type)] = 0;
			return KJ_EUNSUPP;
		}
		e = linear(text, &s, p);
		if (!e && p->from != end)
			e = KJ_EFORMAT;
		if (e)
			return e;
		end = p->from + p->len;
		if (i + 1 < count && s.next <= pos)
			return KJ_EFORMAT;
		pos = s.next;
	}
	ret->n = count;
	return KJ_OK;
}

enum kj_err kj_dm_only(const uint8_t *data, size_t len, uint32_t count, const char *type, struct kj_dm_only *ret)
{
	const char *text;
	struct spec s;
	enum kj_err e;
	size_t n = 1;

	if (count != 1)
		return KJ_ENOTFOUND;
	e = spec_at(data, len, 0, &s, &text);
	if (e)
		return e;
	while (type[n - 1])
		n++;
	if (n > sizeof(s.type) || memcmp(s.type, type, n))
		return KJ_ENOTFOUND;
	if (s.start)
		return KJ_EFORMAT;
	ret->sectors = s.len;
	ret->text = text;
	return KJ_OK;
}

void kj_remap_plain(struct kj_remap *m, uint32_t major, uint32_t minor, uint64_t size)
{
	m->n = 1;
	m->p[0] = (struct kj_remap_piece){ 0, 0, size, major, minor };
}

static enum kj_err append(struct kj_remap *m, struct kj_remap_piece p)
{
	struct kj_remap_piece *last = m->n ? &m->p[m->n - 1] : NULL;

	if (last && last->major == p.major && last->minor == p.minor && last->to + last->len == p.to) {
		last->len += p.len;
		return KJ_OK;
	}
	if (m->n == KJ_REMAP_MAX)
		return KJ_ELIMIT;
	m->p[m->n++] = p;
	return KJ_OK;
}

/* The piece that @off is in; NULL: none. */
static const struct kj_remap_piece *piece_of(const struct kj_remap *m, uint64_t off)
{
	for (uint32_t i = 0; i < m->n; i++)
		if (off >= m->p[i].from && off - m->p[i].from < m->p[i].len)
			return &m->p[i];
	return NULL;
}

enum kj_err kj_remap_through(const struct kj_remap *m, uint32_t major, uint32_t minor, const struct kj_remap *below,
			     struct kj_remap *to)
{
	enum kj_err e = KJ_OK;

	to->n = 0;
	for (uint32_t i = 0; i < m->n && !e; i++) {
		struct kj_remap_piece p = m->p[i];

		if (p.major != major || p.minor != minor) {
			e = append(to, p);
			continue;
		}
		while (p.len && !e) {
			const struct kj_remap_piece *b = piece_of(below, p.to);
			uint64_t n;

			if (!b)
				return KJ_ERANGE;
			n = b->len - (p.to - b->from);
			if (n > p.len)
				n = p.len;
			e = append(to, (struct kj_remap_piece){ p.from, b->to + (p.to - b->from), n, b->major, b->minor });
			p.from += n;
			p.to += n;
			p.len -= n;
		}
	}
	return e;
}

int kj_remap_other(const struct kj_remap *m, uint32_t major, uint32_t minor, uint32_t *ret_major, uint32_t *ret_minor)
{
	for (uint32_t i = 0; i < m->n; i++) {
		if (m->p[i].major == major && m->p[i].minor == minor)
			continue;
		*ret_major = m->p[i].major;
		*ret_minor = m->p[i].minor;
		return 1;
	}
	return 0;
}

enum kj_err kj_remap_find(const struct kj_remap *m, uint64_t off, uint64_t len, uint64_t *at, uint64_t *run)
{
	const struct kj_remap_piece *p = piece_of(m, off);

	if (!p)
		return KJ_ERANGE;
	*at = p->to + (off - p->from);
	*run = p->len - (off - p->from);
	if (*run > len)
		*run = len;
	return KJ_OK;
}

uint64_t kj_remap_size(const struct kj_remap *m)
{
	return m->n ? m->p[m->n - 1].from + m->p[m->n - 1].len : 0;
}
