// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Goes through BTF's strings and types in order; must never step by a length that was not checked.
 */
#include "btf.h"

#include <string.h>

#include "le.h"

#define MAGIC 0xeb9fu
#define HEADER 24u /* up to str_len; newer ones are longer */

enum kind {
	INT = 1,
	PTR,
	ARRAY,
	STRUCT,
	UNION,
	ENUM,
	FWD,
	TYPEDEF,
	VOLATILE,
	CONST,
	RESTRICT,
	FUNC,
	FUNC_PROTO,
	VAR,
	DATASEC,
	FLOAT,
	DECL_TAG,
	TYPE_TAG,
	ENUM64
};

/* struct btf_type */
struct type {
	le32 name, info, size;
};
_Static_assert(sizeof(struct type) == 12 && offsetof(struct type, size) == 8, "struct btf_type");

struct member {
	le32 name, type, offset;
};
_Static_assert(sizeof(struct member) == 12, "struct btf_member");

/* A type met by its number: a nameless member to enter, or an array to measure. */
struct pending {
	uint32_t id, root; /* root: name of the struct that is asked about */
	uint32_t want;     /* KJ_BTF_LENGTH: which question; else KJ_BTF_WANT */
	uint64_t bits;     /* from the root's start */
};

struct search {
	struct kj_btf *b;
	struct kj_btf_want *w;
	uint32_t n;
	struct pending now[KJ_BTF_PENDING], next[KJ_BTF_PENDING];
	uint32_t nnow, nnext;
};

/* A type that is being looked at; what follows its twelve bytes begins at ->off. */
struct seen {
	uint32_t id, name, kind, vlen, flag, size, off;
};

static enum kj_err get(struct kj_btf *b, uint32_t off, void *buf, uint32_t len)
{
	if (off < b->window_off || off - b->window_off > b->window_len ||
	    len > b->window_len - (off - b->window_off)) {
		uint32_t end = off < b->types_end ? b->types_end : b->strs_end;
		uint32_t room =
			end - off < sizeof(b->window) ? end - off : (uint32_t)sizeof(b->window);

		if (off > end || len > room)
			return KJ_ETRUNC;
		b->window_len = 0;
		if (b->read(b->ctx, off, b->window, room))
			return KJ_ETRUNC;
		b->window_off = off;
		b->window_len = room;
	}
	memcpy(buf, b->window + (off - b->window_off), len);
	return KJ_OK;
}

enum kj_err kj_btf_init(kj_btf_read_fn read, void *ctx, uint64_t size, struct kj_btf *ret)
{
	le32 raw[HEADER / 4];
	uint8_t ends[2];
	uint32_t h[HEADER / 4];

	if (size > KJ_BTF_MAX)
		return KJ_ELIMIT;
	if (size < HEADER || read(ctx, 0, raw, sizeof(raw)))
		return KJ_ETRUNC;
	for (unsigned int i = 0; i < HEADER / 4; i++)
		h[i] = kj_get_le32(raw[i]);
	if ((h[0] & 0xffff) != MAGIC)
		return KJ_EMAGIC;
	if ((h[0] >> 16 & 0xff) != 1)
		return KJ_EVERSION;
	if (h[1] < HEADER)
		return KJ_EFORMAT;
	if (h[1] > size)
		return KJ_ETRUNC;
	uint32_t left = (uint32_t)size - h[1];
	if (h[2] > left || h[3] > left - h[2] || h[4] > left || h[5] > left - h[4])
		return KJ_ETRUNC;
	if (!h[5] || h[2] & 3 || (h[4] < h[2] + h[3] && h[2] < h[4] + h[5]))
		return KJ_EFORMAT;
	ret->read = read;
	ret->ctx = ctx;
	ret->types = h[1] + h[2];
	ret->types_end = ret->types + h[3];
	ret->strs = h[1] + h[4];
	ret->strs_end = ret->strs + h[5];
	ret->window_off = ret->window_len = 0;
	if (read(ctx, ret->strs, &ends[0], 1) || read(ctx, ret->strs_end - 1, &ends[1], 1))
		return KJ_ETRUNC;
	return ends[0] || ends[1] ? KJ_EFORMAT : KJ_OK;
}

/* ---- strings ---- */

static uint32_t hash(uint32_t h, char c)
{
	return (h ^ (uint8_t)c) * 16777619u;
}

static uint32_t hash_of(const char *s, uint32_t *len)
{
	uint32_t h = 2166136261u;

	for (*len = 0; s[*len]; ++*len)
		h = hash(h, s[*len]);
	return h;
}

struct word {
	const char *s;
	uint32_t hash, len;
	uint32_t *ret;
};

