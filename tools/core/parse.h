/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Numbers from text: options, configuration, kernel command line, /proc. Strict: the whole
 * text must be the number. No sign, no blank, no octal, and nothing that overflows.
 *
 * Each takes @len bytes that need not end in 0, and returns KJ_OK, KJ_EFORMAT (not such a
 * number) or KJ_ERANGE (one that does not fit). On error *ret is untouched.
 */
#ifndef KJ_CORE_PARSE_H
#define KJ_CORE_PARSE_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

/* Where a range that names no place starts. */
#define KJ_ANYWHERE UINT64_MAX

struct kj_span {
	uint64_t start;
	uint64_t len;	/* never 0; start + len <= 2^64 - 1 unless start is KJ_ANYWHERE */
};

/* Decimal, or hexadecimal after 0x. */
enum kj_err kj_parse_u64(const char *s, size_t len, uint64_t *ret);
/* The same, with min <= *ret <= max, else KJ_ERANGE. */
enum kj_err kj_parse_u64_in(const char *s, size_t len, uint64_t min, uint64_t max, uint64_t *ret);
/* Decimal that may start with '-'; min <= *ret <= max. */
enum kj_err kj_parse_int_in(const char *s, size_t len, int min, int max, int *ret);
/* Hexadecimal digits alone, 1 to 16 of them, as /proc/iomem and sysfs write addresses. */
enum kj_err kj_parse_hex(const char *s, size_t len, uint64_t *ret);
/* Bytes: a number and one of K M G T (or k m g t), powers of 1024. */
enum kj_err kj_parse_size(const char *s, size_t len, uint64_t *ret);
/* Seconds: a decimal number and one of s m h, or none. */
enum kj_err kj_parse_seconds(const char *s, size_t len, uint64_t *ret);
/* `SIZE`, `SIZE@START` or `START-END`, END being the last byte as in /proc/iomem; sizes and
 * addresses as kj_parse_size(). KJ_ERANGE also if the range is empty or wraps. */
enum kj_err kj_parse_span(const char *s, size_t len, struct kj_span *ret);

/* What stands between words of a line. */
static inline int kj_is_blank(char c)
{
	return c == ' ' || c == '\t';
}

#endif
