/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Unpack the snappy raw format (google/snappy, format_description.txt): dumps that others wrote have it, ours never
 * do. Must never read or write outside the buffers it is given.
 */
#ifndef KJ_CORE_SNAPPY_H
#define KJ_CORE_SNAPPY_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

/* @n bytes at @src to exactly @len at @dst. KJ_OK; KJ_ECODEC: damaged, or not @len bytes. */
enum kj_err kj_snappy_unpack(const uint8_t *src, size_t n, uint8_t *dst, size_t len);

#endif
