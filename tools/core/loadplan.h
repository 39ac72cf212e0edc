/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What goes where when kernel B is loaded: the window, and the table of segments for kexec_load; must never leave a page
 * that B may touch without a segment in jump mode, for that page of A's would be lost.
 *
 * All numbers are bytes and physical addresses.  Layout of the main window, from below: kernel (B lives from here on),
 * "aux" (boot_params, command line, purgatory), initrd, and at its end "header" (ELF core header, notes), which is
 * reserved in B's memory map, or B could not read it through /proc/vmcore.
 */
#ifndef KJ_CORE_LOADPLAN_H
#define KJ_CORE_LOADPLAN_H

#include <stdint.h>

#include "core/bzimage.h"
#include "core/err.h"
#include "core/iomem.h"
#include "core/note.h"

#define KJ_SEGMENT_MAX 16u	/* of kexec_load(2) */
#define KJ_PAGE 4096ull
#define KJ_WINDOW_ALIGN (2ull << 20)

/* ---- the window ---- */

struct kj_window_ask {
	uint64_t start;		/* KJ_ANYWHERE: choose */
	uint64_t size;		/* 0: choose, at least @least */
	uint64_t least;		/* that kernel and initrd need: kj_window_least() */
	uint64_t better;	/* that it should have if @size is 0, nothing is reserved, and there is a place for it */
	uint64_t limit;		/* that kexec_load takes: half of RAM */
	uint64_t room;		/* free memory: if @size is 0, what is beyond it is given up, down to @least; 0: unknown */
	const uint64_t *pinned;	/* pages of A's that must stay where they are */
	uint32_t npinned;
};

struct kj_window {
	struct kj_range r;
	int reserved;	/* 1: it lies in a crashkernel reservation, where nothing of A's runs */
};

/* What B needs: its kernel in place, three times the initrd (packed, unpacked, and its page cache), 48 MiB to live. */
uint64_t kj_window_least(const struct kj_bzimage *bz, uint64_t initrd_len);

/* What it had better have on @cpus processors: for each but two 2 MiB, and 4 MiB for a worker of kjump-dump (estimate.h). */
uint64_t kj_window_better(uint64_t least, uint32_t cpus);

/*
 * Choose or judge the window.  Automatic: the end of a reservation that is big enough, else RAM below 4 GiB clear of A's
 * kernel, of the reservations and of pinned pages, as high as possible, ending at a multiple of 64 MiB if that can be had
 * (the kernel pads the end of its RAM up to such a boundary).
 * KJ_OK; KJ_ENOTFOUND: there is no such place; KJ_ELIMIT: beyond @limit; KJ_ENOSPC: smaller than @least;
 * KJ_EFORMAT: not aligned to KJ_WINDOW_ALIGN; KJ_ERANGE: not RAM of A's, or not within 16 MiB to 4 GiB;
 * KJ_EOVERLAP: A's kernel or a pinned page is there.
 */
enum kj_err kj_window_choose(const struct kj_iomem *io, const struct kj_window_ask *ask, struct kj_window *ret);

/* A's RAM below 1 MiB: B starts its processors from there.  KJ_OK or KJ_ELIMIT. */
enum kj_err kj_window_low(const struct kj_iomem *io, struct kj_ranges *ret);

/* ---- segments ---- */

enum kj_load_part {
	KJ_PART_BACKUP,		/* nothing is loaded */
	KJ_PART_KERNEL,
	KJ_PART_AUX,
	KJ_PART_INITRD,
	KJ_PART_HEADER,
	KJ_PARTS,
};

struct kj_load_ask {
	int crash;
	struct kj_range window;		/* the main one */
	const struct kj_ranges *own;	/* all of B's RAM, the main window included */
	uint64_t kernel_len, init_size, align, pref_address;	/* struct kj_bzimage */
	uint64_t cmdline_len;		/* with the zero at its end, and what else follows it */
	uint64_t purgatory_len;		/* in memory */
	uint64_t initrd_len;
	uint64_t header_len;		/* ELF core header */
	uint64_t notes_len;		/* room for notes */
	uint64_t limit;			/* on the sum of all segments: half of A's RAM */
};

struct kj_load_segment {
	enum kj_load_part part;
	uint64_t mem;
	uint64_t memsz;	/* whole pages, never 0 */
};

struct kj_load_plan {
	uint32_t n;
	struct kj_load_segment seg[KJ_SEGMENT_MAX];	/* ascending, disjoint */
	uint64_t kernel, boot_params, cmdline, purgatory, initrd, header, notes;
	uint64_t aux_len;	/* of the buffer for KJ_PART_AUX, boot_params first */
	struct kj_range taken;	/* reserved in B's map: header and notes */
	uint64_t pages;		/* in all segments */
};

/*
 * KJ_OK; KJ_ENOSPC: the window is too small; KJ_ELIMIT: more than 16 segments, or more than @limit;
 * KJ_ERANGE: a length that cannot be; KJ_EMISMATCH: the window is not part of @own.  On error *ret is undefined.
 */
enum kj_err kj_load_plan(const struct kj_load_ask *ask, struct kj_load_plan *ret);

#endif
