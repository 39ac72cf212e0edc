// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The states of an image, as kjump-image(5) has them. It must never look at anything but the state.
 */
#include "cmd/lib/restore_state.h"

enum kj_restore_act kj_restore_decide(uint32_t state, uint32_t loads)
{
	switch (state) {
	case KJ_ST_READY:
		return KJ_ACT_LOAD;
	case KJ_ST_LOADING:
		/* nobody put READY back, so that load ended in a crash or a power cut */
		return loads >= KJ_RESTORE_LOADS ? KJ_ACT_STALE : KJ_ACT_LOAD;
	}
	return KJ_ACT_NONE;
}
