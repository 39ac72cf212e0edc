/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Room for an image in the memory of kernel C; must never take away more than what can be read from disks again.
 */
#ifndef KJ_CMD_FRONT_ROOM_H
#define KJ_CMD_FRONT_ROOM_H

#include <stdint.h>

/* Might an image of this system, with @total bytes of memory for its kernel to give and @unused of them free, be too
 * large for a kernel C that has to hold it beside itself while it loads? 0 if @unused is more than @total. */
int kj_front_room_short(uint64_t total, uint64_t unused);

/* If so, drop clean pages of files, by /proc below @root ("" but in tests). 1: done; 0: there is room, or nobody knows;
 * -errno. */
int kj_front_room(const char *root);

#endif
