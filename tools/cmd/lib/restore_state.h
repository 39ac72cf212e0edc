/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an image's state allows: must never let an image be restored twice.
 */
#ifndef KJ_CMD_RESTORE_STATE_H
#define KJ_CMD_RESTORE_STATE_H

#include <stdint.h>

#include "core/image.h"

enum kj_restore_act {
	KJ_ACT_LOAD,	/* LOADING with one more load, then load */
	KJ_ACT_STALE,	/* tried too often: STALE, and boot on */
	KJ_ACT_NONE,	/* no image to restore: used up or given up */
};

#define KJ_RESTORE_LOADS 2u	/* so often a load that ended in a crash is begun */

/* @state and @loads as in the state block. Any number that is no state is KJ_ACT_NONE. */
enum kj_restore_act kj_restore_decide(uint32_t state, uint32_t loads);

#endif
