// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Look things up in the backup pages map; must never be asked before kj_map_build() or kj_map_list() said KJ_OK.
 */
#include "core/map.h"

const struct kj_map_run *kj_map_by_dst(const struct kj_map *m, uint64_t pa)
{
	uint32_t lo = 0, hi = m->n;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (m->run[mid].dst <= pa)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (!lo || (pa - m->run[lo - 1].dst) / KJ_PAGE >= m->run[lo - 1].n)
		return NULL;
	return &m->run[lo - 1];
}

const struct kj_map_run *kj_map_next_src(const struct kj_map *m, uint64_t pa)
{
	uint32_t lo = 0, hi = m->n;
	const struct kj_map_run *r;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (m->run[m->run[mid].by_src].src <= pa)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo) {
		r = &m->run[m->run[lo - 1].by_src];
		if ((pa - r->src) / KJ_PAGE < r->n)
			return r;
	}
	return lo < m->n ? &m->run[m->run[lo].by_src] : NULL;
}

const struct kj_map_run *kj_map_by_src(const struct kj_map *m, uint64_t pa)
{
	const struct kj_map_run *r = kj_map_next_src(m, pa);

	return r && pa >= r->src ? r : NULL;
}
