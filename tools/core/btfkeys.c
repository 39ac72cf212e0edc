// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Questions to BTF and how their answers are spelled; must never write a line without an answer.
 */
#include "btfkeys.h"

#include <string.h>

#include "vmcoreinfo.h"

/* How a value becomes what VMCOREINFO says. */
enum form {
	PLAIN = 0,
	MASK, /* bit number to mask */
	TYPE, /* 6.12: top byte of _mapcount */
	BIT,  /* 6.11: a bit that is clear in _mapcount */
	PROOF /* not written: shows that lines below may be */
};

/* Lines of one key stand together: the first that has an answer is written. */
static const struct line {
	const char *key, *type, *name;
	enum kj_btf_ask ask;
	enum form form;
} lines[] = {
	{ "SIZE(page)", "page", NULL, KJ_BTF_SIZE, PLAIN },
	{ "OFFSET(page.flags)", "page", "flags", KJ_BTF_OFFSET, PLAIN },
	{ "OFFSET(page._refcount)", "page", "_refcount", KJ_BTF_OFFSET, PLAIN },
	{ "OFFSET(page._mapcount)", "page", "_mapcount", KJ_BTF_OFFSET, PLAIN },
	{ "OFFSET(page._mapcount)", "page", "page_type", KJ_BTF_OFFSET, PLAIN },
	{ "OFFSET(page.private)", "page", "private", KJ_BTF_OFFSET, PLAIN },
	{ "OFFSET(page.compound_head)", "page", "compound_head", KJ_BTF_OFFSET, PLAIN },
	{ "OFFSET(page.compound_info)", "page", "compound_info", KJ_BTF_OFFSET, PLAIN },
	{ "OFFSET(page.mapping)", "page", "mapping", KJ_BTF_OFFSET, PLAIN },
	{ "OFFSET(folio.page)", "folio", "page", KJ_BTF_OFFSET, PROOF },
	{ "OFFSET(page.mapping)", "folio", "mapping", KJ_BTF_OFFSET, PLAIN },
	{ "OFFSET(page.compound_dtor)", "page", "compound_dtor", KJ_BTF_OFFSET, PLAIN },
	{ "OFFSET(page.compound_order)", "page", "compound_order", KJ_BTF_OFFSET, PLAIN },
	{ "OFFSET(folio._folio_dtor)", "folio", "_folio_dtor", KJ_BTF_OFFSET, PLAIN },
	{ "OFFSET(folio._folio_order)", "folio", "_folio_order", KJ_BTF_OFFSET, PLAIN },
	{ "NUMBER(HUGETLB_PAGE_DTOR)", "compound_dtor_id", "HUGETLB_PAGE_DTOR", KJ_BTF_ENUM,
	  PLAIN },
	{ "SIZE(mem_section)", "mem_section", NULL, KJ_BTF_SIZE, PLAIN },
	{ "OFFSET(mem_section.section_mem_map)", "mem_section", "section_mem_map", KJ_BTF_OFFSET,
	  PLAIN },
	{ "LENGTH(zone.free_area)", "zone", "free_area", KJ_BTF_LENGTH, PLAIN },
	{ "NUMBER(PG_lru)", "pageflags", "PG_lru", KJ_BTF_ENUM, PLAIN },
	{ "NUMBER(PG_private)", "pageflags", "PG_private", KJ_BTF_ENUM, PLAIN },
	{ "NUMBER(PG_swapcache)", "pageflags", "PG_swapcache", KJ_BTF_ENUM, PLAIN },
	{ "NUMBER(PG_swapbacked)", "pageflags", "PG_swapbacked", KJ_BTF_ENUM, PLAIN },
	{ "NUMBER(PG_hwpoison)", "pageflags", "PG_hwpoison", KJ_BTF_ENUM, PLAIN },
	{ "NUMBER(PG_slab)", "pageflags", "PG_slab", KJ_BTF_ENUM, PLAIN },
	{ "NUMBER(PG_hugetlb)", "pageflags", "PG_hugetlb", KJ_BTF_ENUM, PLAIN },
	{ "NUMBER(PG_head_mask)", "pageflags", "PG_head", KJ_BTF_ENUM, MASK },
#define PAGE_TYPE(key, name)                                                                       \
	{ "NUMBER(PAGE_" key "_MAPCOUNT_VALUE)", "pagetype", "PGTY_" name, KJ_BTF_ENUM, TYPE },    \
	{                                                                                          \
		"NUMBER(PAGE_" key "_MAPCOUNT_VALUE)", "pagetype", "PG_" name, KJ_BTF_ENUM, BIT    \
	}
	PAGE_TYPE("BUDDY", "buddy"),
	PAGE_TYPE("OFFLINE", "offline"),
	PAGE_TYPE("SLAB", "slab"),
	PAGE_TYPE("HUGETLB", "hugetlb"),
	PAGE_TYPE("UNACCEPTED", "unaccepted"),
};
#define NLINES (sizeof(lines) / sizeof(lines[0]))
_Static_assert(NLINES <= KJ_BTF_WANT, "one go");

