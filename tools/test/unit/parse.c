// SPDX-License-Identifier: GPL-2.0-or-later
/* parse.h: what is a number, what is none, and that errors leave the result alone. */
#include "core/parse.h"
#include "tap.h"

#define KEEP 0x5a5a5a5a5a5a5a5aULL

typedef enum kj_err (*parser)(const char *s, size_t len, uint64_t *ret);

struct vector {
	const char *text;
	enum kj_err e;
	uint64_t n;
};

static void run(const char *name, parser f, const struct vector *v, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		/* exactly the bytes, without a 0 behind them */
		char exact[64];
		uint64_t n = KEEP;
		size_t len = strlen(v[i].text);

		memset(exact, '7', sizeof(exact));
		memcpy(exact, v[i].text, len);
		enum kj_err e = f(exact, len, &n);

		if (!ok(e == v[i].e && n == (e ? KEEP : v[i].n), "%s '%s'", name, v[i].text))
			printf("# got error %d, %llu\n", (int)e, (unsigned long long)n);
	}
}
#define RUN(f, v) run(#f, f, v, sizeof(v) / sizeof((v)[0]))

static const struct vector u64s[] = {
	{ "0", KJ_OK, 0 },
	{ "10", KJ_OK, 10 },
	{ "010", KJ_OK, 10 },
	{ "0x1F", KJ_OK, 31 },
	{ "0Xabcdef", KJ_OK, 0xabcdef },
	{ "18446744073709551615", KJ_OK, UINT64_MAX },
	{ "0xffffffffffffffff", KJ_OK, UINT64_MAX },
	{ "18446744073709551616", KJ_ERANGE, 0 },
	{ "99999999999999999999999", KJ_ERANGE, 0 },
	{ "0x10000000000000000", KJ_ERANGE, 0 },
	{ "99999999999999999999999z", KJ_EFORMAT, 0 },
	{ "", KJ_EFORMAT, 0 },
	{ "0x", KJ_EFORMAT, 0 },
	{ "x1", KJ_EFORMAT, 0 },
	{ "-1", KJ_EFORMAT, 0 },
	{ "+1", KJ_EFORMAT, 0 },
	{ " 1", KJ_EFORMAT, 0 },
	{ "1 ", KJ_EFORMAT, 0 },
	{ "1a", KJ_EFORMAT, 0 },
	{ "0xg", KJ_EFORMAT, 0 },
	{ "1.5", KJ_EFORMAT, 0 },
	{ "\xff", KJ_EFORMAT, 0 },
};

static const struct vector hexes[] = {
	{ "0", KJ_OK, 0 },
	{ "00100000", KJ_OK, 0x100000 },
	{ "FFFFffffFFFFffff", KJ_OK, UINT64_MAX },
	{ "00000000000000001", KJ_EFORMAT, 0 },
	{ "0x10", KJ_EFORMAT, 0 },
	{ "", KJ_EFORMAT, 0 },
};

static const struct vector sizes[] = {
	{ "512", KJ_OK, 512 },
	{ "4k", KJ_OK, 4096 },
	{ "4K", KJ_OK, 4096 },
	{ "64M", KJ_OK, 64ULL << 20 },
	{ "3g", KJ_OK, 3ULL << 30 },
	{ "1T", KJ_OK, 1ULL << 40 },
	{ "0x10M", KJ_OK, 16ULL << 20 },
	{ "16777215T", KJ_OK, 16777215ULL << 40 },
	{ "16777216T", KJ_ERANGE, 0 },
	{ "18446744073709551615K", KJ_ERANGE, 0 },
	{ "M", KJ_EFORMAT, 0 },
	{ "1MB", KJ_EFORMAT, 0 },
	{ "1P", KJ_EFORMAT, 0 },
	{ "", KJ_EFORMAT, 0 },
	{ "1 M", KJ_EFORMAT, 0 },
};

static const struct vector seconds[] = {
	{ "0", KJ_OK, 0 },
	{ "90", KJ_OK, 90 },
	{ "90s", KJ_OK, 90 },
	{ "15m", KJ_OK, 900 },
	{ "2h", KJ_OK, 7200 },
	{ "5124095576030431h", KJ_OK, 5124095576030431ULL * 3600 },
	{ "5124095576030432h", KJ_ERANGE, 0 },
	{ "h", KJ_EFORMAT, 0 },
	{ "", KJ_EFORMAT, 0 },
	{ "0x10", KJ_EFORMAT, 0 },
	{ "1d", KJ_EFORMAT, 0 },
};

