/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A's memory as B sees it: /proc/vmcore (or an ELF core file) with its notes, its VMCOREINFO and the backup pages map
 * joined; must never write, and never hand out a page of the window without going through the map.
 *
 * Two views.  Physical: what lies at an address now (pages of the window are B's and cannot be had).  Logical: what A
 * had there when it jumped (a page of the window comes from its backup page; pages in which A had nothing, which are
 * window pages that were free and the backup pages themselves, read as zeros).
 *
 * A core file whose PT_LOADs hold the window is such a logical view already (`kjump-dump -f elf` writes one): it needs
 * no map, and both views are what the file says.
 * Errors: 0 or -errno; the text of the first failure stands in ->why, for one line on stderr.
 */
#ifndef KJ_CMD_AMEM_H
#define KJ_CMD_AMEM_H

#include <stddef.h>
#include <stdint.h>

#include "core/elf.h"
#include "core/map.h"
#include "core/note.h"
#include "core/vmcoreinfo.h"

struct kj_kdump;

/* A source that is no ELF core.  Addresses are of the physical view. */
struct kj_amem_ops {
	/* Bytes from @pa on, at most @max, that are in the source; 0: @pa is not. */
	uint64_t (*run)(void *src, uint64_t pa, uint64_t max);
	/* Bytes that are in the source.  0 or -errno: one of the pages is damaged. */
	int (*read)(void *src, uint64_t pa, void *buf, size_t len);
	/* Bit i: page @pfn + i is RAM, whether the source has it or not; @pfn a multiple of 256. */
	void (*ram)(void *src, uint64_t pfn, uint8_t mask[32]);
	void (*close)(void *src);
};

/* How the backup pages map was found: looked for in A's control page; where A's kernel says that it is; in a note that
 * has all of it. */
enum kj_map_from { KJ_MAP_SEARCHED, KJ_MAP_TOLD, KJ_MAP_GIVEN };

struct kj_amem {
	int fd;
	const char *path;
	struct kj_elf elf;		/* program headers, core/elf.h */
	struct kj_elf_load *loads;	/* theirs, owned */
	struct kj_facts facts;		/* KJUMP notes */
	struct kj_vmcoreinfo vi;	/* ->text points into notes */
	uint8_t *notes;			/* the whole PT_NOTE area, owned */
	size_t notes_len;
	struct kj_map map;		/* D -> S runs; n == 0: no window (crash, or a plain core) */
	struct kj_map_page cp;		/* table, swap, map head, cr4 of A's control page; zero: crash */
	struct kj_ranges ram;		/* A's System RAM: from the note, else from the PT_LOADs */
	enum kj_map_from map_from;	/* of a jump */
	int is_jump;			/* RE != 0 and the map was found and is valid */
	int is_logical;			/* a file that holds the window's pages at their own addresses */
	uint64_t size;			/* of the file, 0: unknown */
	int raw;			/* kj_amem_open_any() */
	int incomplete;			/* an ELF core that says so: where it has holes, not all of them are zeros */
	const struct kj_amem_ops *ops;	/* NULL: an ELF core, ->elf */
	void *src;			/* theirs */
	const struct kj_kdump *kdump;	/* headers of the kdump that this is; NULL: it is none */
	size_t notes_bytes;		/* allocated for notes, for the map's runs, for loads */
	size_t map_bytes, loads_bytes;
	char why[160];
};

/* Open and parse.  -ENOENT: no such file (no vmcore); -ENOEXEC: not an ELF64 x86-64 core; -EBADMSG: it lies
 * (->why says where); -ENOMEM, -EIO.  A core without KJUMP notes opens (facts.have == 0), one with a KJUMP re-entry
 * whose map is not valid is -EBADMSG; ->facts then still says what the notes say (->facts.have), nothing else may be
 * used and nothing needs closing. */
int kj_amem_open(struct kj_amem *m, const char *path);
void kj_amem_close(struct kj_amem *m);

/*
 * The same of whatever holds memory (kdsrc.c): an ELF core, a kdump, a flattened stream; -EBADMSG also for a kdump that
 * lies.  @raw: notes that are damaged do not matter, ->facts is what can be read of them; the line about it stands in
 * ->why, which is empty else.
 */
int kj_amem_open_any(struct kj_amem *m, const char *path, int raw);

/* Read @len bytes; -EFAULT if any byte is no RAM of A's (or, physical view, in the window), -EIO as the kernel says. */
int kj_amem_read(struct kj_amem *m, uint64_t pa, void *buf, size_t len);	/* logical */
int kj_amem_read_phys(struct kj_amem *m, uint64_t pa, void *buf, size_t len);

/* Map [pa, pa + len), physical view, page aligned, within one PT_LOAD, read only (mmap; where the file cannot be
 * mapped, a private buffer filled by pread).  *ret is valid until kj_amem_unmap(m, *ret, len). */
int kj_amem_map(struct kj_amem *m, uint64_t pa, size_t len, const uint8_t **ret);
void kj_amem_unmap(struct kj_amem *m, const uint8_t *p, size_t len);

/* Longest run from @pa, at most @max bytes, that kj_amem_map() takes in one piece; 0: @pa cannot be had physically. */
uint64_t kj_amem_run(const struct kj_amem *m, uint64_t pa, uint64_t max);

/* Bytes from @pa on, whole pages, at least one and at most @max, that cannot be had physically, as page @pa cannot. */
uint64_t kj_amem_hole(const struct kj_amem *m, uint64_t pa, uint64_t max);

/* Physical address that holds page @pa (page aligned) of A now: itself, or its backup page.  -ENXIO: A had nothing
 * there (page of the window that was free in A, or a backup page); -EFAULT: no RAM of A's. */
int kj_amem_locate(const struct kj_amem *m, uint64_t pa, uint64_t *ret);

/* Which of the 256 pages from @pfn on the source calls RAM, beyond what ->ram says: of a kdump more than it holds. */
void kj_amem_ram(const struct kj_amem *m, uint64_t pfn, uint8_t mask[32]);

/* Number of the page behind A's last one: memory that the source does not have at the very end is nobody's. */
uint64_t kj_amem_pfn_end(const struct kj_amem *m);

/* True if page @pa is a backup page (holds another page's content while B runs). */
int kj_amem_is_backup(const struct kj_amem *m, uint64_t pa);

/* Callback form for core functions that read A's memory, logical view: ctx is the struct kj_amem. 0 on success. */
int kj_amem_reader(void *ctx, uint64_t pa, void *buf, size_t len);

#endif
