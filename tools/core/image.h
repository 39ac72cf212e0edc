/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The image container: A's memory as stored on a target; must never be used for anything before header, state and
 * each chunk have been checked.
 *
 * Bytes: FORMAT section 4.
 *
 *   0       header   4096   written last
 *   4096    state    4096   READY, LOADING(n), CONSUMED, STALE; rewritten in place
 *   8192    index    nunits * 128, padded with zeros to 4096
 *   data_off chunks  each 4096-aligned: its 128-byte entry again, payload, zeros up to the next 4096
 *   end_off
 *
 * A unit is 256 pages (1 MiB) aligned to 1 MiB.  Units are numbered over A's RAM ranges in ascending order: every
 * aligned MiB that overlaps RAM counts once (kj_unit_*).  Each unit has one index entry, at its number; a unit
 * without data pages has no chunk (dlen 0).  Chunks stand in any order, without gaps: the sum of all dlen is
 * end_off - data_off.  Pages whose bits are in neither bitmap were free, or not RAM, or in the window: not stored.
 * The view is physical, as B sees it: backup pages stand at their own addresses, window pages are left out.
 */
#ifndef KJ_CORE_IMAGE_H
#define KJ_CORE_IMAGE_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "fsprint.h"
#include "le.h"
#include "note.h"

#define KJ_IMAGE_MAGIC "KJIMAGE1"
#define KJ_STATE_MAGIC "KJSTATE1"
#define KJ_IMAGE_VERSION 1u
#define KJ_UNIT_PAGES 256u
#define KJ_UNIT_BYTES (KJ_UNIT_PAGES * 4096u)
#define KJ_INDEX_OFF 8192u
#define KJ_IMAGE_PRINTS 2u	/* incompat: there are fingerprints, and they must be compared */
#define KJ_CHUNK_MAGIC 0x48434a4bu	/* "KJCH" */

/* lzo only in swsusp images and kdumps, zstd only in ours and in kdumps; zlib, and a mix as the disk takes it, only in kdumps */
enum kj_codec {
	KJ_CODEC_STORED = 0,
	KJ_CODEC_LZ4 = 1,
	KJ_CODEC_ZSTD = 2,
	KJ_CODEC_LZO = 3,
	KJ_CODEC_ZLIB = 4,
	KJ_CODEC_AUTO = 5,
};

enum kj_image_state {
	KJ_ST_READY = 1,
	KJ_ST_LOADING = 2,
	KJ_ST_CONSUMED = 3,
	KJ_ST_STALE = 4,
};

/* A relies on the content of its free pages: whoever restores writes ->fill into all pages that an entry with
 * KJ_ENTRY_FILL leaves out. */
#define KJ_IMAGE_FILL 1u
#define KJ_ENTRY_FILL 1u
#define KJ_FILL_ZERO 0ULL			/* init_on_free */
#define KJ_FILL_POISON 0xaaaaaaaaaaaaaaaaULL	/* page_poison: PAGE_POISON of linux/poison.h */

/* Everything that C needs to enter A. */
struct kj_le_jump {
	le64 re;		/* re-entry address */
	le64 table;		/* A's identity page tables */
	le64 swap;		/* A's swap page: the trampoline goes there */
	le64 map;		/* head of the backup pages map */
	le64 cr4;		/* A's CR4 */
	le64 job_pa;
	le64 mbox_pa;
	uint8_t job_nonce[16];
	uint8_t mbox_nonce[16];
	le64 reserved[3];
};
_Static_assert(sizeof(struct kj_le_jump) == 112, "FORMAT 4");

struct kj_le_image {
	uint8_t magic[8];
	le32 version;
	le32 header_size;	/* 4096 */
	le64 compat;		/* features that a reader may ignore */
	le64 incompat;		/* features that it must know: KJ_IMAGE_FILL | KJ_IMAGE_PRINTS */
	uint8_t id[16];		/* image id = job id */
	uint8_t label_uuid[16];	/* of the target it was written to; zero: a plain file */
	le64 t_created;		/* A's clock, seconds since 1970 */
	le64 t_saved;		/* B's clock */
	le32 unit_pages;	/* 256 */
	le32 codec;		/* enum kj_codec of most chunks */
	le64 nunits;
	le64 index_off;		/* 8192 */
	le64 data_off;
	le64 end_off;
	le64 data_pages;
	le64 zero_pages;
	le64 free_pages;
	le64 ram_pages;		/* in the RAM ranges */
	le64 fill;		/* KJ_IMAGE_FILL: what A expects in free pages, again and again */
	struct kj_le_jump jump;		/* at 160 */
	struct kj_le_host host;		/* at 272 */
	le32 nram;			/* at 512 */
	le32 nwindow;
	struct kj_le_range ram[KJ_RAM_MAX];	/* at 520 */
	struct kj_le_range window[KJ_WIN_MAX];	/* at 2568 */
	struct kj_le_prints prints;	/* at 2824: fingerprints of what A had mounted */
	uint8_t reserved[4096 - 3856 - 8];
	le64 sum;		/* XXH64, seed 0, of the 4088 bytes before */
};
_Static_assert(offsetof(struct kj_le_image, jump) == 160, "FORMAT 4");
_Static_assert(offsetof(struct kj_le_image, ram) == 520, "FORMAT 4");
_Static_assert(offsetof(struct kj_le_image, prints) == 2824, "FORMAT 4");
_Static_assert(offsetof(struct kj_le_image, reserved) == 3856, "FORMAT 4");
_Static_assert(offsetof(struct kj_le_image, sum) == 4088, "FORMAT 4");
_Static_assert(sizeof(struct kj_le_image) == 4096, "FORMAT 4");

