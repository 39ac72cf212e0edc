// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Rate and time left, with numbers at both ends of what they can be.
 */
#include "core/progress.h"
#include "tap.h"

#define SEC 1000000000ULL

int main(void)
{
	struct kj_progress p;
	struct kj_progress_view v;

	kj_progress_init(&p, 1000, 5 * SEC);
	is(kj_progress_tick(&p, 10, 5 * SEC + SEC - 1, &v), 0, "not yet a second");
	is(kj_progress_tick(&p, 100, 6 * SEC, &v), 1, "a second");
	is(v.percent, 10, "per cent");
	is(v.rate, 100, "rate");
	is(v.eta_s, 9, "time left");
	is(v.elapsed_ns, SEC, "elapsed");
	is(kj_progress_tick(&p, 200, 6 * SEC, &v), 0, "once a second");
	is(kj_progress_tick(&p, 100, 7 * SEC, &v), 1, "nothing done");
	is(v.rate, 75, "the rate sinks slowly");
	is(kj_progress_tick(&p, 50, 8 * SEC, &v), 1, "work was taken back");
	is(v.done, 50, "so it is");
	is(kj_progress_tick(&p, 5000, 9 * SEC, &v), 1, "more than all");
	ok(v.percent == 100 && v.eta_s == 0, "is all");
	is(kj_progress_tick(&p, 5000, 3 * SEC, &v), 0, "a clock that goes back");

	kj_progress_init(&p, 0, 0);
	is(kj_progress_tick(&p, 0, SEC, &v), 1, "nothing to do");
	ok(v.percent == 100 && v.eta_s == UINT64_MAX, "is done, at no rate");
	kj_progress_init(&p, UINT64_MAX, 0);
	is(kj_progress_tick(&p, UINT64_MAX / 2, SEC, &v), 1, "more than there is");
	is(v.percent, 50, "half of it");
	ok(v.rate >= UINT64_MAX / 3, "at this rate");
	is(kj_progress_rate(1ULL << 40, 1ULL << 40), 1000000000ULL, "a byte per nanosecond");
	is(kj_progress_rate(5, 0), 0, "no time");
	is(kj_progress_rate(5, 999), 0, "hardly any time");
	return tap_done();
}
