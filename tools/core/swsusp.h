/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stream that the kernel's hibernation code loads (kernel/power/snapshot.c, linux 6.1 and
 * 6.12, x86-64): one header page, pages of page frame numbers, data pages in the order of those
 * numbers; must never announce another number of pages than follow.
 *
 * Zero pages may be sent as data, which every kernel takes, or as numbers with a flag and without
 * data, which kernels from 6.6 on know and older ones refuse.
 *
 * Behind that, the same stream as it lies on a device for the kernel's own loader
 * (kernel/power/swap.c): FORMAT section 7.
 */
#ifndef KJ_CORE_SWSUSP_H
#define KJ_CORE_SWSUSP_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/le.h"

#define KJ_SWSUSP_PFNS 512u /* page frame numbers in one page */
#define KJ_SWSUSP_RESTORE_MAGIC 0x23456789abcdef02ULL

/*
 * struct swsusp_info (kernel/power/power.h) with struct restore_data_record
 * (arch/x86/power/hibernate.c) laid over the utsname at its start, as
 * CONFIG_ARCH_HIBERNATION_HEADER has it.
 */
struct kj_le_swsusp_info {
	le64 jump_address;	/* virtual */
	le64 jump_address_phys;
	le64 cr3;		/* handed to the code at jump_address in %r9 */
	le64 magic;		/* KJ_SWSUSP_RESTORE_MAGIC */
	le64 e820_checksum;
	uint8_t uts[390 - 40];	/* rest of 6 * 65 bytes */
	uint8_t pad0[2];
	le32 version_code;	/* not looked at with such a header */
	uint8_t pad1[4];
	le64 num_physpages;
	le32 cpus;
	uint8_t pad2[4];
	le64 image_pages;	/* data pages */
	le64 pages;		/* header, numbers and data */
	le64 size;		/* pages * 4096 */
};
_Static_assert(offsetof(struct kj_le_swsusp_info, version_code) == 392, "kernel/power/power.h");
_Static_assert(offsetof(struct kj_le_swsusp_info, num_physpages) == 400, "kernel/power/power.h");
_Static_assert(offsetof(struct kj_le_swsusp_info, image_pages) == 416, "kernel/power/power.h");
_Static_assert(sizeof(struct kj_le_swsusp_info) == 440, "kernel/power/power.h");

struct kj_swsusp {
	uint64_t jump;		/* physical = virtual address of the trampoline */
	uint64_t cr3;		/* page aligned */
	uint64_t physpages;	/* must equal C's, or C refuses */
	uint64_t pages;		/* data pages */
	uint64_t zeros;		/* pages that are numbers with the flag */
	uint32_t e820_crc;	/* must equal C's */
	uint32_t cpus;		/* for information */
};

/* Pages of numbers for @pages pages, with data or without; all pages of a stream whose @pages are
 * all data. */
uint64_t kj_swsusp_meta_pages(uint64_t pages);
uint64_t kj_swsusp_total_pages(uint64_t pages);

/* Make the header page. KJ_OK; KJ_ERANGE: no pages, more than the kernel's counter (an unsigned
 * int) holds, or an unaligned cr3 or jump address. */
enum kj_err kj_swsusp_header(const struct kj_swsusp *s, uint8_t page[4096]);

/* Packing the numbers, page by page. The caller owns all of it; start with all zero. */
struct kj_swsusp_pack {
	uint64_t next;		/* least number that may come */
	uint32_t n;		/* in the page at hand */
};

/* Put @pfn into @page. *full is set to 1 when the page is ready to be sent, and then the next
 * call begins a new one. KJ_OK; KJ_ERANGE: not above the one before, or no frame number. */
enum kj_err kj_swsusp_pack(struct kj_swsusp_pack *p, uint64_t pfn, uint8_t page[4096], int *full);
/* The same for a page of zeros, flagged (ENCODED_PFN_ZERO_FLAG). */
enum kj_err kj_swsusp_pack_zero(struct kj_swsusp_pack *p, uint64_t pfn, uint8_t page[4096],
				int *full);
/* Close the last page. Returns 1 if @page is to be sent, 0 if nothing was left. */
int kj_swsusp_pack_end(struct kj_swsusp_pack *p, uint8_t page[4096]);

/* ---- on a device ---- */

