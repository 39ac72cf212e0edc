/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The header and program headers of an ELF64 x86-64 core (/proc/vmcore, or a file): where in the file a physical
 * address stands; must never be asked about an address before kj_elf_end() has accepted the whole table.
 *
 * Source: elf(5); linux 6.12 fs/proc/vmcore.c, kernel/crash_core.c.  All numbers are bytes.  No allocation, nothing is
 * kept of the caller's buffers.
 *
 * Use: read KJ_ELF_EHDR bytes at 0, kj_elf_head(); if ->xnum, read KJ_ELF_SHDR bytes at ->shoff, kj_elf_xnum(); with
 * room for ->phnum loads kj_elf_begin(), kj_elf_add() of all program headers, which begin at ->phoff, and kj_elf_end().
 * kj_elf_parse() is the last three, where all the headers are at hand.
 */
#ifndef KJ_CORE_ELF_H
#define KJ_CORE_ELF_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"

#define KJ_ELF_EHDR 64u
#define KJ_ELF_PHDR 56u
#define KJ_ELF_SHDR 64u

/* Program headers of all kinds: makedumpfile -E makes a PT_LOAD more for each MiB left out in one piece, and a table of
 * so many takes 6 MiB. */
#define KJ_ELF_PHDR_MAX (1u << 18)
#define KJ_ELF_NOTE_MAX 64u	/* PT_NOTEs kept (/proc/vmcore merges all into one) */
#define KJ_ELF_TEXT_BASE 0xffffffff80000000ull	/* p_vaddr from here on: kernel text, see below */
#define KJ_ELF_PA_LIMIT (1ull << 52)	/* no x86-64 physical address lies behind this */

/* What the ELF header says. */
struct kj_elf_head {
	uint64_t phoff;		/* of the program headers in the file */
	uint64_t shoff;		/* of section header 0, if ->xnum */
	uint32_t phnum;		/* number of program headers; 0 as long as ->xnum */
	int xnum;		/* 1: phnum stands in section header 0 (PN_XNUM) */
	int incomplete;		/* 1: who wrote it says that it could not finish (bit 0 of e_flags, as makedumpfile does) */
};

/* Of RAM. */
struct kj_elf_load {
	uint64_t paddr;
	uint64_t filesz;	/* bytes that the file holds; never 0 */
	uint64_t off;		/* in the file */
};
_Static_assert(sizeof(struct kj_elf_load) == 24, "KJ_ELF_PHDR_MAX of them");

/* Kernel text, which RAM loads hold, too. */
struct kj_elf_text {
	uint64_t paddr;
	uint64_t vaddr;
	uint64_t filesz;	/* bytes that the file holds in one piece; 0: there is no text */
	uint64_t off;		/* in the file */
	uint64_t memsz;		/* up to the end of the last piece that is mapped alike; not all need be in the file */
};

struct kj_elf_note {
	uint64_t off;		/* in the file */
	uint64_t size;		/* never 0 */
};

struct kj_elf {
	uint32_t nload;
	uint32_t nnote;
	uint32_t ntext;		/* PT_LOADs of kernel text seen: they say again what RAM loads say */
	uint32_t nskipped;	/* empty headers, other types, PT_LOADs without physical address (p_paddr ~0) */
	uint32_t room;		/* at ->load */
	uint64_t file_size;	/* 0: unknown */
	uint64_t direct;	/* A's page_offset, where the RAM loads have kernel addresses and agree; else 0 */
	struct kj_elf_text text;	/* the first one */
	struct kj_elf_load *load;	/* ascending by paddr, disjoint; the caller's */
	struct kj_elf_note note[KJ_ELF_NOTE_MAX];	/* in file order of their headers */
};

/*
 * Read an ELF header of which @len bytes are at hand.  KJ_OK; KJ_ETRUNC: fewer than KJ_ELF_EHDR bytes; KJ_EMAGIC: no
 * ELF64 little-endian x86-64 ET_CORE; KJ_EVERSION: another ELF version; KJ_EFORMAT: entry sizes are wrong, or there
 * are no program headers; KJ_ELIMIT: more than KJ_ELF_PHDR_MAX of them.
 */
enum kj_err kj_elf_head(const uint8_t *buf, size_t len, struct kj_elf_head *ret);

/*
 * Complete a head whose ->xnum is set with section header 0 (@len bytes of it).  Clears ->xnum.  KJ_OK, KJ_ETRUNC,
 * KJ_EFORMAT: no such number there; KJ_ELIMIT.
 */
enum kj_err kj_elf_xnum(struct kj_elf_head *head, const uint8_t *shdr, size_t len);

/* Bytes of all program headers. */
size_t kj_elf_phdrs_size(const struct kj_elf_head *head);

/*
 * Begin a table of the loads of @head in @room, @nroom of them, which is used as long as @ret is.  @file_size bounds
 * every file range; 0: unknown.  KJ_OK; KJ_EFORMAT: ->xnum is still set; KJ_ERANGE, KJ_ETRUNC: as kj_elf_add(), of the
 * program headers.
 */
enum kj_err kj_elf_begin(const struct kj_elf_head *head, uint64_t file_size, struct kj_elf_load *room, uint32_t nroom,
			 struct kj_elf *ret);

/*
 * The next @n program headers.  KJ_OK; KJ_ETRUNC: one points behind the end of the file; KJ_ERANGE: an offset or
 * address that overflows, or a physical address beyond KJ_ELF_PA_LIMIT; KJ_EFORMAT: p_filesz > p_memsz; KJ_ELIMIT: more
 * loads than there is room for, or too many PT_NOTEs.
 */
enum kj_err kj_elf_add(struct kj_elf *e, const uint8_t *phdrs, uint32_t n);

/* All have been added.  KJ_OK; KJ_EOVERLAP: two RAM loads claim the same address; KJ_ENOTFOUND: neither PT_LOAD nor
 * PT_NOTE.  Before this, and after any error, nothing may be looked up. */
enum kj_err kj_elf_end(struct kj_elf *e);

/* All three; the @len bytes at @phdrs are to be all program headers.  KJ_ETRUNC: @len is short; and as above. */
enum kj_err kj_elf_parse(const struct kj_elf_head *head, const uint8_t *phdrs, size_t len, uint64_t file_size,
			 struct kj_elf_load *room, uint32_t nroom, struct kj_elf *ret);

/* Do both show the same memory, in the same ranges? */
int kj_elf_same(const struct kj_elf *a, const struct kj_elf *b);

/*
 * Where byte @pa stands: *off in the file, and *run bytes from there on (>= 1) that are contiguous in both.  Loads that
 * touch are not joined.  KJ_OK or KJ_ENOTFOUND: neither @pa nor any of *run bytes (>= 1) from there on.
 */
enum kj_err kj_elf_find(const struct kj_elf *e, uint64_t pa, uint64_t *off, uint64_t *run);

#endif
