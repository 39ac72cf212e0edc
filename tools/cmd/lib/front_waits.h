/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An image that is still to be restored, another system's perhaps; must never write anything.
 */
#ifndef KJ_CMD_FRONT_WAITS_H
#define KJ_CMD_FRONT_WAITS_H

#include "cmd/lib/front.h"

#define KJ_WAITS_TEXT 192u

/* Does an image wait on the open target @t, ready or being loaded? 1: @text says which; 0: none does, or what is there
 * cannot be restored. */
int kj_front_waits(const struct kj_front_target *t, char text[KJ_WAITS_TEXT]);

#endif
