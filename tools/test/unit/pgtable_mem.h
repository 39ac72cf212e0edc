/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A little physical memory with page tables in it, for the tests of what walks them; must never be
 * used outside tests.
 *
 * Memory is MEM_PAGES pages from 0 on. Tables are taken from MEM_TABLES upwards, the top one first.
 */
#ifndef KJ_TEST_PGTABLE_MEM_H
#define KJ_TEST_PGTABLE_MEM_H

#include <stdint.h>
#include <string.h>

#include "core/le.h"
#include "core/pgtable.h"

#define MEM_PAGES 2048u
#define MEM_SIZE (MEM_PAGES * 4096ull)
#define MEM_TABLES 0x10000ull

static uint8_t mem[MEM_SIZE];
static uint64_t mem_next_table;
static unsigned int mem_levels, mem_reads;

/* The reader that core is given; the memory ends where it ends. */
static inline int mem_read(void *ctx, uint64_t pa, void *buf, size_t len)
{
	(void)ctx;
	mem_reads++;
	if (pa > MEM_SIZE || len > MEM_SIZE - pa)
		return -1;
	memcpy(buf, mem + pa, len);
	return 0;
}

static inline void mem_put64(uint64_t pa, uint64_t v)
{
	le64 raw = kj_put_le64(v);

	memcpy(mem + pa, &raw, sizeof(raw));
}

static inline uint64_t mem_get64(uint64_t pa)
{
	le64 raw;

	memcpy(&raw, mem + pa, sizeof(raw));
	return kj_get_le64(raw);
}

static inline void mem_init(unsigned int levels)
{
	memset(mem, 0, sizeof(mem));
	mem_levels = levels;
	mem_next_table = MEM_TABLES + 4096;
	mem_reads = 0;
}

/* Physical address of the entry at @level (0: PTE) for @va, tables made as needed. */
static inline uint64_t mem_entry(uint64_t va, unsigned int level)
{
	uint64_t table = MEM_TABLES;

	for (unsigned int l = mem_levels - 1;; l--) {
		uint64_t at = table + 8 * (va >> (12 + 9 * l) & 511);

		if (l == level)
			return at;
		if (!mem_get64(at)) {
			mem_put64(at, mem_next_table | 0x8000000000000063ull);
			mem_next_table += 4096;
		}
		table = mem_get64(at) & KJ_PA_MASK;
	}
}

/* Map @va to @pa by one page of level 0 (4 KiB), 1 (2 MiB) or 2 (1 GiB). */
static inline void mem_map(uint64_t va, uint64_t pa, unsigned int level)
{
	mem_put64(mem_entry(va, level), pa | 0x8000000000000063ull | (level ? 0x80 : 0));
}

#endif
