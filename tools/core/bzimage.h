/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A bzImage with the 64-bit boot protocol: where its pieces are and what it asks for; must never accept a file that is
 * cut short or whose bytes are not those that were built.
 *
 * Source: linux Documentation/arch/x86/boot.rst, arch/x86/include/uapi/asm/bootparam.h (struct setup_header).
 */
#ifndef KJ_CORE_BZIMAGE_H
#define KJ_CORE_BZIMAGE_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/le.h"

#define KJ_BZ_HEADER 0x1f1u	/* where struct setup_header stands, in the file and in boot_params */
#define KJ_BZ_HEADER_MAX 0x290u	/* no header ends behind this: boot_params has other things there */
#define KJ_BZ_ENTRY64 0x200u	/* startup_64 from the start of the protected-mode code */
#define KJ_BZ_VERSION_MIN 0x20cu

#define KJ_KVER(major, minor) ((uint32_t)(major) << 16 | (uint32_t)(minor))

struct kj_bzimage {
	uint32_t version;	/* boot protocol, 0x20c and up */
	uint32_t header_len;	/* bytes of the setup header from KJ_BZ_HEADER on */
	uint64_t code_off;	/* of the protected-mode code in the file */
	uint64_t code_len;	/* bytes of it */
	uint64_t init_size;	/* bytes that it needs from where it is loaded, until it has its own memory map */
	uint64_t align;		/* of the load address, a power of two, >= 2 MiB */
	uint64_t pref_address;	/* below this it would move itself */
	uint32_t cmdline_max;	/* bytes without the zero at the end */
	uint32_t has_sum;	/* 1: the file's own CRC-32 is there, and right */
	uint32_t kernel_version;	/* KJ_KVER(6, 12), from the release; 0 if that says nothing */
	char release[64];	/* first word of the version text, may be empty */
};

/*
 * Parse and verify a whole file.  KJ_OK; KJ_ETRUNC: the header says that there is more; KJ_EMAGIC: no bzImage;
 * KJ_EVERSION: boot protocol before 2.12; KJ_EUNSUPP: no 64-bit entry point, or not relocatable; KJ_EFORMAT: the header
 * contradicts itself; KJ_ECRC: the CRC-32 at its end differs (kernels from 6.15 on have none and are taken on trust).
 */
enum kj_err kj_bzimage_parse(const uint8_t *buf, size_t len, struct kj_bzimage *ret);

#endif
