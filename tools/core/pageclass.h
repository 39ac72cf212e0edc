/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which pages of A a dump or image may leave out, from its struct pages; must never leave out a
 * page on a guess: an encoding that is not known, a missing key or a contradiction keeps the page.
 *
 * Rules and encodings by kernel version: include/linux/{mm_types,page-flags}.h of 6.1 to 7.1,
 * kernel/vmcore_info.c for the keys.  Rules are chosen by which VMCOREINFO keys there are, never by
 * version (distributions backport).
 *
 *   free         PAGE_BUDDY_MAPCOUNT_VALUE in _mapcount, order in private
 *   unaccepted   PAGE_UNACCEPTED_MAPCOUNT_VALUE, a block of the largest order
 *   offline      PAGE_OFFLINE_MAPCOUNT_VALUE (balloon, virtio-mem)
 *   slab         flag PG_slab, or PAGE_SLAB_MAPCOUNT_VALUE
 *   hugetlb      page[1]'s destructor byte, or PG_hugetlb in page[1].flags, or
 *                PAGE_HUGETLB_MAPCOUNT_VALUE in the head
 *   order        a byte of page[1], or page[1].flags & 0xff
 *   tail         bit 0 of compound_head; the rest is the head's struct page, from 7.1 on (compound_info)
 *                mostly a mask that makes the head's address of the tail's
 */
#ifndef KJ_CORE_PAGECLASS_H
#define KJ_CORE_PAGECLASS_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"

struct kj_vmcoreinfo;

/* What to leave out; the numbers are those of makedumpfile -d.  Offline and poisoned pages go at
 * every level. */
#define KJ_LEVEL_ZERO 1u    /* not decided here: it needs the page's content */
#define KJ_LEVEL_CACHE 2u   /* page cache without buffers */
#define KJ_LEVEL_PRIVATE 4u /* any page cache */
#define KJ_LEVEL_USER 8u    /* anonymous and hugetlb pages */
#define KJ_LEVEL_FREE 16u   /* buddy and unaccepted pages */
/* With any of these: what is left out must be proved unused, see kj_pageclass_init(). */
#define KJ_LEVEL_STRICT 0x100u
/* All that an image which will run again may miss. */
#define KJ_LEVEL_IMAGE (KJ_LEVEL_FREE | KJ_LEVEL_STRICT)
#define KJ_LEVEL_MAX 31u

enum kj_class {
	KJ_CLASS_KEEP = 0,
	KJ_CLASS_FREE,
	KJ_CLASS_UNACCEPTED,
	KJ_CLASS_OFFLINE,
	KJ_CLASS_HWPOISON,
	KJ_CLASS_CACHE,
	KJ_CLASS_PRIVATE,
	KJ_CLASS_USER,
	KJ_CLASS_COUNT,
};

/* Bits of ->missing: what cannot be recognised in this kernel, and is therefore kept.  Only what
 * the level asks for; a kernel without PG_hwpoison has no poisoned pages, so that bit stands for a
 * number that cannot be. */
#define KJ_MISS_FREE 0x01u
#define KJ_MISS_OFFLINE 0x02u
#define KJ_MISS_HWPOISON 0x04u
#define KJ_MISS_CACHE 0x08u
#define KJ_MISS_USER 0x10u
#define KJ_MISS_HUGETLB 0x20u
#define KJ_MISS_ORDER 0x40u /* of compound pages: only single user pages are left out */
#define KJ_MISS_BITS 7u

enum kj_huge_kind { KJ_HUGE_NONE = 0, KJ_HUGE_DTOR, KJ_HUGE_FLAG, KJ_HUGE_TYPE };
enum kj_order_kind { KJ_ORDER_NONE = 0, KJ_ORDER_BYTE, KJ_ORDER_FLAGS };

#define KJ_MAPPING_ANON 1ull      /* PAGE_MAPPING_ANON: not exported, never changed */
#define KJ_TYPE_NONE 0x7fffffffu  /* a _mapcount that no page ever has */
#define KJ_COMPOUND_ORDER_MAX 18u /* 1 GiB, the largest compound page of x86_64 */

