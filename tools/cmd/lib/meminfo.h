/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sums of memory as the kernel gives them in /proc/meminfo; must never make one up that is not there.
 */
#ifndef KJ_CMD_MEMINFO_H
#define KJ_CMD_MEMINFO_H

#include <stdint.h>

/* Of @text, which is that file, the bytes behind @key with its colon ("MemTotal:"); 0: it does not say. */
uint64_t kj_meminfo_find(const char *text, const char *key);

/* Bytes that can be had without swapping ("MemAvailable:"), below @root ("" but in tests); 0: it does not say. */
uint64_t kj_meminfo_available(const char *root);

#endif
