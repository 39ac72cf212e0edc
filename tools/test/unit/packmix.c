// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The mix of codecs: its range, its shares, and what it comes to with disks of all speeds, in time that is worked out
 * and not measured.
 */
#include "core/packmix.h"
#include "tap.h"

#define OUT 524288.0 /* bytes of a buffer */

/* Of a page: microseconds to pack it, and bytes that come of it, as measured on pages of a kernel. */
static const double cost[KJ_MIX_GEARS] = { 0.4, 1.7, 5.3 }, bytes[KJ_MIX_GEARS] = { 4096, 1657, 1485 };

static void shares(uint32_t hold, unsigned int none, unsigned int lzo, unsigned int zstd)
{
	unsigned int n[KJ_MIX_GEARS + 1] = { 0 }, i;
	struct kj_mix m;

	kj_mix_init(&m, hold, 0);
	for (i = 0; i < 320; i++)
		n[kj_mix_gear(&m)]++;
	kj_mix_step(&m, 0, 1000);
	ok(n[0] == none && n[1] == lzo && n[2] == zstd && !n[3] && m.at == hold, "mix %u: %u %u %u", hold, n[0], n[1],
	   n[2]);
}

/* Pages in a microsecond, once it has settled: two buffers, one on its way to a disk of @speed bytes in a microsecond; or
 * one, if @serial. @hold as kj_mix_init(). */
static double run(uint32_t hold, int serial, double speed, uint32_t *at)
{
	double now = 0, idle_at = 0, used = 0, from = 0, since = 0;
	unsigned int i, pages = 0;
	struct kj_mix m;

	kj_mix_init(&m, hold, serial);
	for (i = 0; i < 400;) {
		const unsigned int g = kj_mix_gear(&m);
		double wait;

		now += cost[g];
		used += bytes[g];
		pages++;
		if (used + 4608 <= OUT)
			continue;
		wait = serial ? used / speed : idle_at > now ? idle_at - now : 0;
		kj_mix_step(&m, (uint64_t)((now - since) * 1000), (uint64_t)(wait * 1000));
		now += wait;
		idle_at = now + used / speed;
		used = 0;
		since = now;
		if (i++ == 100) {
			from = now;
			pages = 0;
		}
	}
	*at = m.at;
	return pages / (now - from);
}

/* As good as the best mix that is held, or nearly, with whatever disk. */
static void follows(int serial, double fastest)
{
	static const double speeds[] = { 10, 25, 50, 100, 200, 300, 400, 600, 800, 1000, 2000, 4000, 8000, 16000 };
	uint32_t last = KJ_MIX_MAX, at, h;
	unsigned int i;

	for (i = 0; i < sizeof(speeds) / sizeof(speeds[0]) && speeds[i] <= fastest; i++) {
		double best = 0, r, own = run(0, serial, speeds[i], &at);

		for (h = 1; h <= KJ_MIX_MAX; h++) {
			uint32_t none;

			r = run(h, serial, speeds[i], &none);
			best = r > best ? r : best;
		}
		ok(own > 0.95 * best && at <= last + 2, "%.0f bytes/us%s: %.3f pages/us, the best mix has %.3f (mix %u)",
		   speeds[i], serial ? ", serial" : "", own, best, at);
		last = at;
	}
}

int main(void)
{
	struct kj_mix m;
	unsigned int i;

	shares(1, 310, 10, 0);
	shares(KJ_MIX_STEP / 2, 160, 160, 0);
	shares(KJ_MIX_STEP, 0, 320, 0);
	shares(KJ_MIX_STEP + 8, 0, 240, 80);
	shares(KJ_MIX_MAX, 0, 0, 320);
	kj_mix_init(&m, KJ_MIX_MAX + 1, 0);
	is(m.at, KJ_MIX_MAX, "no mix beyond the last");
	follows(0, 16000);
	/* no pages are stored for a pipe, which would be better if it took more than this */
	follows(1, 2000);
	kj_mix_init(&m, 0, 0);
	for (i = 0; i < 1000; i++)
		kj_mix_step(&m, 0, UINT64_MAX);
	is(m.at, KJ_MIX_MAX, "a disk that stands still");
	for (i = 0; i < 1000; i++)
		kj_mix_step(&m, UINT64_MAX, 0);
	is(m.at, 0, "a disk that takes anything");
	kj_mix_step(&m, 0, 0);
	is(m.at, 0, "a clock that stands still");
	kj_mix_init(&m, 0, 1);
	for (i = 0; i < 1000; i++)
		kj_mix_step(&m, UINT64_MAX, 0);
	is(m.at, KJ_MIX_STEP, "a pipe that takes anything");
	return tap_done();
}
