/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stream that the kernel's hibernation code loads (kernel/power/snapshot.c, linux 6.1 and
 * 6.12, x86-64): one header page, pages of page frame numbers, data pages in the order of those
 * numbers; must never announce another number of pages than follow.
 *
 * All pages are sent as data: the flag for zero pages is younger than 6.1, and no kernel says
 * whether it knows it.
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
	uint32_t e820_crc;	/* must equal C's */
	uint32_t cpus;		/* for information */
};

/* Pages of numbers for @pages data pages; all pages of the stream. */
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
/* Close the last page. Returns 1 if @page is to be sent, 0 if nothing was left. */
int kj_swsusp_pack_end(struct kj_swsusp_pack *p, uint8_t page[4096]);

#endif
