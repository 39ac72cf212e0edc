// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Generator and verifier of page contents. One multiplication a word, because
 * guests run on an emulated CPU. Must never depend on anything but its
 * arguments: a page must be the same in the next boot.
 */
#include <string.h>

#include "kjwork_page.h"

#define STEP 0x9e3779b97f4a7c15u /* 2^64 / golden ratio: all sums differ */
#define ODD 0xbf58476d1ce4e5b9u
#define ZERO_PERCENT 3

uint64_t kj_mix64(uint64_t x)
{
	x = (x ^ (x >> 30)) * ODD;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return x ^ (x >> 31);
}

/* One step is a bijection of the hash, so no single wrong word can hide. */
static inline uint64_t hash_step(uint64_t hash, uint64_t word)
{
	hash ^= word;
	hash = hash << 23 | hash >> 41;
	return hash * ODD;
}

uint64_t kj_hash_words(uint64_t hash, const uint64_t *p, uint64_t words)
{
	for (uint64_t i = 0; i < words; i++)
		hash = hash_step(hash, p[i]);
	return hash;
}

static uint64_t page_base(const struct kj_content *c, uint64_t number)
{
	return kj_mix64(c->seed + number * STEP);
}

static inline uint64_t noise(uint64_t base, uint64_t i)
{
	uint64_t x = base + i * STEP;

	return (x ^ (x >> 29)) * ODD;
}

enum kj_page_class kj_page_class(const struct kj_content *c, uint64_t number)
{
	uint64_t dice = kj_mix64(page_base(c, number) ^ 0x6b6a) % 100;

	if (dice < c->noise_percent)
		return KJ_PAGE_NOISE;
	if (dice >= 100 - ZERO_PERCENT)
		return KJ_PAGE_ZERO;
	return KJ_PAGE_ROWS;
}

/* Rows of 64 bytes that share most of their text, as real data often does. */
static void make_rows(uint64_t base, uint64_t number, uint64_t *page)
{
	for (uint64_t i = 0; i < KJ_PAGE_WORDS; i += 8) {
		page[i] = 0x20726f2065676170u;
		page[i + 1] = base;
		page[i + 2] = number;
		page[i + 3] = i;
		page[i + 4] = base ^ (i >> 6);
		page[i + 5] = 0;
		page[i + 6] = base;
		page[i + 7] = noise(base, i);
	}
}

void kj_page_make(const struct kj_content *c, uint64_t number, uint64_t *page)
{
	uint64_t base = page_base(c, number);

	switch (kj_page_class(c, number)) {
	case KJ_PAGE_ZERO:
		memset(page, 0, KJ_PAGE_WORDS * sizeof(*page));
		break;
	case KJ_PAGE_NOISE:
		for (uint64_t i = 0; i < KJ_PAGE_WORDS; i++)
			page[i] = noise(base, i);
		break;
	case KJ_PAGE_ROWS:
		make_rows(base, number, page);
		break;
	}
}

bool kj_page_verify(const struct kj_content *c, uint64_t number, const volatile uint64_t *page,
		    uint64_t *hash, struct kj_mismatch *ret)
{
	uint64_t want[KJ_PAGE_WORDS], diff = 0, h = *hash + number;

	kj_page_make(c, number, want);
	for (uint64_t i = 0; i < KJ_PAGE_WORDS; i++) {
		uint64_t got = page[i];

		diff |= got ^ want[i];
		h = hash_step(h, got);
	}
	*hash = h;
	if (diff == 0)
		return true;
	for (uint64_t i = 0; i < KJ_PAGE_WORDS; i++) {
		ret->word = i;
		ret->got = page[i];
		ret->want = want[i];
		if (ret->got != ret->want)
			break;
	}
	return false;
}
