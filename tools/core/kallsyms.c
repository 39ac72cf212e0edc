// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Streams a kernel's table of symbol names through a small window; must never read the table as a
 * whole, or at a place that was not checked.
 */
#include "kallsyms.h"

#include <string.h>

#include "le.h"
#include "vmcoreinfo.h"

#define NONE UINT32_MAX

static enum kj_err read_u32(struct kj_pgtable *pt, uint64_t va, uint32_t *ret)
{
	le32 raw;
	enum kj_err e = kj_pgtable_read(pt, va, &raw, sizeof(raw));

	if (!e)
		*ret = kj_get_le32(raw);
	return e;
}

/* Tokens and where they begin.  The last one ends the table; its length bounds what is read. */
static enum kj_err read_tokens(struct kj_kallsyms *ks, uint64_t table, uint64_t index)
{
	const size_t room = sizeof(ks->text);
	le16 raw[256];
	size_t len;

	enum kj_err e = kj_pgtable_read(ks->pt, index, raw, sizeof(raw));
	if (e)
		return e;
	for (unsigned int i = 0; i < 256; i++) {
		ks->token[i] = kj_get_le16(raw[i]);
		if (i ? ks->token[i] <= ks->token[i - 1] : ks->token[0])
			return KJ_EFORMAT;
	}
	if (ks->token[255] >= room)
		return KJ_EFORMAT;
	len = ks->token[255] + (size_t)KJ_KALLSYMS_NAME;
	if (len > room)
		len = room;
	e = kj_pgtable_read(ks->pt, table, ks->text, len);
	if (e)
		return e;
	memset(ks->text + len, 0, room - len);
	ks->text[room - 1] = '\0';
	for (unsigned int i = 1; i < 256; i++)
		if (ks->text[ks->token[i] - 1])
			return KJ_EFORMAT;
	return KJ_OK;
}

static enum kj_err base_of(const struct kj_vmcoreinfo *vi, struct kj_kallsyms *ks)
{
	uint64_t va;
	le64 raw;

	ks->base = 0;
	ks->has_base = 0;
	enum kj_err e = kj_vmcoreinfo_hex(vi, "SYMBOL(kallsyms_relative_base)", &va);
	if (e)
		return e == KJ_ENOTFOUND ? KJ_OK : e;
	e = kj_pgtable_read(ks->pt, va, &raw, sizeof(raw));
	if (e)
		return e;
	ks->base = kj_get_le64(raw);
	ks->has_base = 1;
	return KJ_OK;
}

enum kj_err kj_kallsyms_init(const struct kj_vmcoreinfo *vi, struct kj_pgtable *pt,
			     struct kj_kallsyms *ret)
{
	static const char *const key[] = {
		"SYMBOL(kallsyms_names)",       "SYMBOL(kallsyms_num_syms)",
		"SYMBOL(kallsyms_token_table)", "SYMBOL(kallsyms_token_index)",
		"SYMBOL(kallsyms_offsets)",     "SYMBOL(_stext)",
	};
	uint64_t va[sizeof(key) / sizeof(key[0])];

	for (unsigned int i = 0; i < sizeof(key) / sizeof(key[0]); i++) {
		enum kj_err e = kj_vmcoreinfo_hex(vi, key[i], &va[i]);
		if (e)
			return e;
	}
	ret->pt = pt;
	ret->names = va[0];
	ret->offsets = va[4];
	ret->stext = va[5];
	ret->window_len = 0;
	enum kj_err e = read_u32(pt, va[1], &ret->nsyms);
	if (e)
		return e;
	if (ret->nsyms > KJ_KALLSYMS_MAX)
		return KJ_ELIMIT;
	e = base_of(vi, ret);
	return e ? e : read_tokens(ret, va[2], va[3]);
}

/* The byte at @va; windows end where pages do, for what follows may not be mapped. */
static enum kj_err byte_at(struct kj_kallsyms *ks, uint64_t va, uint8_t *ret)
{
	if (va < ks->window_va || va - ks->window_va >= ks->window_len) {
		size_t len = sizeof(ks->window) - (size_t)(va & (sizeof(ks->window) - 1));

		ks->window_len = 0;
		enum kj_err e = kj_pgtable_read(ks->pt, va, ks->window, len);
		if (e)
			return e;
		ks->window_va = va;
		ks->window_len = len;
	}
	*ret = ks->window[va - ks->window_va];
	return KJ_OK;
}

/* The name at *va, expanded without its type into @name (empty if it is too long to be wanted); *va
 * moves behind it. */
