/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The proleptic Gregorian calendar, counted in whole days; no leap seconds, as Unix time has none.
 */
#include <string.h>

#include "core/date.h"

#define DAY 86400u

static int leap(uint32_t y)
{
	return (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
}

static void digits(char *to, uint32_t n, uint32_t v)
{
	while (n--) {
		to[n] = (char)('0' + v % 10);
		v /= 10;
	}
}

const char *kj_date_text(uint64_t seconds, char buf[KJ_DATE_TEXT])
{
	static const uint8_t month[12] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	uint64_t days = seconds / DAY;
	uint32_t rest = (uint32_t)(seconds % DAY), y = 1970, m = 0;

	if (!seconds || days > 8030u * 366u) {
		memcpy(buf, "unknown", 8);
		return buf;
	}
	while (days >= 365u + (uint32_t)leap(y))
		days -= 365u + (uint32_t)leap(y++);
	while (days >= month[m] + (uint32_t)(m == 1 && leap(y)))
		days -= month[m] + (uint32_t)(m == 1 && leap(y)), m++;
	if (y > 9999) {
		memcpy(buf, "unknown", 8);
		return buf;
	}
	memcpy(buf, "0000-00-00 00:00:00 UTC", KJ_DATE_TEXT);
	digits(buf, 4, y);
	digits(buf + 5, 2, m + 1);
	digits(buf + 8, 2, (uint32_t)days + 1);
	digits(buf + 11, 2, rest / 3600);
	digits(buf + 14, 2, rest / 60 % 60);
	digits(buf + 17, 2, rest % 60);
	return buf;
}