static void test_limits(void)
{
	uint64_t n = KEEP;
	int i = 77;

	is(kj_parse_u64_in("5", 1, 5, 9, &n), KJ_OK, "at the lower limit");
	is(kj_parse_u64_in("9", 1, 5, 9, &n), KJ_OK, "at the upper limit");
	is(n, 9, "value");
	is(kj_parse_u64_in("4", 1, 5, 9, &n), KJ_ERANGE, "below");
	is(kj_parse_u64_in("10", 2, 5, 9, &n), KJ_ERANGE, "above");
	is(kj_parse_u64_in("a", 1, 5, 9, &n), KJ_EFORMAT, "no number");
	is(n, 9, "errors left it alone");

	is(kj_parse_int_in("-64", 3, -64, 9, &i), KJ_OK, "signed, lower limit");
	ok(i == -64, "value");
	is(kj_parse_int_in("9", 1, -64, 9, &i), KJ_OK, "signed, upper limit");
	ok(i == 9, "value");
	is(kj_parse_int_in("-65", 3, -64, 9, &i), KJ_ERANGE, "signed, below");
	is(kj_parse_int_in("10", 2, -64, 9, &i), KJ_ERANGE, "signed, above");
	is(kj_parse_int_in("2147483648", 10, INT32_MIN, INT32_MAX, &i), KJ_ERANGE, "no int");
	is(kj_parse_int_in("99999999999999999999", 20, -64, 9, &i), KJ_ERANGE, "no u64");
	is(kj_parse_int_in("--1", 3, -64, 9, &i), KJ_EFORMAT, "two signs");
	is(kj_parse_int_in("-", 1, -64, 9, &i), KJ_EFORMAT, "a sign alone");
	is(kj_parse_int_in("", 0, -64, 9, &i), KJ_EFORMAT, "empty");
	is(kj_parse_int_in("0x1", 3, -64, 9, &i), KJ_EFORMAT, "signed is decimal");
	ok(i == 9, "errors left it alone");
}

static void test_spans(void)
{
	static const struct {
		const char *text;
		enum kj_err e;
		uint64_t start, len;
	} v[] = {
		{ "256M", KJ_OK, KJ_ANYWHERE, 256ULL << 20 },
		{ "256M@1G", KJ_OK, 1ULL << 30, 256ULL << 20 },
		{ "0x1000@0", KJ_OK, 0, 0x1000 },
		{ "0x10000000-0x1fffffff", KJ_OK, 0x10000000, 0x10000000 },
		{ "5-5", KJ_OK, 5, 1 },
		{ "0-18446744073709551614", KJ_OK, 0, UINT64_MAX },
		{ "0-18446744073709551615", KJ_ERANGE, 0, 0 },
		{ "6-5", KJ_ERANGE, 0, 0 },
		{ "0", KJ_ERANGE, 0, 0 },
		{ "0@1M", KJ_ERANGE, 0, 0 },
		{ "1@18446744073709551615", KJ_ERANGE, 0, 0 },
		{ "2@18446744073709551614", KJ_ERANGE, 0, 0 },
		{ "1@18446744073709551614", KJ_OK, UINT64_MAX - 1, 1 },
		{ "99999999999999999999@1", KJ_ERANGE, 0, 0 },
		{ "", KJ_EFORMAT, 0, 0 },
		{ "@", KJ_EFORMAT, 0, 0 },
		{ "1@", KJ_EFORMAT, 0, 0 },
		{ "@1", KJ_EFORMAT, 0, 0 },
		{ "1-", KJ_EFORMAT, 0, 0 },
		{ "-1", KJ_EFORMAT, 0, 0 },
		{ "1-2-3", KJ_EFORMAT, 0, 0 },
		{ "1@2@3", KJ_EFORMAT, 0, 0 },
		{ "1@2-3", KJ_EFORMAT, 0, 0 },
		{ "1-2@3", KJ_EFORMAT, 0, 0 },
	};

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		struct kj_span r = { KEEP, KEEP };
		enum kj_err e = kj_parse_span(v[i].text, strlen(v[i].text), &r);

		ok(e == v[i].e && r.start == (e ? KEEP : v[i].start) &&
			   r.len == (e ? KEEP : v[i].len),
		   "span '%s'", v[i].text);
	}
}

int main(void)
{
	RUN(kj_parse_u64, u64s);
	RUN(kj_parse_hex, hexes);
	RUN(kj_parse_size, sizes);
	RUN(kj_parse_seconds, seconds);
	test_limits();
	test_spans();
	return tap_done();
}
