/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * TAP for unit tests: ok() and friends, then return tap_done() from main(). It must never
 * stop at the first failure: the whole list is the report.
 */
#ifndef KJ_TEST_TAP_H
#define KJ_TEST_TAP_H

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static int tap_count, tap_failed;

__attribute__((format(printf, 4, 5), unused)) static int
tap_ok(int good, const char *file, int line, const char *fmt, ...)
{
	va_list ap;

	printf("%sok %d - ", good ? "" : "not ", ++tap_count);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	if (!good) {
		tap_failed++;
		printf("# at %s:%d\n", file, line);
	}
	fflush(stdout);
	return good;
}

__attribute__((unused)) static int tap_is(unsigned long long got, unsigned long long want,
					  const char *file, int line, const char *what)
{
	int good = tap_ok(got == want, file, line, "%s", what);

	if (!good)
		printf("# got %llu (0x%llx), want %llu (0x%llx)\n", got, got, want, want);
	return good;
}

__attribute__((unused)) static int tap_is_str(const char *got, const char *want, const char *file,
					      int line, const char *what)
{
	int good = tap_ok(!strcmp(got, want), file, line, "%s", what);

	if (!good)
		printf("# got  '%s'\n# want '%s'\n", got, want);
	return good;
}

__attribute__((unused)) static int tap_done(void)
{
	printf("1..%d\n", tap_count);
	return tap_failed ? 1 : 0;
}

/* ok(condition, "what, with %d", n); the condition alone is shown when it is false */
#define ok(cond, ...) tap_ok(!!(cond), __FILE__, __LINE__, __VA_ARGS__)
/* is(got, want, "what"): unsigned numbers, enums, pointers cast by the caller */
#define is(got, want, what)                                                                        \
	tap_is((unsigned long long)(got), (unsigned long long)(want), __FILE__, __LINE__, what)
#define is_str(got, want, what) tap_is_str(got, want, __FILE__, __LINE__, what)
/* skip("why"): one line that counts as neither passed nor failed */
#define skip(why) printf("ok %d # SKIP %s\n", ++tap_count, why)

#endif
