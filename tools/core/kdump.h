/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kdump-compressed format, version 6 of its header, for x86-64: where its parts stand, its
 * headers as bytes, and the frame of makedumpfile's flattened stream; must never accept a layout
 * whose parts overlap or lie behind the file's end.
 *
 * Source: the readers of the format, makedumpfile (diskdump_mod.h, makedumpfile.c), crash
 * (diskdump.c) and libkdumpfile (diskdump.c).  FORMAT section 6 has the tables.
 *
 *   0             header, one block
 *   4096          sub header, notes behind it, ->sub_blocks blocks
 *   ->bitmap1     bit pfn: RAM is there
 *   ->bitmap2     bit pfn: the page is in the dump; both ->half bytes
 *   ->desc        a descriptor for each bit set in bitmap 2, in the order of pfns
 *   behind        pages, in any order
 */
#ifndef KJ_CORE_KDUMP_H
#define KJ_CORE_KDUMP_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/le.h"

#define KJ_KDUMP_BLOCK 4096u
#define KJ_KDUMP_VERSION 6u
#define KJ_KDUMP_HEAD (2u * KJ_KDUMP_BLOCK) /* bytes that kj_kdump_put() makes; notes follow */
#define KJ_KDUMP_NOTES (KJ_KDUMP_BLOCK + 104u) /* offset of the notes */
#define KJ_KDUMP_NOTES_MAX (64u << 20)
#define KJ_KDUMP_PFN_MAX (1ull << 40) /* 2^52 bytes: no x86-64 address lies behind */

/* Of a descriptor: how its bytes are packed; none: 4096 bytes as they are.  The first three are
 * also bits of ->status, where nobody relies on them. */
#define KJ_KDUMP_ZLIB 0x01u
#define KJ_KDUMP_LZO 0x02u
#define KJ_KDUMP_SNAPPY 0x04u
#define KJ_KDUMP_ZSTD 0x20u
#define KJ_KDUMP_PACKED (KJ_KDUMP_ZLIB | KJ_KDUMP_LZO | KJ_KDUMP_SNAPPY | KJ_KDUMP_ZSTD)
/* Of ->status alone. */
#define KJ_KDUMP_INCOMPLETE 0x08u
#define KJ_KDUMP_NO_VMEMMAP 0x10u

enum { KJ_UTS_SYSNAME, KJ_UTS_NODENAME, KJ_UTS_RELEASE, KJ_UTS_VERSION, KJ_UTS_MACHINE,
       KJ_UTS_DOMAINNAME, KJ_UTS_N };
#define KJ_UTS_LEN 65u

struct kj_le_kdump {
	uint8_t signature[8]; /* "KDUMP   " */
	le32 version;
	uint8_t uts[KJ_UTS_N][KJ_UTS_LEN];
	uint8_t pad[6];
	le64 tv_sec;
	le64 tv_usec; /* always 0: libkdumpfile takes it for the block size of a 32-bit header */
	le32 status;
	le32 block_size;
	le32 sub_blocks;
	le32 bitmap_blocks;
	le32 max_mapnr; /* saturated */
	le32 total_ram_blocks;
	le32 device_blocks;
	le32 written_blocks;
	le32 current_cpu;
	le32 nr_cpus;
};
_Static_assert(sizeof(struct kj_le_kdump) == 464, "makedumpfile, diskdump_mod.h");
_Static_assert(offsetof(struct kj_le_kdump, nr_cpus) == 460, "makedumpfile, diskdump_mod.h");

struct kj_le_kdump_sub {
	le64 phys_base;
	le32 dump_level;
	le32 split;
	le64 start_pfn, end_pfn;
	le64 off_vmcoreinfo, size_vmcoreinfo;
	le64 off_note, size_note;
	le64 off_eraseinfo, size_eraseinfo;
	le64 start_pfn_64, end_pfn_64;
	le64 max_mapnr_64;
};
_Static_assert(sizeof(struct kj_le_kdump_sub) == 104, "makedumpfile, diskdump_mod.h");
_Static_assert(offsetof(struct kj_le_kdump_sub, max_mapnr_64) == 96, "makedumpfile, diskdump_mod.h");

