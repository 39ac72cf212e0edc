// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * memcpy(), memmove(), memset() and memcmp() for the shipped programs, in place of klibc's, which
 * are `rep movs` whatever the length (backwards with the direction flag set, a byte at a time) and
 * a loop over bytes. The codecs call them for some ten bytes at a time, several times a page. Must
 * never call a function, or touch a byte outside what it was given.
 *
 * x86-64 alone, as everything here: loads and stores of 16 bytes take any address.
 */
#include <stddef.h>
#include <stdint.h>

void *memcpy(void *to, const void *from, size_t n);
void *memmove(void *to, const void *from, size_t n);
void *memset(void *to, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);

typedef uint64_t v16 __attribute__((vector_size(16), aligned(1), may_alias));
typedef uint64_t v8 __attribute__((aligned(1), may_alias));
typedef uint32_t v4 __attribute__((aligned(1), may_alias));
typedef uint16_t v2 __attribute__((aligned(1), may_alias));

#define AT(type, p) (*(type *)(p))
#define OF(type, p) (*(const type *)(p))
#define LONG 1024u /* from here on the processor's own loop is as fast, and aligned by itself */

/* At most 32 bytes: all are read before the first is written, so they may overlap. */
static inline void move_short(uint8_t *d, const uint8_t *s, size_t n)
{
	if (n > 16) {
		const v16 a = OF(v16, s), b = OF(v16, s + n - 16);

		AT(v16, d) = a;
		AT(v16, d + n - 16) = b;
	} else if (n >= 8) {
		const uint64_t a = OF(v8, s), b = OF(v8, s + n - 8);

		AT(v8, d) = a;
		AT(v8, d + n - 8) = b;
	} else if (n >= 4) {
		const uint32_t a = OF(v4, s), b = OF(v4, s + n - 4);

		AT(v4, d) = a;
		AT(v4, d + n - 4) = b;
	} else if (n >= 2) {
		const uint16_t a = OF(v2, s), b = OF(v2, s + n - 2);

		AT(v2, d) = a;
		AT(v2, d + n - 2) = b;
	} else if (n) {
		*d = *s;
	}
}

void *memcpy(void *to, const void *from, size_t n)
{
	const uint8_t *s = from;
	uint8_t *d = to;
	v16 last;

	if (n <= 32) {
		move_short(d, s, n);
		return to;
	}
	last = OF(v16, s + n - 16);
	if (n >= LONG) {
		size_t words = n / 8;

		AT(v16, d + n - 16) = last;
		/* by the byte it is as fast with ERMS alone, which old processors and emulated ones lack */
		__asm__ volatile("rep movsq" : "+D"(d), "+S"(s), "+c"(words) : : "memory");
		return to;
	}
	for (; n > 32; n -= 32, s += 32, d += 32) {
		const v16 a = OF(v16, s), b = OF(v16, s + 16);

		AT(v16, d) = a;
		AT(v16, d + 16) = b;
	}
	if (n > 16)
		AT(v16, d) = OF(v16, s);
	AT(v16, d + n - 16) = last;
	return to;
}

void *memmove(void *to, const void *from, size_t n)
{
	const uint8_t *s = from;
	uint8_t *d = to;
	v16 end;

	if (n <= 32) {
		move_short(d, s, n);
		return to;
	}
	if ((uintptr_t)d - (uintptr_t)s >= n) {
		/* upwards: what is written lies below, or beside, what is still to be read */
		end = OF(v16, s + n - 16);
		for (; n > 16; n -= 16, s += 16, d += 16) {
			const v16 a = OF(v16, s);

			AT(v16, d) = a;
		}
		AT(v16, d + n - 16) = end;
		return to;
	}
	end = OF(v16, s);
	for (; n > 16; n -= 16) {
		const v16 a = OF(v16, s + n - 16);

		AT(v16, d + n - 16) = a;
	}
	AT(v16, d) = end;
	return to;
}

void *memset(void *to, int c, size_t n)
{
	const uint64_t one = 0x0101010101010101ull * (uint8_t)c;
	const v16 all = { one, one };
	uint8_t *d = to;

	if (n >= LONG) {
		size_t words = n / 8;

		AT(v16, d + n - 16) = all;
		__asm__ volatile("rep stosq" : "+D"(d), "+c"(words) : "a"(one) : "memory");
	} else if (n >= 16) {
		AT(v16, d + n - 16) = all;
		for (; n > 16; n -= 16, d += 16)
			AT(v16, d) = all;
	} else if (n >= 8) {
		AT(v8, d) = one;
		AT(v8, d + n - 8) = one;
	} else if (n >= 4) {
		AT(v4, d) = (uint32_t)one;
		AT(v4, d + n - 4) = (uint32_t)one;
	} else if (n) {
		d[0] = d[n / 2] = d[n - 1] = (uint8_t)c;
	}
	return to;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const uint8_t *p = a, *q = b;

	for (; n >= 8 && OF(v8, p) == OF(v8, q); n -= 8, p += 8, q += 8)
		;
	for (; n; n--, p++, q++)
		if (*p != *q)
			return *p - *q;
	return 0;
}