/* Offsets and encodings of one kernel; plain data, may be shared by workers. */
struct kj_pageclass {
	uint32_t level;   /* KJ_LEVEL_*, of them only what can be told */
	uint32_t strict;  /* KJ_LEVEL_STRICT was asked for */
	uint32_t missing; /* KJ_MISS_* */
	uint16_t o_flags, o_compound, o_mapping, o_private, o_mapcount, o_refcount;
	uint16_t has_refcount, has_private;
	uint16_t compound_is_pointer; /* 0: page.compound_info (7.1+), which may be a mask instead */
	uint64_t m_head, m_lru, m_private, m_swapcache, m_swapbacked, m_hwpoison, m_slab;
	uint64_t m_hugetlb; /* in page[1].flags, KJ_HUGE_FLAG */
	/* flags, and bits of mapping, that are worth a closer look at this level */
	uint64_t m_watch, m_watch_mapping;
	/* whole _mapcount, or KJ_TYPE_NONE */
	uint32_t t_buddy, t_unaccepted, t_offline, t_slab, t_slab_mask, t_hugetlb;
	uint32_t max_order;             /* LENGTH(zone.free_area): orders are below */
	uint16_t huge_kind, order_kind; /* enum kj_huge_kind, enum kj_order_kind */
	uint16_t o_dtor, o_order;       /* bytes in page[1] */
	uint32_t dtor_hugetlb;
};

struct kj_class_counts {
	uint64_t pages;             /* looked at */
	uint64_t n[KJ_CLASS_COUNT]; /* by class; n[KJ_CLASS_KEEP] are kept */
	uint64_t doubt; /* blocks or pages kept because their struct page contradicts itself */
};

/* A block that goes on behind the pages seen so far. */
struct kj_class_carry {
	uint64_t left; /* pages that still belong to it */
	uint32_t cls;  /* enum kj_class */
};

/*
 * Choose rules for @level (KJ_LEVEL_* ored).
 *
 * KJ_LEVEL_STRICT is for memory that will run again.  Every page of a free block must have no
 * reference, or the block is kept (from the piece on in which the contradiction stands); this costs
 * a look at each struct page instead of one per block.  And a poisoned page must be one that the
 * kernel took out of use: MAGIC_HWPOISON in private, or an anonymous or shmem page that nothing
 * maps any more.  The flag alone proves nothing: when a poisoned hugetlb page with optimised
 * vmemmap is dissolved, 6.12 leaves it set on healthy pages, which are then allocated again.
 *
 * Without it the rules are makedumpfile's, bit for bit, with two exceptions: a poisoned tail page
 * is left out, and a poisoned compound page that is not hugetlb does not take its tails along.
 *
 * KJ_OK (look at ret->missing), KJ_ENOTFOUND (the layout of struct page itself is unknown: nothing
 * can be told), KJ_EUNSUPP (struct page is not of 64 bytes), KJ_ERANGE (an offset, mask or level
 * that cannot be).
 */
enum kj_err kj_pageclass_init(const struct kj_vmcoreinfo *vi, uint32_t level,
			      struct kj_pageclass *ret);

/*
 * Classify @npages struct pages at @pages (readable as mapped, 8-byte aligned), of the pfns from
 * @first_pfn on, and set in
 * @bitmap bit i (byte i / 8, LSB first) for each page first_pfn + i that is to be left out; other
 * bits stay as they are.
 *
 * @first_pfn and @npages are multiples of 64.  @end_pfn (a multiple of 64) ends the section: a free
 * block that would reach behind it is a contradiction and is kept.  @carry says how many pages at
 * the start belong to a block that began before, and on return how many behind the end belong to
 * the last one: clear it at the start of a section, unless kj_pageclass_head() says otherwise.
 * @counts grow by what was seen.  Cannot fail.
 *
 * The memory may change meanwhile (a crashed machine's DMA): no value is used for a bound unless it
 * was checked after it was loaded.
 */
void kj_pageclass_scan(const struct kj_pageclass *pc, const uint8_t *pages, uint64_t first_pfn,
		       uint32_t npages, uint64_t end_pfn, struct kj_class_carry *carry,
		       uint8_t *bitmap, struct kj_class_counts *counts);

/*
 * If the first page of a section belongs to a compound page that begins before the section (1 GiB
 * hugetlb), the virtual address of the head's struct page, else 0.  @two: the section's first two
 * struct pages (128 bytes), @va their address.
 */
uint64_t kj_pageclass_head_va(const struct kj_pageclass *pc, const uint8_t two[128], uint64_t va);

/*
 * Judge the compound page whose head (and next) struct page is @two, of pfn @head_pfn: how many
 * pages from @pfn on it takes along.  *ret is {0, KJ_CLASS_KEEP} unless all of it is to be left
 * out.  Cannot fail.
 */
void kj_pageclass_head(const struct kj_pageclass *pc, const uint8_t two[128], uint64_t head_pfn,
		       uint64_t pfn, struct kj_class_carry *ret);

/* Name of a class, or of one bit of ->missing ("free", "offline", ...); "?" for anything else. */
const char *kj_class_name(uint32_t cls);
const char *kj_miss_name(uint32_t bit);

#endif
