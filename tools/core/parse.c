// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Strict numbers. It must never accept a prefix of the text, which is what strtoull() and
 * its kin do.
 */
#include "core/parse.h"

/* Value of a digit in bases up to 16; 16 for anything else. */
static unsigned int digit(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned int)(c - '0');
	if (c >= 'a' && c <= 'f')
		return (unsigned int)(c - 'a') + 10;
	if (c >= 'A' && c <= 'F')
		return (unsigned int)(c - 'A') + 10;
	return 16;
}

static enum kj_err number(const char *s, size_t len, unsigned int base, uint64_t *ret)
{
	uint64_t n = 0;
	int over = 0;

	if (!len)
		return KJ_EFORMAT;
	for (size_t i = 0; i < len; i++) {
		const unsigned int d = digit(s[i]);

		if (d >= base)
			return KJ_EFORMAT;
		/* go on after an overflow: "99999999999999999999x" is no number at all */
		over |= __builtin_mul_overflow(n, base, &n);
		over |= __builtin_add_overflow(n, d, &n);
	}
	if (over)
		return KJ_ERANGE;
	*ret = n;
	return KJ_OK;
}

static int has_0x(const char *s, size_t len)
{
	return len >= 2 && s[0] == '0' && (s[1] == 'x' || s[1] == 'X');
}

enum kj_err kj_parse_u64(const char *s, size_t len, uint64_t *ret)
{
	return has_0x(s, len) ? number(s + 2, len - 2, 16, ret) : number(s, len, 10, ret);
}

enum kj_err kj_parse_u64_in(const char *s, size_t len, uint64_t min, uint64_t max, uint64_t *ret)
{
	uint64_t n;
	enum kj_err e = kj_parse_u64(s, len, &n);

	if (e)
		return e;
	if (n < min || n > max)
		return KJ_ERANGE;
	*ret = n;
	return KJ_OK;
}

enum kj_err kj_parse_int_in(const char *s, size_t len, int min, int max, int *ret)
{
	const int minus = len && s[0] == '-';
	uint64_t n;
	enum kj_err e = minus ? number(s + 1, len - 1, 10, &n) : number(s, len, 10, &n);

	if (e)
		return e;
	if (n > INT32_MAX)
		return KJ_ERANGE;
	const int v = minus ? -(int)n : (int)n;

	if (v < min || v > max)
		return KJ_ERANGE;
	*ret = v;
	return KJ_OK;
}

enum kj_err kj_parse_hex(const char *s, size_t len, uint64_t *ret)
{
	return len > 16 ? KJ_EFORMAT : number(s, len, 16, ret);
}

/* log2 of the factor that a suffix stands for; 0 if it is none. */
static unsigned int size_shift(char c)
{
	switch (c) {
	case 'k':
	case 'K':
		return 10;
	case 'm':
	case 'M':
		return 20;
	case 'g':
	case 'G':
		return 30;
	case 't':
	case 'T':
		return 40;
	}
	return 0;
}

enum kj_err kj_parse_size(const char *s, size_t len, uint64_t *ret)
{
	const unsigned int shift = len ? size_shift(s[len - 1]) : 0;
	uint64_t n;
	enum kj_err e = kj_parse_u64(s, shift ? len - 1 : len, &n);

	if (e)
		return e;
	if (n > UINT64_MAX >> shift)
		return KJ_ERANGE;
	*ret = n << shift;
	return KJ_OK;
}

enum kj_err kj_parse_seconds(const char *s, size_t len, uint64_t *ret)
{
	const char last = len ? s[len - 1] : '\0';
	const uint64_t unit = last == 'h' ? 3600 : last == 'm' ? 60 : 1;
	uint64_t n;
	enum kj_err e = number(s, unit > 1 || last == 's' ? len - 1 : len, 10, &n);

	if (e)
		return e;
	if (n > UINT64_MAX / unit)
		return KJ_ERANGE;
	*ret = n * unit;
	return KJ_OK;
}

static size_t find(const char *s, size_t len, char c)
{
	size_t i = 0;

	while (i < len && s[i] != c)
		i++;
	return i;
}

enum kj_err kj_parse_span(const char *s, size_t len, struct kj_span *ret)
{
	const size_t at = find(s, len, '@'), dash = find(s, len, '-');
	const size_t mid = at < len ? at : dash;
	uint64_t a, b = KJ_ANYWHERE;
	enum kj_err e = kj_parse_size(s, mid, &a);

	if (!e && mid < len)
		e = kj_parse_size(s + mid + 1, len - mid - 1, &b);
	if (e)
		return e;
	if (mid < len && at == len) {
		/* START-END: END itself belongs to it, so 2^64 - 1 would not count */
		if (b < a || b == UINT64_MAX)
			return KJ_ERANGE;
		*ret = (struct kj_span){ a, b - a + 1 };
		return KJ_OK;
	}
	if (!a || (mid < len && a > UINT64_MAX - b))
		return KJ_ERANGE;
	*ret = (struct kj_span){ b, a };
	return KJ_OK;
}
