/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * BTF from a few calls, for the tests of what reads it; must never be used outside tests.
 */
#ifndef KJ_TEST_MKBTF_H
#define KJ_TEST_MKBTF_H

#include <stdint.h>
#include <string.h>

#define MB_MAX 16384u
enum { MB_INT = 1, MB_PTR, MB_ARRAY, MB_STRUCT, MB_UNION, MB_ENUM, MB_TYPEDEF = 8, MB_ENUM64 = 19 };

struct mb {
	uint8_t types[MB_MAX], strs[MB_MAX];
	uint32_t ntypes, nstrs, ids;
};

static inline void mb_init(struct mb *b)
{
	memset(b, 0, sizeof(*b));
	b->nstrs = 1;
}

/* Offset of @s in the strings, each of them once. */
static inline uint32_t mb_str(struct mb *b, const char *s)
{
	if (!s || !*s)
		return 0;
	for (uint32_t i = 1; i < b->nstrs; i += (uint32_t)strlen((char *)b->strs + i) + 1)
		if (!strcmp((char *)b->strs + i, s))
			return i;
	uint32_t at = b->nstrs;
	strcpy((char *)b->strs + at, s);
	b->nstrs += (uint32_t)strlen(s) + 1;
	return at;
}

static inline void mb_u32(struct mb *b, uint32_t v)
{
	for (unsigned int i = 0; i < 4; i++)
		b->types[b->ntypes++] = (uint8_t)(v >> 8 * i);
}

/* Begin a type; its number. */
static inline uint32_t mb_type(struct mb *b, uint32_t kind, const char *name, uint32_t vlen,
			       uint32_t flag, uint32_t size_or_type)
{
	mb_u32(b, mb_str(b, name));
	mb_u32(b, kind << 24 | vlen | flag << 31);
	mb_u32(b, size_or_type);
	return ++b->ids;
}

static inline uint32_t mb_int(struct mb *b, const char *name, uint32_t size)
{
	uint32_t id = mb_type(b, MB_INT, name, 0, 0, size);

	mb_u32(b, size * 8);
	return id;
}

static inline uint32_t mb_array(struct mb *b, uint32_t of, uint32_t n)
{
	uint32_t id = mb_type(b, MB_ARRAY, NULL, 0, 0, 0);

	mb_u32(b, of);
	mb_u32(b, of);
	mb_u32(b, n);
	return id;
}

/* A member, or (two numbers) a constant of an enum. */
static inline void mb_member(struct mb *b, const char *name, uint32_t type, uint32_t bits)
{
	mb_u32(b, mb_str(b, name));
	mb_u32(b, type);
	mb_u32(b, bits);
}

static inline void mb_value(struct mb *b, const char *name, uint32_t v)
{
	mb_u32(b, mb_str(b, name));
	mb_u32(b, v);
}

/* The whole of it to @out; its length. */
static inline uint32_t mb_write(const struct mb *b, uint8_t *out)
{
	const uint32_t h[6] = { 0x0001eb9f, 24, 0, b->ntypes, b->ntypes, b->nstrs };

	for (unsigned int i = 0; i < 24; i++)
		out[i] = (uint8_t)(h[i / 4] >> 8 * (i % 4));
	memcpy(out + 24, b->types, b->ntypes);
	memcpy(out + 24 + b->ntypes, b->strs, b->nstrs);
	return 24 + b->ntypes + b->nstrs;
}

/*
 * A kernel with the names that page classes need, of the generation of 6.12 (@memdesc 0) or of one
 * whose struct page has no mapping of its own and a compound_info (1).
 */
static inline void mb_kernel(struct mb *b, int memdesc)
{
	uint32_t u64 = mb_int(b, "unsigned long", 8), u32 = mb_int(b, "unsigned int", 4);
	uint32_t page, words = memdesc ? 2 : 3;

	/* number of what follows: the nameless struct in the nameless union of struct page */
	uint32_t in = mb_type(b, MB_STRUCT, NULL, words, 0, 40);
	mb_member(b, "lru", u64, 0);
	if (!memdesc)
		mb_member(b, "mapping", u64, 128);
	mb_member(b, "private", u64, 256);
	uint32_t tail = mb_type(b, MB_STRUCT, NULL, 1, 0, 8);
	mb_member(b, memdesc ? "compound_info" : "compound_head", u64, 0);
	uint32_t both = mb_type(b, MB_UNION, NULL, 2, 0, 40);
	mb_member(b, NULL, in, 0);
	mb_member(b, NULL, tail, 0);
	uint32_t count = mb_type(b, MB_UNION, NULL, 2, 0, 4);
	mb_member(b, "page_type", u32, 0);
	mb_member(b, "_mapcount", u32, 0);
	page = mb_type(b, MB_STRUCT, "page", 4, 0, 64);
	mb_member(b, "flags", u64, 0);
	mb_member(b, NULL, both, 64);
	mb_member(b, NULL, count, 384);
	mb_member(b, "_refcount", u32, 416);
	uint32_t fields = mb_type(b, MB_STRUCT, NULL, 2, 0, 64);
	mb_member(b, "flags", u64, 0);
	mb_member(b, "mapping", u64, 192);
	uint32_t first = mb_type(b, MB_UNION, NULL, 2, 0, 64);
	mb_member(b, NULL, fields, 0);
	mb_member(b, "page", page, 0);
	mb_type(b, MB_STRUCT, "folio", 1, 0, 64);
	mb_member(b, NULL, first, 0);

	uint32_t area = mb_array(b, u64, 11), alias = mb_type(b, MB_TYPEDEF, "areas", 0, 0, area);
	mb_type(b, MB_STRUCT, "zone", 2, 0, 88);
	mb_member(b, "free_area", alias, 64);
	mb_member(b, "lock", u32, 704);
	mb_type(b, MB_STRUCT, "mem_section", 1, 0, 32);
	mb_member(b, "section_mem_map", u64, 0);
	mb_type(b, MB_ENUM, "pageflags", 6, 0, 4);
	mb_value(b, "PG_lru", 5);
	mb_value(b, "PG_head", 6);
	mb_value(b, "PG_swapcache", 10);
	mb_value(b, "PG_private", 14);
	mb_value(b, "PG_swapbacked", 17);
	mb_value(b, "PG_hwpoison", 20);
	mb_type(b, MB_ENUM, "pagetype", 5, 0, 4);
	mb_value(b, "PGTY_buddy", 0xf0);
	mb_value(b, "PGTY_offline", 0xf1);
	mb_value(b, "PGTY_hugetlb", 0xf4);
	mb_value(b, "PGTY_slab", 0xf5);
	mb_value(b, "PGTY_unaccepted", 0xf7);
}

#endif
