// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Page numbers as runs: counted, kept, and read again.
 */
#include "core/runs.h"
#include "tap.h"

static const uint64_t pages[] = { 0, 1, 2, 5, 7, 8, 0xfffffffffffffULL };

static enum kj_err add_all(struct kj_runs *r)
{
	enum kj_err e = KJ_OK;
	unsigned int i;

	for (i = 0; i < sizeof(pages) / sizeof(pages[0]) && !e; i++)
		e = kj_runs_add(r, pages[i]);
	return e;
}

int main(void)
{
	struct kj_run run[4];
	struct kj_runs count = { 0 }, keep = { .run = run, .cap = 4 }, few = { .run = run, .cap = 3 };
	struct kj_runs_at at = { 0 };
	uint64_t pfn = 99;
	unsigned int i;

	is(kj_runs_next(&count, &at, &pfn), KJ_ENOTFOUND, "nothing in none");
	is(add_all(&count), KJ_OK, "counted");
	is(count.n, 4, "runs");
	is(count.pages, 7, "pages");
	is(add_all(&few), KJ_ENOSPC, "no room for the last");
	is(few.n, 3, "and it is not there");
	is(few.pages, 6, "nor its page");
	is(add_all(&keep), KJ_OK, "kept");
	is(keep.n, 4, "as many");
	ok(run[0].pfn == 0 && run[0].n == 3, "the first");
	ok(run[2].pfn == 7 && run[2].n == 2, "one in the middle");
	for (i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		is(kj_runs_next(&keep, &at, &pfn), KJ_OK, "a page");
		is(pfn, pages[i], "that one");
	}
	is(kj_runs_next(&keep, &at, &pfn), KJ_ENOTFOUND, "no more");
	is(kj_runs_next(&keep, &at, &pfn), KJ_ENOTFOUND, "still");
	is(pfn, pages[i - 1], "untouched");

	few = (struct kj_runs){ 0 };
	is(kj_runs_add(&few, 1ull << 52), KJ_ERANGE, "no page number");
	is(kj_runs_add(&few, 8), KJ_OK, "a page");
	is(kj_runs_add(&few, 8), KJ_ERANGE, "the same again");
	is(kj_runs_add(&few, 7), KJ_ERANGE, "one before it");
	is(few.pages, 1, "not counted");
	is(kj_runs_add(&few, 9), KJ_OK, "the next one");
	is(few.n, 1, "is of the same run");
	return tap_done();
}
