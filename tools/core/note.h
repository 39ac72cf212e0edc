/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The KJUMP ELF notes: what A tells B about itself; must never hold anything that changes from one run to the next
 * (that is the job block's, job.h).
 *
 * Bytes: FORMAT section 1.  A note is an Elf64_Nhdr (namesz 6, "KJUMP\0", name and descriptor padded to 4 bytes)
 * whose descriptor starts with struct kj_note_hdr.  Readers skip unknown types and accept longer descriptors.
 */
#ifndef KJ_CORE_NOTE_H
#define KJ_CORE_NOTE_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "le.h"

#define KJ_NOTE_NAME "KJUMP"
#define KJ_NOTE_ERASED "ERASEINFO"	/* makedumpfile.h; type 0 */
#define KJ_NOTE_VERSION 1u

/* Not small numbers: crash(8) looks at the type alone and takes 1, 3 and 4 for NT_PRSTATUS, NT_PRPSINFO and
 * NT_TASKSTRUCT, whatever the name (its netdump.c); readelf prints them so. */
#define KJ_NT_BASE 0x4b4a0000u	/* "KJ" */

enum kj_note_type {
	KJ_NT_REENTRY = KJ_NT_BASE + 1,	/* struct kj_note_reentry, filled by purgatory */
	KJ_NT_WINDOW = KJ_NT_BASE + 2,	/* struct kj_note_ranges: the pages that B owns or may touch (D) */
	KJ_NT_RAM = KJ_NT_BASE + 3,	/* struct kj_note_ranges: A's System RAM */
	KJ_NT_JOB = KJ_NT_BASE + 4,	/* struct kj_note_job */
	KJ_NT_HOST = KJ_NT_BASE + 5,	/* struct kj_note_host */
	KJ_NT_CORE = KJ_NT_BASE + 6,	/* struct kj_note_core */
	KJ_NT_MAP = KJ_NT_BASE + 7,	/* struct kj_note_map, only from a kernel that publishes it */
	KJ_NT_VIEW = KJ_NT_BASE + 8,	/* struct kj_note_view, only in dumps */
	KJ_NT_SECRET = KJ_NT_BASE + 9,	/* struct kj_note_secret, only for a confined kernel */
	KJ_NT_PAGES = KJ_NT_BASE + 10,	/* struct kj_note_pages, only from a kernel that writes the core header itself */
};

struct kj_note_hdr {
	le32 version;	/* KJ_NOTE_VERSION */
	le32 size;	/* of the descriptor, this header included */
};
_Static_assert(sizeof(struct kj_note_hdr) == 8, "FORMAT 1");

struct kj_note_reentry {
	struct kj_note_hdr h;
	le64 re;	/* A's re-entry address, physical; 0 until purgatory has run, and in crash mode */
};
_Static_assert(sizeof(struct kj_note_reentry) == 16, "FORMAT 1");

struct kj_le_range {
	le64 start;	/* bytes, page aligned */
	le64 end;	/* first byte behind */
};
_Static_assert(sizeof(struct kj_le_range) == 16, "FORMAT 1");

struct kj_note_ranges {
	struct kj_note_hdr h;
	le32 n;
	le32 reserved;
	/* struct kj_le_range r[n], ascending, disjoint, not touching */
};
_Static_assert(sizeof(struct kj_note_ranges) == 16, "FORMAT 1");

struct kj_note_job {
	struct kj_note_hdr h;
	le64 job_pa;		/* page aligned, outside the window; 0: none */
	uint8_t job_nonce[16];
	le64 mbox_pa;		/* page aligned, outside the window; 0: none */
	uint8_t mbox_nonce[16];
};
_Static_assert(sizeof(struct kj_note_job) == 56, "FORMAT 1");

/* Who A is; the same bytes stand in an image's header. */
struct kj_le_host {
	char release[64];	/* uname -r, zero padded */
	char vendor[16];	/* CPUID leaf 0, zero padded */
	uint8_t boot_id[16];
	uint8_t build_id[20];	/* of the kernel, zero if unknown */
	le32 build_id_len;
	le32 e820_crc;		/* as swsusp computes it over the firmware's e820 table */
	le32 cpu_sig;		/* CPUID.1:EAX */
	le32 microcode;
	le32 la57;		/* 1: 5-level paging */
	le32 cpu_feat[8];	/* CPUID 1.ecx 1.edx 7.ebx 7.ecx 7.edx D.1.eax 80000001.ecx .edx */
	le32 ncpus;		/* online when loaded */
	le32 reserved0;
	le64 physpages;		/* num_physpages as swsusp compares it; 0 if unknown */
	le64 page_offset;	/* start of the direct map; 0 if unknown */
	le64 reserved[6];
};
_Static_assert(sizeof(struct kj_le_host) == 240, "FORMAT 1");
_Static_assert(offsetof(struct kj_le_host, reserved) == 192, "FORMAT 1");

struct kj_note_host {
	struct kj_note_hdr h;
	struct kj_le_host host;
};
_Static_assert(sizeof(struct kj_note_host) == 248, "FORMAT 1");

struct kj_note_core {
	struct kj_note_hdr h;
	le64 hdr_pa;		/* the ELF core header that B was given */
	le64 hdr_size;
	le64 notes_pa;		/* the pages with these notes */
	le64 notes_size;
};
_Static_assert(sizeof(struct kj_note_core) == 40, "FORMAT 1");

struct kj_note_map {
	struct kj_note_hdr h;
	le64 head;		/* kimage list head: a physical address | IND_INDIRECTION */
	le64 table;		/* A's identity page tables */
	le64 swap;		/* A's swap page */
	le64 cr4;		/* A's CR4, for LA57 */
};
_Static_assert(sizeof(struct kj_note_map) == 40, "FORMAT 1");

/* Put behind the others by whoever writes the logical view of a jump, for pages of the window may be left out. */
struct kj_note_view {
	struct kj_note_hdr h;
	le32 view;		/* KJ_VIEW_LOGICAL */
	le32 reserved;
};
_Static_assert(sizeof(struct kj_note_view) == 16, "FORMAT 1");
#define KJ_VIEW_LOGICAL 1u
#define KJ_NOTE_VIEW_ROOM 64u	/* bytes that the whole note takes at most */

/* A note is in the kernel's own copies, which nobody can wipe: so this says only where the secret stands. */
struct kj_note_secret {
	struct kj_note_hdr h;
	le64 pa;		/* a page among those of CORE */
};
_Static_assert(sizeof(struct kj_note_secret) == 16, "FORMAT 1");

struct kj_le_seg {
	le64 mem;
	le64 memsz;
};
_Static_assert(sizeof(struct kj_le_seg) == 16, "FORMAT 1");

struct kj_note_pages {
	struct kj_note_hdr h;
	le32 n;
	le32 reserved;
	/* struct kj_le_seg seg[n]; then le64 source[], of each page of the segments in turn: see kj_map_list() */
};
_Static_assert(sizeof(struct kj_note_pages) == 16, "FORMAT 1");

/* ---- the same in host form ---- */

/* The bit of a type in kj_facts.have. */
#define KJ_HAVE(type) (1u << ((uint32_t)(type) - KJ_NT_BASE))

#define KJ_RAM_MAX 128u		/* System RAM ranges that we can describe */
#define KJ_WIN_MAX 16u		/* ranges of the window: kexec_load knows 16 segments */

struct kj_range {
	uint64_t start;		/* bytes, page aligned */
	uint64_t end;		/* first byte behind */
};

struct kj_ranges {
	uint32_t n;
	struct kj_range r[KJ_RAM_MAX];
};

struct kj_facts {
	uint32_t have;		/* KJ_HAVE(enum kj_note_type) for each note seen */
	uint64_t re;
	struct kj_ranges window;
	struct kj_ranges ram;
	uint64_t job_pa, mbox_pa;
	uint8_t job_nonce[16], mbox_nonce[16];
	struct kj_le_host host;
	uint64_t core_pa, core_size, notes_pa, notes_size;
	uint64_t map_head, map_table, map_swap, map_cr4;
	uint64_t secret_pa;
	size_t pages_off, pages_len;	/* descriptor of the PAGES note within the buffer parsed */
	size_t vmcoreinfo_off;	/* of the VMCOREINFO text within the buffer parsed, 0 if none */
	size_t vmcoreinfo_len;
	size_t erased_off, erased_len;	/* text of makedumpfile's ERASEINFO note: what it has made illegible */
	uint32_t nprstatus;	/* NT_PRSTATUS notes seen */
	uint32_t nforeign;	/* notes of other names or unknown types, skipped */
};

/*
 * Parse a PT_NOTE area of @len bytes into @ret (which is cleared first).
 * Returns KJ_OK (also when there is no KJUMP note: look at ->have), KJ_ETRUNC for a note that does not fit in the
 * area, KJ_EVERSION, KJ_EFORMAT for a KJUMP payload that is too short, that comes twice, whose ranges are unaligned,
 * empty, not ascending, touching or overlapping, or whose addresses are unaligned, no physical addresses, (job,
 * mailbox) inside the window or (secret) outside CORE's pages, KJ_ELIMIT for more ranges than we hold.  Zero words
 * between notes are padding, so a note without a name is no note.  On error *ret is undefined.
 */
enum kj_err kj_note_parse(const uint8_t *buf, size_t len, struct kj_facts *ret);

/*
 * How many of the @len bytes at @buf, from the first on, are whole notes (or padding), whatever is in them.  What
 * kj_note_parse() calls truncated ends there.
 */
size_t kj_note_whole(const uint8_t *buf, size_t len);

/*
 * Append one note to @buf (capacity @cap, *@used bytes in use, 4-byte aligned).  On KJ_OK *used grows and *desc_off
 * (may be NULL) is where the descriptor starts.  Returns KJ_OK or KJ_ENOSPC.
 */
enum kj_err kj_note_append(uint8_t *buf, size_t cap, size_t *used, const char *name, uint32_t type, const void *desc,
			   size_t desc_len, size_t *desc_off);

/* Append a KJ_NT_WINDOW or KJ_NT_RAM note.  KJ_OK, KJ_ENOSPC, or KJ_ELIMIT if @r->n > KJ_RAM_MAX. */
enum kj_err kj_note_append_ranges(uint8_t *buf, size_t cap, size_t *used, enum kj_note_type type,
				  const struct kj_ranges *r);

/* True if [pa, pa+len) lies wholly within one of the ranges; false for any overflow. */
int kj_ranges_contain(const struct kj_ranges *r, uint64_t pa, uint64_t len);
/* True if [pa, pa+len) overlaps any of the ranges. */
int kj_ranges_overlap(const struct kj_ranges *r, uint64_t pa, uint64_t len);

#endif
