/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The part of purgatory that is C; must never be entered with interrupts on.
 */
#ifndef KJ_PURGATORY_H
#define KJ_PURGATORY_H

#include <stdint.h>

#include "purgatory/params.h"

/* Called by entry.S with what stood at 0(%rsp) when A jumped.  Returns when kernel B may be entered; 0, or 1: the digest
 * differs, the machine is to be reset.  Physical addresses are pointers here. */
int kj_purgatory(const struct kj_le_purg *p, uint64_t re);

#endif
