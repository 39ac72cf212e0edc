/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A reader of untrusted bytes that cannot leave its buffer. Each call either succeeds and
 * moves on, or fails and leaves cursor and output as they were; it must never be copied
 * behind the buffer's life.
 */
#ifndef KJ_CORE_CURSOR_H
#define KJ_CORE_CURSOR_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

struct kj_cursor {
	const uint8_t *buf;	/* not owned */
	size_t len;
	size_t off;		/* always <= len; for messages, the place that did not parse */
};

void kj_cursor_init(struct kj_cursor *c, const void *buf, size_t len);

/* Bytes not yet read. */
size_t kj_cursor_left(const struct kj_cursor *c);

/* All below: KJ_OK, or KJ_ETRUNC when fewer bytes are left than asked for. */

/* Little-endian numbers, unaligned. */
enum kj_err kj_cursor_u8(struct kj_cursor *c, uint8_t *ret);
enum kj_err kj_cursor_le16(struct kj_cursor *c, uint16_t *ret);
enum kj_err kj_cursor_le32(struct kj_cursor *c, uint32_t *ret);
enum kj_err kj_cursor_le64(struct kj_cursor *c, uint64_t *ret);

/* @n bytes in place; *ret points into the buffer. */
enum kj_err kj_cursor_bytes(struct kj_cursor *c, size_t n, const uint8_t **ret);
/* @n bytes copied to @ret. */
enum kj_err kj_cursor_copy(struct kj_cursor *c, size_t n, void *ret);
enum kj_err kj_cursor_skip(struct kj_cursor *c, size_t n);
/* A cursor over the next @n bytes alone; @c moves behind them. @ret may not be @c. */
enum kj_err kj_cursor_sub(struct kj_cursor *c, size_t n, struct kj_cursor *ret);
/* Forward to a multiple of @align, a power of two, counted from the buffer's start. */
enum kj_err kj_cursor_align(struct kj_cursor *c, size_t align);
/* To byte @off of the buffer; its end is a valid place. */
enum kj_err kj_cursor_seek(struct kj_cursor *c, size_t off);

#endif
