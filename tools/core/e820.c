// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Typed memory maps: the firmware's digest, and the map that confines kernel B; must never lose an entry silently.
 */
#include <string.h>

#include "core/crc32.h"
#include "core/e820.h"

#define PAGE 4096ull
#define MIB (1ull << 20)

static const struct {
	const char *name;
	uint32_t type;
} types[] = {
	{ "System RAM", KJ_E820_RAM },
	{ "Reserved", KJ_E820_RESERVED },
	{ "ACPI Tables", KJ_E820_ACPI },
	{ "ACPI Non-volatile Storage", KJ_E820_NVS },
	{ "Unusable memory", KJ_E820_UNUSABLE },
	{ "Persistent Memory", KJ_E820_PMEM },
	{ "Persistent Memory (legacy)", KJ_E820_PRAM },
	{ "Soft Reserved", KJ_E820_SOFT_RESERVED },
};

uint32_t kj_e820_type(const char *name, size_t len)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		size_t n = 0;

		while (n < len && types[i].name[n] && types[i].name[n] == name[n])
			n++;
		if (n == len && !types[i].name[n])
			return types[i].type;
	}
	return KJ_E820_RESERVED;
}

enum kj_err kj_e820_append(struct kj_e820 *m, uint64_t start, uint64_t end, uint32_t type)
{
	if (start >= end)
		return KJ_ERANGE;
	if (m->n >= KJ_E820_MAX)
		return KJ_ELIMIT;
	m->e[m->n++] = (struct kj_e820_entry){ start, end, type };
	return KJ_OK;
}

uint32_t kj_e820_crc(const struct kj_e820 *m)
{
	le32 count = kj_put_le32(m->n);
	uint32_t crc = kj_crc32(0, &count, sizeof(count));

	for (uint32_t i = 0; i < m->n; i++) {
		struct kj_le_e820 e = {
			.addr = kj_put_le64(m->e[i].start),
			.size = kj_put_le64(m->e[i].end - m->e[i].start),
			.type = kj_put_le32(m->e[i].type),
		};

		crc = kj_crc32(crc, &e, sizeof(e));
	}
	return crc;
}

static enum kj_err insert(struct kj_e820 *m, uint32_t at, struct kj_e820_entry e)
{
	if (m->n >= KJ_E820_MAX)
		return KJ_ELIMIT;
	memmove(&m->e[at + 1], &m->e[at], (m->n - at) * sizeof(m->e[0]));
	m->e[at] = e;
	m->n++;
	return KJ_OK;
}

static void drop(struct kj_e820 *m, uint32_t at)
{
	m->n--;
	memmove(&m->e[at], &m->e[at + 1], (m->n - at) * sizeof(m->e[0]));
}

/* Take [start, end) out; *at is where an entry for it would stand. */
static enum kj_err cut(struct kj_e820 *m, uint64_t start, uint64_t end, uint32_t *at)
{
	uint32_t i = 0;

	while (i < m->n && m->e[i].end <= start)
		i++;
	if (i < m->n && m->e[i].start < start) {
		/* cut in two: the left piece stays, the right one is looked at below */
		struct kj_e820_entry right = m->e[i];

		right.start = start;
		m->e[i].end = start;
		i++;
		if (insert(m, i, right))
			return KJ_ELIMIT;
	}
	while (i < m->n && m->e[i].end <= end)
		drop(m, i);
	if (i < m->n && m->e[i].start < end)
		m->e[i].start = end;
	*at = i;
	return KJ_OK;
}

enum kj_err kj_e820_set(struct kj_e820 *m, uint64_t start, uint64_t end, uint32_t type)
{
	enum kj_err e;
	uint32_t at;

	if (start >= end)
		return KJ_ERANGE;
	e = cut(m, start, end, &at);
	return e ? e : insert(m, at, (struct kj_e820_entry){ start, end, type });
}

void kj_e820_merge(struct kj_e820 *m)
{
	uint32_t out = 0;

	for (uint32_t i = 0; i < m->n; i++) {
		if (out && m->e[out - 1].end == m->e[i].start && m->e[out - 1].type == m->e[i].type)
			m->e[out - 1].end = m->e[i].end;
		else
			m->e[out++] = m->e[i];
	}
	m->n = out;
}

/* True if all of [start, end) is RAM in the firmware's map, whose entries may stand in any order. */
static int is_ram(const struct kj_e820 *fw, uint64_t start, uint64_t end)
{
	while (start < end) {
		uint32_t i = 0;

		while (i < fw->n && (fw->e[i].type != KJ_E820_RAM || fw->e[i].start > start || fw->e[i].end <= start))
			i++;
		if (i == fw->n)
			return 0;
		start = fw->e[i].end;
	}
	return 1;
}

enum kj_err kj_e820_confine(const struct kj_e820 *fw, const struct kj_ranges *ram, const struct kj_ranges *own,
			    const struct kj_range *taken, struct kj_e820 *ret)
{
	enum kj_err e = KJ_OK;
	uint32_t at;

	ret->n = 0;
	for (uint32_t i = 0; i < fw->n && !e; i++)
		e = kj_e820_set(ret, fw->e[i].start, fw->e[i].end,
				fw->e[i].type == KJ_E820_RAM ? KJ_E820_RESERVED : fw->e[i].type);
	/* memory that was plugged in later is in no firmware map, but is A's all the same */
	for (uint32_t i = 0; i < ram->n && !e; i++)
		e = kj_e820_set(ret, ram->r[i].start, ram->r[i].end, KJ_E820_RESERVED);
	for (uint32_t i = 0; i < own->n && !e; i++) {
		if (!is_ram(fw, own->r[i].start, own->r[i].end) ||
		    !kj_ranges_contain(ram, own->r[i].start, own->r[i].end - own->r[i].start))
			return KJ_EMISMATCH;
		e = kj_e820_set(ret, own->r[i].start, own->r[i].end, KJ_E820_RAM);
	}
	if (!e && taken->start < taken->end)
		e = kj_e820_set(ret, taken->start, taken->end, KJ_E820_RESERVED);
	if (!e && !kj_ranges_overlap(own, MIB - PAGE, PAGE))
		e = cut(ret, MIB - PAGE, MIB, &at);
	if (e)
		return e;
	kj_e820_merge(ret);
	return ret->n > KJ_E820_ZEROPAGE ? KJ_ELIMIT : KJ_OK;
}