/* The string at @off has the hash of @word: is it the same? */
static enum kj_err settle(struct kj_btf *b, const struct word *word, uint32_t off)
{
	for (uint32_t i = 0; i <= word->len; i++) {
		char c;
		enum kj_err e = get(b, off + i, &c, 1);

		if (e)
			return e;
		if (c != word->s[i])
			return KJ_OK;
	}
	*word->ret = off - b->strs;
	return KJ_OK;
}

/* Offsets of all wanted names.  BTF has each string once. */
static enum kj_err find_names(struct kj_btf *b, struct kj_btf_want *w, uint32_t n)
{
	struct word word[2 * KJ_BTF_WANT];
	uint8_t first[256] = { 0 }, next[2 * KJ_BTF_WANT];
	uint32_t nwords = 0, h = 2166136261u, start = b->strs;

	for (uint32_t i = 0; i < 2 * n; i++) {
		struct word *k = &word[nwords];

		k->s = i & 1 ? w[i / 2].name : w[i / 2].type;
		k->ret = i & 1 ? &w[i / 2].name_off : &w[i / 2].type_off;
		*k->ret = 0;
		if (!k->s)
			continue;
		k->hash = hash_of(k->s, &k->len);
		next[nwords] = first[k->hash >> 24];
		first[k->hash >> 24] = (uint8_t)++nwords;
	}
	for (uint32_t off = b->strs; off < b->strs_end; off++) {
		char c;
		enum kj_err e = get(b, off, &c, 1);

		if (e)
			return e;
		if (c) {
			h = hash(h, c);
			continue;
		}
		for (uint32_t k = first[h >> 24]; k && !e; k = next[k - 1])
			if (word[k - 1].hash == h && word[k - 1].len == off - start)
				e = settle(b, &word[k - 1], start);
		if (e)
			return e;
		start = off + 1;
		h = 2166136261u;
	}
	return KJ_OK;
}

/* ---- types ---- */

static void answer(struct kj_btf_want *w, int64_t value)
{
	if (w->found == KJ_BTF_FOUND && w->value != value)
		w->found = KJ_BTF_TWICE;
	if (w->found != KJ_BTF_NOT)
		return;
	w->found = KJ_BTF_FOUND;
	w->value = value;
}

static enum kj_err defer(struct search *s, uint32_t id, uint32_t root, uint32_t want, uint64_t bits)
{
	if (s->nnext == KJ_BTF_PENDING)
		return KJ_ELIMIT;
	s->next[s->nnext++] = (struct pending){ id, root, want, bits };
	return KJ_OK;
}

/* Bytes behind the twelve of a type; 0 for most kinds. */
static enum kj_err extra(uint32_t kind, uint32_t vlen, uint32_t *ret)
{
	static const uint8_t fixed[ENUM64 + 1] = {
		[INT] = 4, [ARRAY] = 12, [VAR] = 4, [DECL_TAG] = 4
	};
	static const uint8_t each[ENUM64 + 1] = { [STRUCT] = 12,    [UNION] = 12,   [ENUM] = 8,
						  [FUNC_PROTO] = 8, [DATASEC] = 12, [ENUM64] = 12 };

	if (kind < INT || kind > ENUM64)
		return KJ_EUNSUPP;
	*ret = fixed[kind] + each[kind] * vlen;
	return KJ_OK;
}

/* The members of struct or union @t, which begins at bit @bits of what @root names. */
static enum kj_err members(struct search *s, const struct seen *t, uint32_t root, uint64_t bits)
{
	for (uint32_t i = 0; i < t->vlen; i++) {
		struct member m;
		enum kj_err e = get(s->b, t->off + i * (uint32_t)sizeof(m), &m, sizeof(m));

		if (e)
			return e;
		uint32_t name = kj_get_le32(m.name), raw = kj_get_le32(m.offset);
		uint64_t at = bits + (t->flag ? raw & 0xffffff : raw);
		if (!name) {
			e = defer(s, kj_get_le32(m.type), root, KJ_BTF_WANT, at);
			if (e)
				return e;
			continue;
		}
		for (uint32_t k = 0; k < s->n; k++) {
			struct kj_btf_want *w = &s->w[k];

			if (w->type_off != root || w->name_off != name)
				continue;
			if (w->ask == KJ_BTF_OFFSET && !(at & 7) && !(t->flag && raw >> 24))
				answer(w, (int64_t)(at / 8));
			if (w->ask == KJ_BTF_LENGTH)
				e = defer(s, kj_get_le32(m.type), root, k, 0);
			if (e)
				return e;
		}
	}
	return KJ_OK;
}

static enum kj_err constants(struct search *s, const struct seen *t)
{
	const uint32_t each = t->kind == ENUM ? 8 : 12;