#define KJ_SWSUSP_MAP 511u		/* block numbers in one page of the map */
#define KJ_SWSUSP_UNC_PAGES 32u		/* pages compressed at one time (UNC_PAGES) */
#define KJ_SWSUSP_CMP_HEADER 8u		/* u64 length before the compressed bytes (CMP_HEADER) */
#define KJ_SWSUSP_CMP_PAGES 35u		/* what they can come to (CMP_PAGES) */

#define KJ_SWSUSP_MAGIC "KJSWSUS1"
#define KJ_SWSUSP_VERSION 1u
#define KJ_SWSUSP_SIG "S1SUSPEND\0"	/* HIBERNATE_SIG with its padding: to be loaded */
#define KJ_SWSUSP_TAKEN "KJ-TAKEN\0\0"	/* orig_sig: the kernel puts it in place of the above */
#define KJ_SWSUSP_STALE "KJ-STALE\0\0"	/* a boot has given the image up */

#define KJ_SF_NOCOMPRESS 2u		/* kernel/power/power.h: SF_* */
#define KJ_SF_CRC32 4u
#define KJ_SF_LZ4 16u			/* since 6.9 */

/* Block 0 of the device. The kernel knows its end (struct swsusp_header) and keeps the rest. */
struct kj_le_swsusp_head {
	uint8_t magic[8];
	le32 version;
	le32 codec;		/* enum kj_codec of image.h */
	uint8_t id[16];		/* of the job */
	uint8_t label_uuid[16];	/* of the target; zero: a plain file */
	le64 t_created;		/* A's clock, seconds since 1970 */
	le64 t_saved;		/* B's clock */
	le64 data_pages;
	le64 zero_pages;	/* flagged, without data */
	le64 free_pages;	/* left out */
	le64 end_off;		/* bytes of the device in use, from 0 on */
	char release[64];	/* A's uname -r */
	uint8_t reserved[4048 - 160];
	le64 sum;		/* XXH64 of the 4048 bytes before and the 20 behind, seed 0 */
	le32 hw_sig;		/* 0; only looked at with a flag that is not set */
	le32 crc32;		/* of the pages behind the info page, as the kernel computes it */
	le64 image;		/* block number of the first page of the map */
	le32 flags;		/* KJ_SF_* */
	uint8_t orig_sig[10];	/* KJ_SWSUSP_TAKEN */
	uint8_t sig[10];
};
_Static_assert(sizeof(struct kj_le_swsusp_head) == 4096, "kernel/power/swap.c");
_Static_assert(offsetof(struct kj_le_swsusp_head, sum) == 4048, "FORMAT 7");
_Static_assert(offsetof(struct kj_le_swsusp_head, crc32) == 4096 - 36, "kernel/power/swap.c");
_Static_assert(offsetof(struct kj_le_swsusp_head, image) == 4096 - 32, "kernel/power/swap.c");
_Static_assert(offsetof(struct kj_le_swsusp_head, flags) == 4096 - 24, "kernel/power/swap.c");
_Static_assert(offsetof(struct kj_le_swsusp_head, sig) == 4096 - 10, "kernel/power/swap.c");

enum kj_swsusp_state {
	KJ_SWS_READY = 1,	/* the next boot with resume= loads it */
	KJ_SWS_TAKEN = 2,	/* a kernel has begun to load it, whatever came of that */
	KJ_SWS_STALE = 3,
};

/* Set magic, version, both signatures and the sum. */
void kj_swsusp_seal(struct kj_le_swsusp_head *h);
/* KJ_OK; KJ_EMAGIC: none of ours; KJ_EVERSION; KJ_ECRC; KJ_EFORMAT: no signature that we know, or a
 * codec that its flags do not say; KJ_ERANGE: blocks outside @size bytes. */
enum kj_err kj_swsusp_check(const struct kj_le_swsusp_head *h, uint64_t size);
/* enum kj_swsusp_state of a header that was checked. The name is that of the same state of an
 * image: ready, consumed, stale. */
uint32_t kj_swsusp_state(const struct kj_le_swsusp_head *h);
const char *kj_swsusp_state_name(uint32_t state);
/* Is @block, the first of a device of @size usable bytes, that of image @id, ready? 1 or 0. */
int kj_swsusp_waits(const void *block, uint64_t size, const uint8_t id[16]);

#endif
