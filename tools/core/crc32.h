/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CRC-32 of IEEE 802.3 (reflected polynomial 0xEDB88320), as zlib and the kernel's e820
 * digest compute it. For headers and notes; image data takes XXH64. It is no MAC.
 */
#ifndef KJ_CORE_CRC32_H
#define KJ_CORE_CRC32_H

#include <stddef.h>
#include <stdint.h>

/* Start with @crc 0; feed the result back in for the next piece. "123456789" gives
 * 0xCBF43926. @buf may be NULL when @len is 0. Cannot fail. */
uint32_t kj_crc32(uint32_t crc, const void *buf, size_t len);

/* The same, for what has more than some 10 KiB; takes 8 KiB of stack. */
uint32_t kj_crc32_bulk(uint32_t crc, const void *buf, size_t len);

#endif
