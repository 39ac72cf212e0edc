// SPDX-License-Identifier: GPL-2.0-or-later
/* Dates: the edges of months, leap years and the range; expected texts from date(1). */
#include "tap.h"

#include "core/date.h"

int main(void)
{
	char buf[KJ_DATE_TEXT];

	is_str(kj_date_text(0, buf), "unknown", "0 is no time");
	is_str(kj_date_text(1, buf), "1970-01-01 00:00:01 UTC", "the first second");
	is_str(kj_date_text(951782399, buf), "2000-02-28 23:59:59 UTC", "before a leap day");
	is_str(kj_date_text(951782400, buf), "2000-02-29 00:00:00 UTC", "a leap day of a century");
	is_str(kj_date_text(1078099200, buf), "2004-03-01 00:00:00 UTC", "after a leap day");
	is_str(kj_date_text(4107542400, buf), "2100-03-01 00:00:00 UTC", "2100 has no leap day");
	is_str(kj_date_text(1795376096, buf), "2026-11-22 19:34:56 UTC", "an ordinary time");
	is_str(kj_date_text(253402300799, buf), "9999-12-31 23:59:59 UTC", "the last one");
	is_str(kj_date_text(253402300800, buf), "unknown", "year 10000");
	is_str(kj_date_text(UINT64_MAX, buf), "unknown", "far beyond");
	return tap_done();
}
