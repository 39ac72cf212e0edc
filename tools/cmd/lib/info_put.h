/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What kjump-info says, as KEY=value lines on stdout. Must never print what a shell could take for more than text.
 */
#ifndef KJ_CMD_INFO_PUT_H
#define KJ_CMD_INFO_PUT_H

#include <stddef.h>
#include <stdint.h>

#include "core/note.h"

/* Text from outside, up to @max bytes or a NUL. */
void kj_info_text(const char *key, const char *s, size_t max);
void kj_info_bytes(const char *key, const uint8_t *p, size_t len);
void kj_info_hex(const char *key, uint64_t v);
void kj_info_num(const char *key, uint64_t v);
void kj_info_ranges(const char *key, const struct kj_ranges *r);
void kj_info_host(const struct kj_le_host *h);
/* Returns @status. What was printed must have arrived, or it dies: a script that reads half of it would believe that
 * half. */
int kj_info_end(int status);

#endif
