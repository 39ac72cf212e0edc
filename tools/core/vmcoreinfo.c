// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * VMCOREINFO lookup, a linear scan: the text has a few KiB and is asked a few dozen times; must never read behind its
 * end.
 */
#include "core/vmcoreinfo.h"

#include <string.h>

void kj_vmcoreinfo_init(const char *text, size_t len, struct kj_vmcoreinfo *ret)
{
	size_t n = 0;

	while (text && n < len && text[n])
		n++;
	ret->text = text;
	ret->len = n;
	ret->next = NULL;
}

static enum kj_err find(const struct kj_vmcoreinfo *vi, const char *key, const char **val, size_t *len)
{
	const char *t = vi->text;
	size_t klen = 0, end;

	while (key[klen])
		klen++;
	for (size_t off = 0; t && off < vi->len; off = end + 1) {
		for (end = off; end < vi->len && t[end] != '\n'; end++)
			;
		if (end - off <= klen || t[off + klen] != '=' || memcmp(t + off, key, klen))
			continue;
		*val = t + off + klen + 1;
		*len = end - (off + klen + 1);
		return KJ_OK;
	}
	return KJ_ENOTFOUND;
}

enum kj_err kj_vmcoreinfo_str(const struct kj_vmcoreinfo *vi, const char *key, const char **val, size_t *len)
{
	enum kj_err e = find(vi, key, val, len);

	while (e && vi->next) {
		vi = vi->next;
		e = find(vi, key, val, len);
	}
	return e;
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 255;
}

/* All of @s as a number of base @base, not empty. */
static enum kj_err parse(const char *s, size_t len, unsigned int base, uint64_t *ret)
{
	uint64_t v = 0;

	if (!len)
		return KJ_EFORMAT;
	for (size_t i = 0; i < len; i++) {
		unsigned int d = (unsigned int)digit(s[i]);

		if (d >= base)
			return KJ_EFORMAT;
		if (__builtin_mul_overflow(v, base, &v) || __builtin_add_overflow(v, d, &v))
			return KJ_ERANGE;
	}
	*ret = v;
	return KJ_OK;
}

static int has_0x(const char *s, size_t len)
{
	return len >= 2 && s[0] == '0' && (s[1] == 'x' || s[1] == 'X');
}

enum kj_err kj_vmcoreinfo_num(const struct kj_vmcoreinfo *vi, const char *key, int64_t *ret)
{
	enum kj_err err;
	const char *s;
	uint64_t v;
	size_t len;
	int neg;

	err = kj_vmcoreinfo_str(vi, key, &s, &len);
	if (err)
		return err;
	if (has_0x(s, len)) {
		err = parse(s + 2, len - 2, 16, &v);
		neg = 0;
	} else {
		neg = len && s[0] == '-';
		err = parse(s + neg, len - (size_t)neg, 10, &v);
	}
	if (err)
		return err;
	if (neg && v > (uint64_t)INT64_MAX + 1)
		return KJ_ERANGE;
	*ret = (int64_t)(neg ? 0 - v : v);
	return KJ_OK;
}

enum kj_err kj_vmcoreinfo_hex(const struct kj_vmcoreinfo *vi, const char *key, uint64_t *ret)
{
	enum kj_err err;
	const char *s;
	size_t len;

	err = kj_vmcoreinfo_str(vi, key, &s, &len);
	if (err)
		return err;
	if (has_0x(s, len)) {
		s += 2;
		len -= 2;
	}
	return parse(s, len, 16, ret);
}