static int same(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

/* 0 if the value is none that this line can have. */
static int spell(enum form form, int64_t *v)
{
	switch (form) {
	case MASK:
		if (*v < 0 || *v > 62)
			return 0;
		*v = 1ll << *v;
		return 1;
	case TYPE:
		if (*v < 0x80 || *v > 0xfe)
			return 0;
		*v = (int64_t)(*v << 24) - (1ll << 32);
		return 1;
	case BIT:
		/* an int: the top bit stands for "no type", bits that may count are none */
		if (*v < 0x10000 || *v > 0x40000000 || *v & (*v - 1))
			return 0;
		*v = -*v - 1;
		return 1;
	default:
		return form == PLAIN;
	}
}

struct text {
	char *buf;
	size_t len;
};

static void put(struct text *t, const char *s)
{
	while (*s)
		t->buf[t->len++] = *s++;
}

static void put_line(struct text *t, const char *key, int64_t v)
{
	char digit[24];
	size_t n = sizeof(digit) - 1;
	uint64_t u = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;

	digit[n] = '\0';
	do
		digit[--n] = (char)('0' + u % 10);
	while (u /= 10);
	put(t, key);
	put(t, v < 0 ? "=-" : "=");
	put(t, digit + n);
	put(t, "\n");
}

uint32_t kj_btfkeys_ask(struct kj_btf_want w[KJ_BTF_WANT])
{
	for (uint32_t i = 0; i < NLINES; i++)
		w[i] = (struct kj_btf_want){ .ask = lines[i].ask,
					     .type = lines[i].type,
					     .name = lines[i].name };
	return NLINES;
}

enum kj_err kj_btfkeys_say(const struct kj_btf_want w[KJ_BTF_WANT], char buf[KJ_BTFKEYS_MAX],
			   size_t *ret_len)
{
	struct text t = { buf, 0 };
	const char *done = "";
	int folio_is_page = 0;

	if (w[0].found != KJ_BTF_FOUND)
		return KJ_ENOTFOUND;
	for (uint32_t i = 0; i < NLINES; i++) {
		int64_t v = w[i].value;

		if (w[i].found != KJ_BTF_FOUND)
			continue;
		if (lines[i].form == PROOF) {
			folio_is_page = v == 0;
			continue;
		}
		/* the union of folio and page is what lets the one speak for the other */
		if (same(lines[i].type, "folio") && !folio_is_page)
			continue;
		if (same(done, lines[i].key) || !spell(lines[i].form, &v))
			continue;
		if (t.len > KJ_BTFKEYS_MAX - 96)
			return KJ_ENOSPC;
		put_line(&t, lines[i].key, v);
		done = lines[i].key;
	}
	*ret_len = t.len;
	return KJ_OK;
}

enum kj_err kj_btfkeys_write(struct kj_btf *b, char buf[KJ_BTFKEYS_MAX], size_t *ret_len)
{
	struct kj_btf_want w[KJ_BTF_WANT];
	enum kj_err e = kj_btf_resolve(b, w, kj_btfkeys_ask(w));

	return e ? e : kj_btfkeys_say(w, buf, ret_len);
}

/* Page types are 32 bits, and printed as int or as unsigned. */
static int equal(const char *key, int64_t a, int64_t b)
{
	size_t len = 0;

	while (key[len])
		len++;
	if (len > 16 && !memcmp(key + len - 16, "_MAPCOUNT_VALUE)", 16))
		return (uint32_t)a == (uint32_t)b;
	return a == b;
}

enum kj_err kj_btfkeys_agree(const struct kj_vmcoreinfo *vi, const struct kj_vmcoreinfo *other,
			     uint32_t *ret_both)
{
	uint32_t both = 0;
	const char *done = "";

	for (uint32_t i = 0; i < NLINES; i++) {
		int64_t a, b;

		if (same(done, lines[i].key))
			continue;
		done = lines[i].key;
		if (kj_vmcoreinfo_num(vi, done, &a) || kj_vmcoreinfo_num(other, done, &b))
			continue;
		if (!equal(done, a, b))
			return KJ_EMISMATCH;
		both++;
	}
	if (!both)
		return KJ_EMISMATCH;
	*ret_both = both;
	return KJ_OK;
}
