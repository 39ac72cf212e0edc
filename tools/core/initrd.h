/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How much memory an initramfs takes when it is unpacked, told without unpacking it. It must never tell less than that.
 *
 * An initramfs is cpio archives (newc) one behind the other, each packed or not, zeros between (linux init/initramfs.c;
 * Documentation/driver-api/early-userspace/buffer-format.rst). Sizes come from where each packing keeps them: zstd's frame
 * header (RFC 8878, 3.1.1) or else its blocks, gzip's last word (RFC 1952, 2.3.1), xz's index (xz-file-format 1.2.0, 4).
 */
#ifndef KJ_CORE_INITRD_H
#define KJ_CORE_INITRD_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

struct kj_initrd {
	uint64_t unpacked;	/* bytes of all archives */
	uint32_t bound;		/* 1: at most that many: a frame of zstd does not say */
};

/*
 * KJ_OK. KJ_ETRUNC: an archive, or what packs it, is cut short. KJ_EFORMAT: it contradicts itself. KJ_EUNSUPP: packed in
 * another way. KJ_ERANGE: more than 1 TiB. KJ_ENOTFOUND: no archive at all. On error *ret is untouched.
 *
 * gzip and xz do not say where they end without being unpacked: the first of them is taken for the last archive.
 */
enum kj_err kj_initrd_measure(const uint8_t *buf, size_t len, struct kj_initrd *ret);

#endif
