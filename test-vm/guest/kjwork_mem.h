/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the filling command, the holder of the anonymous memory and the checks
 * of filled memory agree on. Pages are numbered: tmpfs pages first, then one
 * number for each slot of the anonymous region, used or not.
 */
#ifndef KJWORK_MEM_H
#define KJWORK_MEM_H

#include "kjwork.h"
#include "kjwork_page.h"

#define KJ_MEM_STATE "mem"
#define KJ_MEM_FILE_PAGES 8192u /* 32 MiB a tmpfs file */

struct kj_mem_state {
	struct kj_proc holder;
	struct kj_content content;
	uint64_t tmpfs_pages;
	uint64_t anon_pages; /* slots in use */
	uint64_t anon_slots; /* more than pages: room to look for frames */
	struct kj_windows windows;
	volatile uint32_t placed;   /* holder: has found its frames */
	volatile uint32_t ready;    /* holder: filled, listening */
	volatile uint32_t complete; /* all of it is written */
	uint32_t mounted;           /* we mounted dir */
	char dir[256];
};

enum kj_mem_verb { KJ_MEM_CHECK = 1, KJ_MEM_STAT = 2, KJ_MEM_STOP = 3 };

struct kj_mem_request {
	uint32_t verb;
	uint32_t reserved;
	uint64_t half_pfn;
	struct kj_windows windows;
};

/* What one side found; the client adds up its own and the holder's. */
struct kj_mem_report {
	uint64_t pages;
	uint64_t noise;
	uint64_t bad;
	uint64_t first_bad; /* page number, meaningful when bad */
	uint64_t first_bad_pfn;
	struct kj_mismatch mismatch;
	uint64_t hash;
	uint64_t in_window;
	uint64_t above_half;
};

/* Path of the tmpfs file that holds page @number. */
void kj_mem_file(const struct kj_mem_state *s, uint64_t number, char *buf, size_t len);

/* Body of the holder process; returns only as an exit status. */
int kj_mem_hold(struct kj_mem_state *s);

/* Verifies one page at @page and adds it to @r. */
void kj_mem_verify(const struct kj_mem_state *s, uint64_t number, const uint64_t *page,
		   struct kj_mem_report *r);

/* Counts for @n pages, numbered from @number, that lie in frames @pfn[]. */
void kj_mem_place(const struct kj_mem_request *q, const uint64_t *pfn, uint64_t n,
		  struct kj_mem_report *r);

#endif
