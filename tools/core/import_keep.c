// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How many dumps other tools keep, and how much they leave free. It must never make fewer dumps be kept than were.
 */
#include "core/import.h"
#include "core/import_map.h"
#include "core/parse.h"

#define KEEP_MAX 10000u

static void set_number(struct kj_import_run *r, const char *key, uint64_t n, const char *unit)
{
	char text[24];
	size_t at = sizeof(text);

	if (*unit)
		text[--at] = *unit;
	do {
		text[--at] = (char)('0' + n % 10);
		n /= 10;
	} while (n);
	kj_import_set(r, key, (struct kj_word){ text + at, sizeof(text) - at });
}

/* KDUMP_NUM_DUMPS: the new one counts; 0 is all. */
void kj_import_keep(struct kj_import_run *r, struct kj_word value)
{
	uint64_t n;

	if (kj_parse_u64_in(value.s, value.len, 0, KEEP_MAX, &n))
		kj_import_tell(r, 1, "not a number of dumps", value);
	else if (n)
		set_number(r, "keep", n, "");
}

/* KDUMP_KEEP_OLD_DUMPS: those beside the new one; 0 is all, -1 none. */
void kj_import_keep_old(struct kj_import_run *r, struct kj_word value)
{
	uint64_t n;

	if (kj_word_is(value, "-1"))
		set_number(r, "keep", 1, "");
	else if (kj_parse_u64_in(value.s, value.len, 0, KEEP_MAX - 1, &n))
		kj_import_tell(r, 1, "not a number of dumps", value);
	else if (n)
		set_number(r, "keep", n + 1, "");
}

/* KDUMP_FREE_DISK_SIZE: mebibytes. */
void kj_import_min_free(struct kj_import_run *r, struct kj_word value)
{
	uint64_t n;

	if (kj_parse_u64_in(value.s, value.len, 0, INT64_MAX >> 20, &n))
		kj_import_tell(r, 1, "not a number of mebibytes", value);
	else if (n)
		set_number(r, "min_free", n, "M");
}
