/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Will the next boot find an image on this target? Must never guess from anything but this boot's command line.
 */
#ifndef KJ_CMD_FRONT_FOUND_H
#define KJ_CMD_FRONT_FOUND_H

#include "cmd/lib/front.h"

#define KJ_FOUND_WHY 160u

/*
 * A file or swap file is found by resume= and resume_offset= alone, as kj_front_place_tell() says them. Does
 * /proc/cmdline below @root ("" but in tests) have both, and that offset? A volume needs none where somebody starts LVM,
 * but none must lead elsewhere; whole devices and swap partitions need nothing. 1; 0, with why not.
 */
int kj_front_found(const char *root, const struct kj_front_target *t, char why[KJ_FOUND_WHY]);

#endif
