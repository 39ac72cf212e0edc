// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What packing takes and what it saves. It must never overflow, whatever a clock says.
 */
#include "core/packpay.h"

#define SPAN (32u << 20)      /* bytes, when the sums are halved */
#define NS_MAX 1000000000ull  /* of one call: a disk that hangs says nothing of its speed */

static uint64_t capped(uint64_t ns)
{
	return ns < NS_MAX ? ns : NS_MAX;
}

int kj_pay_packs(struct kj_pay *p)
{
	/* with SPAN and NS_MAX, and calls of 4096 bytes at least, below 2^61 */
	const uint64_t takes = 2 * p->pack_ns * (p->written >> 12), saves = 3 * p->write_ns * ((p->raw - p->packed) >> 12);

	if (!p->raw || !p->written || takes <= saves || p->stored + 1 >= KJ_PAY_TRY) {
		p->stored = 0;
		return 1;
	}
	p->stored++;
	return 0;
}

void kj_pay_packed(struct kj_pay *p, uint64_t ns, uint32_t raw, uint32_t packed)
{
	p->pack_ns += capped(ns);
	p->raw += raw;
	p->packed += packed < raw ? packed : raw;
	if (p->raw < SPAN)
		return;
	p->pack_ns /= 2;
	p->raw /= 2;
	p->packed /= 2;
}

void kj_pay_wrote(struct kj_pay *p, uint64_t ns, uint32_t len)
{
	p->write_ns += capped(ns);
	p->written += len;
	if (p->written < SPAN)
		return;
	p->write_ns /= 2;
	p->written /= 2;
}