static enum kj_err next_name(struct kj_kallsyms *ks, uint64_t *va, char name[KJ_KALLSYMS_NAME])
{
	size_t used = 0;
	uint8_t b, more = 0;

	name[0] = '\0';
	enum kj_err e = byte_at(ks, (*va)++, &b);
	unsigned int len = b & 0x7fu;
	if (!e && b & 0x80) {
		e = byte_at(ks, (*va)++, &more);
		len |= (unsigned int)more << 7;
	}
	if (e)
		return e;
	if (!len || more & 0x80)
		return KJ_EFORMAT;
	for (; len; len--) {
		e = byte_at(ks, (*va)++, &b);
		if (e)
			return e;
		for (const char *t = ks->text + ks->token[b]; *t && used <= KJ_KALLSYMS_NAME; t++) {
			if (used && used <= KJ_KALLSYMS_NAME)
				name[used - 1] = *t;
			used++;
		}
	}
	if (used && used <= KJ_KALLSYMS_NAME)
		name[used - 1] = '\0';
	else
		name[0] = '\0';
	return KJ_OK;
}

static int same(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

enum rule { ABSOLUTE_PERCPU, RELATIVE, PLACE, NRULES };

static uint64_t address(const struct kj_kallsyms *ks, enum rule rule, uint32_t index, uint32_t off)
{
	const int64_t s = (int32_t)off;

	if (rule == ABSOLUTE_PERCPU)
		return s >= 0 ? (uint64_t)s : ks->base - 1 - (uint64_t)s;
	if (rule == RELATIVE)
		return ks->base + off;
	return ks->offsets + 4ull * index + (uint64_t)s;
}

/* How offsets become addresses in this kernel: as that of _stext does. */
static enum kj_err rule_of(struct kj_kallsyms *ks, uint32_t stext, enum rule *ret)
{
	uint32_t off;

	if (stext >= ks->nsyms)
		return KJ_EUNSUPP;
	enum kj_err e = read_u32(ks->pt, ks->offsets + 4ull * stext, &off);
	if (e)
		return e;
	for (unsigned int r = ks->has_base ? ABSOLUTE_PERCPU : PLACE; r < NRULES; r++) {
		if (address(ks, (enum rule)r, stext, off) == ks->stext) {
			*ret = (enum rule)r;
			return KJ_OK;
		}
	}
	return KJ_EUNSUPP;
}

static enum kj_err resolve(struct kj_kallsyms *ks, enum rule rule, uint32_t index, uint64_t *ret)
{
	uint64_t unused, va;
	uint32_t off;

	enum kj_err e = read_u32(ks->pt, ks->offsets + 4ull * index, &off);
	if (e)
		return e;
	va = address(ks, rule, index, off);
	e = kj_pgtable_image_pa(ks->pt, va, &unused);
	if (!e)
		*ret = va;
	return e;
}

enum kj_err kj_kallsyms_find(struct kj_kallsyms *ks, const char *const *name, uint32_t n,
			     uint64_t *ret)
{
	const char *want[KJ_KALLSYMS_WANT + 1];
	uint32_t index[KJ_KALLSYMS_WANT + 1], seen[KJ_KALLSYMS_WANT + 1];
	uint64_t va = ks->names, found[KJ_KALLSYMS_WANT];
	char buf[KJ_KALLSYMS_NAME];
	enum rule rule = RELATIVE;
	enum kj_err e = KJ_OK;

	if (n > KJ_KALLSYMS_WANT)
		return KJ_ERANGE;
	for (uint32_t k = 0; k <= n; k++) {
		size_t len = 0;

		want[k] = k < n ? name[k] : "_stext";
		index[k] = NONE;
		seen[k] = 0;
		while (len < KJ_KALLSYMS_NAME && want[k][len])
			len++;
		if (!len || len == KJ_KALLSYMS_NAME)
			return KJ_ERANGE;
	}
	for (uint32_t i = 0; i < ks->nsyms && !e; i++) {
		e = next_name(ks, &va, buf);
		for (uint32_t k = 0; k <= n && !e; k++) {
			if (!same(buf, want[k]))
				continue;
			index[k] = i;
			seen[k]++;
		}
	}
	if (!e)
		e = rule_of(ks, index[n], &rule);
	for (uint32_t k = 0; k < n && !e; k++) {
		found[k] = 0;
		if (seen[k] == 1)
			e = resolve(ks, rule, index[k], &found[k]);
	}
	if (e)
		return e;
	for (uint32_t k = 0; k < n; k++)
		ret[k] = found[k];
	return KJ_OK;
}
