/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Does B's /proc/vmcore show A as it is now? Must never be asked about a file.
 */
#ifndef KJ_CMD_CORE_NOW_H
#define KJ_CMD_CORE_NOW_H

#include "cmd/lib/amem.h"

/*
 * Where A's kernel has written the core header, at this jump, /proc/vmcore (open as @m) must show the memory that is in
 * there. It does not if this kernel was entered again while somebody had the file open, or does not know how to read that anew.
 * 1: it does; 0: it shows what A had earlier; -EIO: the header cannot be had.
 */
int kj_core_is_current(const struct kj_amem *m);

#endif