	for (uint32_t i = 0; i < t->vlen; i++) {
		le32 raw[3] = { 0 };
		enum kj_err e = get(s->b, t->off + i * each, raw, each);

		if (e)
			return e;
		uint64_t v = kj_get_le32(raw[1]);
		if (t->kind == ENUM64)
			v |= (uint64_t)kj_get_le32(raw[2]) << 32;
		else if (t->flag) /* signed */
			v = (uint64_t)(int64_t)(int32_t)v;
		for (uint32_t k = 0; k < s->n; k++)
			if (s->w[k].ask == KJ_BTF_ENUM && s->w[k].type_off == t->name &&
			    s->w[k].name_off == kj_get_le32(raw[0]))
				answer(&s->w[k], (int64_t)v);
	}
	return KJ_OK;
}

/* First pass: types by name. */
static enum kj_err by_name(struct search *s, const struct seen *t)
{
	int wanted = 0;

	if (!t->name ||
	    (t->kind != STRUCT && t->kind != UNION && t->kind != ENUM && t->kind != ENUM64))
		return KJ_OK;
	for (uint32_t k = 0; k < s->n; k++) {
		if (s->w[k].type_off != t->name)
			continue;
		wanted = 1;
		if (s->w[k].ask == KJ_BTF_SIZE && (t->kind == STRUCT || t->kind == UNION))
			answer(&s->w[k], t->size);
	}
	if (!wanted)
		return KJ_OK;
	if (t->kind == STRUCT || t->kind == UNION)
		return members(s, t, t->name, 0);
	return constants(s, t);
}

/* Later passes: types by number. */
static enum kj_err by_number(struct search *s, const struct seen *t)
{
	for (uint32_t i = 0; i < s->nnow; i++) {
		const struct pending *p = &s->now[i];
		enum kj_err e = KJ_OK;
		le32 raw[3];

		if (p->id != t->id)
			continue;
		if (t->kind == TYPEDEF || t->kind == VOLATILE || t->kind == CONST ||
		    t->kind == TYPE_TAG)
			e = defer(s, t->size, p->root, p->want, p->bits);
		else if (p->want == KJ_BTF_WANT && (t->kind == STRUCT || t->kind == UNION))
			e = members(s, t, p->root, p->bits);
		else if (p->want != KJ_BTF_WANT && t->kind == ARRAY) {
			e = get(s->b, t->off, raw, sizeof(raw));
			if (!e)
				answer(&s->w[p->want], kj_get_le32(raw[2]));
		}
		if (e)
			return e;
	}
	return KJ_OK;
}

static enum kj_err pass(struct search *s, enum kj_err (*look)(struct search *, const struct seen *))
{
	uint32_t off = s->b->types, id = 1;

	while (off < s->b->types_end) {
		struct type raw;
		struct seen t;
		uint32_t more;

		if (s->b->types_end - off < sizeof(raw))
			return KJ_ETRUNC;
		enum kj_err e = get(s->b, off, &raw, sizeof(raw));
		if (e)
			return e;
		uint32_t info = kj_get_le32(raw.info);
		t = (struct seen){ id++,
				   kj_get_le32(raw.name),
				   info >> 24 & 0x1f,
				   info & 0xffff,
				   info >> 31,
				   kj_get_le32(raw.size),
				   off + (uint32_t)sizeof(raw) };
		if (info & 0x60ff0000u)
			return KJ_EUNSUPP;
		e = extra(t.kind, t.vlen, &more);
		if (!e && more > s->b->types_end - t.off)
			e = KJ_ETRUNC;
		if (!e)
			e = look(s, &t);
		if (e)
			return e;
		off = t.off + more;
	}
	return KJ_OK;
}

enum kj_err kj_btf_resolve(struct kj_btf *b, struct kj_btf_want *w, uint32_t n)
{
	struct search s = { .b = b, .w = w, .n = n };

	if (n > KJ_BTF_WANT)
		return KJ_ERANGE;
	enum kj_err e = find_names(b, w, n);
	for (uint32_t k = 0; k < n; k++) {
		w[k].found = KJ_BTF_NOT;
		w[k].value = 0;
		if (!w[k].type_off || (w[k].name && !w[k].name_off))
			w[k].type_off = UINT32_MAX; /* no type has that name */
	}
	if (!e)
		e = pass(&s, by_name);
	for (unsigned int depth = 0; !e && s.nnext; depth++) {
		if (depth == KJ_BTF_DEPTH)
			return KJ_ELIMIT;
		memcpy(s.now, s.next, sizeof(s.now));
		s.nnow = s.nnext;
		s.nnext = 0;
		e = pass(&s, by_number);
	}
	return e;
}