struct kj_le_page_desc {
	le64 off;
	le32 size;
	le32 flags;
	le64 page_flags; /* 0 */
};
_Static_assert(sizeof(struct kj_le_page_desc) == 24, "makedumpfile, diskdump_mod.h");
_Static_assert(offsetof(struct kj_le_page_desc, page_flags) == 16, "makedumpfile, diskdump_mod.h");

struct kj_kdump {
	/* said by the header */
	uint32_t version;
	uint32_t status; /* KJ_KDUMP_* */
	uint32_t level;  /* of the filter, 0 to 31 */
	uint32_t ncpus;
	uint64_t time; /* seconds since 1970 */
	uint64_t phys_base;
	uint64_t max_mapnr; /* pfns are below */
	uint64_t notes_off, notes_size;
	uint64_t vi_off, vi_size;       /* VMCOREINFO's text, within the notes; 0: none */
	uint64_t erase_off, erase_size; /* what was erased, text; may lie behind the end of the file */
	char uts[KJ_UTS_N][KJ_UTS_LEN]; /* zero terminated */
	/* where things are, bytes */
	uint32_t sub_blocks;
	uint64_t half;
	uint64_t bitmap1, bitmap2;
	uint64_t desc;
};

/*
 * Fill in where things are from ->max_mapnr and ->notes_size; sets ->notes_off and ->version.
 * KJ_OK; KJ_ERANGE: ->max_mapnr is 0 or beyond KJ_KDUMP_PFN_MAX, or the notes beyond
 * KJ_KDUMP_NOTES_MAX.
 */
enum kj_err kj_kdump_layout(struct kj_kdump *k);

/* Header and sub header as bytes, from a @k that kj_kdump_layout() has filled in.  What follows the
 * sub header in its block is zeros: notes are the caller's to copy there. */
void kj_kdump_put(const struct kj_kdump *k, uint8_t buf[KJ_KDUMP_HEAD]);

/*
 * Read the first @len bytes of a file of @file_size bytes (0: unknown; then nothing is said about
 * its end).
 * KJ_OK; KJ_ETRUNC: fewer than KJ_KDUMP_HEAD bytes, or the file ends within bitmaps or notes;
 * KJ_EMAGIC; KJ_EVERSION: not 1 to 6 or 7 (same layout); KJ_EUNSUPP: block size other than 4096,
 * or a part of a split dump; KJ_EFORMAT: parts overlap, or bitmaps are too small for the pages;
 * KJ_ERANGE: a number that cannot be.
 */
enum kj_err kj_kdump_parse(const uint8_t *buf, size_t len, uint64_t file_size, struct kj_kdump *ret);

/* 1: a header that kj_kdump_parse() refuses because it is a part of a split dump. */
int kj_kdump_is_part(const uint8_t buf[KJ_KDUMP_HEAD]);

/* 1: @d is a page's that can be unpacked: one known codec, 1 to 4096 bytes, behind the
 * descriptors; without codec just 4096. */
int kj_kdump_desc_ok(const struct kj_kdump *k, const struct kj_le_page_desc *d);

/* ---- makedumpfile's flattened stream: its head, then records, each with its place in the file ---- */

#define KJ_FLAT_HEAD 4096u /* bytes of the head */
#define KJ_FLAT_RECORD 16u /* bytes before the data of a record */

void kj_flat_head(uint8_t buf[KJ_FLAT_HEAD]);
void kj_flat_record(uint8_t buf[KJ_FLAT_RECORD], uint64_t off, uint64_t size);
void kj_flat_end(uint8_t buf[KJ_FLAT_RECORD]);

/* KJ_OK, KJ_ETRUNC (fewer than 32 bytes), KJ_EMAGIC, KJ_EVERSION. */
enum kj_err kj_flat_parse(const uint8_t *buf, size_t len);
/* KJ_OK: @size bytes for offset @off follow; KJ_ENOTFOUND: the end; KJ_ERANGE: neither. */
enum kj_err kj_flat_next(const uint8_t buf[KJ_FLAT_RECORD], uint64_t *off, uint64_t *size);

#endif
