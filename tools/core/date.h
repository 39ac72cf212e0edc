/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Seconds since 1970 as a date that people read; must never depend on a time zone or a libc.
 */
#ifndef KJ_CORE_DATE_H
#define KJ_CORE_DATE_H

#include <stdint.h>

#define KJ_DATE_TEXT 24u /* "YYYY-MM-DD HH:MM:SS UTC" and its 0 */

/* Write @seconds as UTC into @buf and return it; "unknown" for 0 and for years beyond 9999. */
const char *kj_date_text(uint64_t seconds, char buf[KJ_DATE_TEXT]);

#endif