struct kj_le_state {
	uint8_t magic[8];
	le32 version;
	le32 state;		/* enum kj_image_state */
	uint8_t id[16];		/* image id */
	le32 loads;		/* how often LOADING was entered */
	le32 reserved0;
	le64 t_state;		/* seconds since 1970 */
	uint8_t reserved[4096 - 48 - 8];
	le64 sum;
};
_Static_assert(sizeof(struct kj_le_state) == 4096, "FORMAT 4");

/* Index entry, and head of a chunk. */
struct kj_le_entry {
	le32 magic;		/* KJ_CHUNK_MAGIC */
	le32 clen;		/* payload bytes after compression; 0: no data pages */
	le64 unit;		/* its number */
	le64 pfn;		/* its first page frame number, a multiple of 256 */
	le64 off;		/* of the chunk within the image; 0: none */
	le32 dlen;		/* chunk on disk: entry + payload + padding, a multiple of 4096 */
	le16 codec;		/* enum kj_codec of this payload */
	le16 flags;		/* KJ_ENTRY_FILL */
	uint8_t data[32];	/* bit i (byte i / 8, LSB first): page pfn + i is in the payload, ascending */
	uint8_t zero[32];	/* bit i: page pfn + i is all zeros */
	le64 psum;		/* XXH64, seed = unit, of chunk bytes [128, dlen); 0 if dlen is 0 */
	le64 reserved;
	le64 sum;		/* XXH64 of the 120 bytes before, seed = first 8 bytes of the image id as le64 */
};
_Static_assert(sizeof(struct kj_le_entry) == 128, "FORMAT 4");
_Static_assert(offsetof(struct kj_le_entry, data) == 40, "FORMAT 4");
_Static_assert(offsetof(struct kj_le_entry, sum) == 120, "FORMAT 4");

/* Number of units of these RAM ranges. */
uint64_t kj_unit_count(const struct kj_ranges *ram);
/* First pfn of unit @unit; UINT64_MAX if there is no such unit. */
uint64_t kj_unit_pfn(const struct kj_ranges *ram, uint64_t unit);
/* Number of the unit that holds @pfn; UINT64_MAX if no RAM lies in it. */
uint64_t kj_unit_of(const struct kj_ranges *ram, uint64_t pfn);

uint64_t kj_image_data_off(uint64_t nunits);	/* KJ_INDEX_OFF + index, rounded up to 4096 */

/* Header: seal sets magic, version, header_size and sum.  Parse checks magic, version, sum, incompat, every count,
 * offset and range against each other and against @target_size (bytes that may be read).
 * KJ_OK, KJ_EMAGIC, KJ_EVERSION, KJ_ECRC, KJ_EUNSUPP (incompat), KJ_ERANGE, KJ_EFORMAT, KJ_ELIMIT. */
void kj_image_seal(struct kj_le_image *h);
enum kj_err kj_image_check(const struct kj_le_image *h, uint64_t target_size);
void kj_image_ranges(const struct kj_le_image *h, struct kj_ranges *ram, struct kj_ranges *window);

void kj_state_seal(struct kj_le_state *s, const uint8_t id[16], enum kj_image_state st, uint32_t loads, uint64_t now);
/* KJ_OK, KJ_EMAGIC, KJ_EVERSION, KJ_ECRC, KJ_EMISMATCH (another image's), KJ_ERANGE. */
enum kj_err kj_state_check(const struct kj_le_state *s, const uint8_t id[16]);

void kj_entry_seal(struct kj_le_entry *e, const uint8_t id[16]);
/* Check entry number @unit of @h.  KJ_OK, KJ_EMAGIC, KJ_ECRC, KJ_EMISMATCH (other unit or pfn), KJ_ERANGE (lengths or
 * offset outside the data area, codec unknown), KJ_EFORMAT (bitmaps overlap, or clen does not fit them, or pages that
 * are not RAM or lie in the window, or KJ_ENTRY_FILL in an image without KJ_IMAGE_FILL). */
enum kj_err kj_entry_check(const struct kj_le_entry *e, const struct kj_le_image *h, uint64_t unit);

/* The pages of checked entry @e that are to be filled, as bits of @ret; returns how many. */
unsigned int kj_entry_fill(const struct kj_le_entry *e, const struct kj_ranges *ram, const struct kj_ranges *window,
			   uint8_t ret[32]);

const char *kj_state_name(uint32_t state);
const char *kj_codec_name(uint32_t codec);

#endif
