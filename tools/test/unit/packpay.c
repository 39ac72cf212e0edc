// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Packing or storing: what it comes to with disks and codecs of all speeds, in time that is worked out and not measured.
 */
#include <string.h>

#include "core/packpay.h"
#include "tap.h"

#define MIB (1u << 20)

static struct kj_pay pay;

/* Units of 256 that are packed, with a codec and a disk that take so many microseconds for a MiB; packed to @part 256ths. */
static unsigned int run(uint64_t pack_us, uint64_t write_us, unsigned int part)
{
	const uint32_t out = MIB / 256 * part;
	unsigned int i, n = 0;

	for (i = 0; i < 256; i++) {
		if (kj_pay_packs(&pay)) {
			kj_pay_packed(&pay, pack_us * 1000, MIB, out);
			kj_pay_wrote(&pay, write_us * 1000 / 256 * part, out);
			n++;
		} else {
			kj_pay_wrote(&pay, write_us * 1000, MIB);
		}
	}
	return n;
}

static unsigned int fresh(uint64_t pack_us, uint64_t write_us, unsigned int part)
{
	memset(&pay, 0, sizeof(pay));
	return run(pack_us, write_us, part);
}

int main(void)
{
	unsigned int i, n;

	memset(&pay, 0, sizeof(pay));
	for (i = 0, n = 0; i < 100; i++)
		n += (unsigned int)kj_pay_packs(&pay);
	is(n, 100, "nothing known: packed");
	kj_pay_packed(&pay, 1, MIB, 1);
	is(kj_pay_packs(&pay), 1, "no write known: packed");
	is(fresh(1500, 10000, 128), 256, "lz4 and a hard disk: all packed");
	is(fresh(1500, 2100, 128), 256, "packing takes less than one and a half times what it saves");
	n = fresh(1500, 1900, 128);
	ok(n == 16, "it takes more: one in 16 (%u)", n);
	n = fresh(10000, 500, 100);
	ok(n == 16, "a slow CPU and a fast disk (%u)", n);
	is(fresh(1500, 0, 128), 16, "a disk that takes no time");
	is(fresh(0, 500, 128), 256, "a codec that takes no time");
	is(fresh(1500, 4000, 256), 16, "what does not shrink: stored");
	n = run(1500, 4000, 64);
	ok(n > 150, "what shrinks after that is found out (%u)", n);
	n = run(1500, 100, 64);
	ok(n < 128, "a disk that gets faster (%u)", n);
	n = run(1500, 10000, 64);
	ok(n > 200, "and slower (%u)", n);

	memset(&pay, 0, sizeof(pay));
	for (i = 0; i < 100000; i++) {
		kj_pay_packed(&pay, UINT64_MAX, 4096, 0);
		kj_pay_wrote(&pay, UINT64_MAX, 4096);
	}
	is(kj_pay_packs(&pay), 1, "clocks run mad");
	ok(pay.raw <= 32 * MIB && pay.written <= 32 * MIB && pay.pack_ns <= 10000000000000ull, "sums stay small");
	kj_pay_packed(&pay, 0, UINT32_MAX, UINT32_MAX);
	kj_pay_wrote(&pay, 0, UINT32_MAX);
	kj_pay_packed(&pay, 5, 4096, UINT32_MAX);
	ok(pay.packed <= pay.raw, "no unit grows");
	return tap_done();
}
