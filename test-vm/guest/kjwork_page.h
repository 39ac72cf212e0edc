/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a page of the workload holds: a pure function of a seed and the page's
 * number. Must never read a clock, a file or anything but its arguments.
 */
#ifndef KJWORK_PAGE_H
#define KJWORK_PAGE_H

#include <stdbool.h>
#include <stdint.h>

#define KJ_PAGE_WORDS 512u

enum kj_page_class {
	KJ_PAGE_ZERO,  /* all zero */
	KJ_PAGE_NOISE, /* incompressible */
	KJ_PAGE_ROWS,  /* unique, compresses to about a quarter */
};

/* Chooses contents. @noise_percent of all pages are KJ_PAGE_NOISE. */
struct kj_content {
	uint64_t seed;
	uint32_t noise_percent;
	uint32_t reserved;
};

/* The first difference that a verification met. */
struct kj_mismatch {
	uint64_t word; /* index of the 64-bit word in the page */
	uint64_t got;
	uint64_t want;
};

enum kj_page_class kj_page_class(const struct kj_content *c, uint64_t number);

/* Fills @page (KJ_PAGE_WORDS words). */
void kj_page_make(const struct kj_content *c, uint64_t number, uint64_t *page);

/*
 * Compares @page with what it should hold, every byte of it, and folds what it
 * does hold into *@hash, in order. Returns true when right; *ret is written
 * only otherwise.
 */
bool kj_page_verify(const struct kj_content *c, uint64_t number, const volatile uint64_t *page,
		    uint64_t *hash, struct kj_mismatch *ret);

/* A 64-bit mixing function, for seeds and checksums of small things. */
uint64_t kj_mix64(uint64_t x);
/* Order-dependent checksum of @words words, continuing from @hash. */
uint64_t kj_hash_words(uint64_t hash, const uint64_t *p, uint64_t words);

#endif
