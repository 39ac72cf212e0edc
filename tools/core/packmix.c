// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A mix of codecs that follows the disk. It must never leave its range, whatever a clock says.
 */
#include "core/packmix.h"

#define UP (KJ_MIX_STEP / 2) /* most that a single wait moves it */
#define DOWN 1u

void kj_mix_init(struct kj_mix *m, uint32_t hold, int serial)
{
	m->at = !hold ? KJ_MIX_STEP : hold < KJ_MIX_MAX ? hold : KJ_MIX_MAX;
	m->held = hold != 0;
	m->serial = serial != 0;
	m->turn = 0;
}

unsigned int kj_mix_gear(struct kj_mix *m)
{
	const uint32_t gear = m->at / KJ_MIX_STEP;

	m->turn += m->at % KJ_MIX_STEP;
	if (m->turn < KJ_MIX_STEP)
		return gear;
	m->turn -= KJ_MIX_STEP;
	return gear + 1;
}

void kj_mix_step(struct kj_mix *m, uint64_t pack, uint64_t wait)
{
	const uint32_t least = m->serial ? KJ_MIX_STEP : 0;
	uint64_t all, much, little;

	if (m->held)
		return;
	/* no product or sum of these can be too large */
	pack = pack < UINT32_MAX ? pack : UINT32_MAX;
	wait = wait < UINT32_MAX ? wait : UINT32_MAX;
	all = pack + wait + 1;
	much = m->serial ? all - all / 16 : all / 8;
	little = m->serial ? all - all / 6 : all / 32;
	if (wait > much) {
		m->at += (uint32_t)(1 + UP * wait / all);
		if (m->at > KJ_MIX_MAX)
			m->at = KJ_MIX_MAX;
	} else if (wait <= little && m->at >= least + DOWN) {
		m->at -= DOWN;
	}
}
