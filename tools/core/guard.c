// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Comparing the machine of an image with this one. It must never read the machine itself: both
 * sides are given.
 */
#include <string.h>

#include "core/guard.h"

/* Bits that the kernel's own CR4 sets, not the CPU: OSXSAVE in 1.ecx, OSPKE in 7.ecx. */
static const uint32_t volatile_bits[KJ_GUARD_FEAT_WORDS] = { 1u << 27, 0, 0, 1u << 4 };

static uint32_t compare_cpu(const struct kj_le_host *a, const struct kj_le_host *here,
			    struct kj_guard_found *found)
{
	uint32_t bits = 0;
	unsigned int i;

	if (memcmp(a->vendor, here->vendor, sizeof(a->vendor)))
		bits |= KJ_GUARD_VENDOR;
	for (i = 0; i < KJ_GUARD_FEAT_WORDS; i++) {
		found->missing[i] = kj_get_le32(a->cpu_feat[i]) & ~kj_get_le32(here->cpu_feat[i]) &
				    ~volatile_bits[i];
		if (found->missing[i])
			bits |= KJ_GUARD_FEATURES;
	}
	if (kj_get_le32(a->la57) != kj_get_le32(here->la57))
		bits |= KJ_GUARD_LA57;
	if (kj_get_le32(a->cpu_sig) != kj_get_le32(here->cpu_sig))
		bits |= KJ_GUARD_MODEL;
	else if (kj_get_le32(a->microcode) > kj_get_le32(here->microcode))
		bits |= KJ_GUARD_MICROCODE;
	return bits;
}

uint32_t kj_guard_compare(const struct kj_le_host *a, const struct kj_ranges *a_ram,
			  const struct kj_le_host *here, const struct kj_ranges *here_ram,
			  struct kj_guard_found *found)
{
	uint32_t bits, i;
	uint64_t n;

	memset(found, 0, sizeof(*found));
	bits = compare_cpu(a, here, found);
	if (kj_get_le32(a->e820_crc) != kj_get_le32(here->e820_crc))
		bits |= KJ_GUARD_E820;
	n = kj_get_le64(a->physpages);
	if (!n || n != kj_get_le64(here->physpages))
		bits |= KJ_GUARD_PHYSPAGES;
	for (i = 0; i < a_ram->n; i++) {
		const struct kj_range *r = &a_ram->r[i];

		if (kj_ranges_contain(here_ram, r->start, r->end - r->start))
			continue;
		bits |= KJ_GUARD_RAM;
		found->ram_start = r->start;
		found->ram_end = r->end;
		break;
	}
	return bits;
}

uint32_t kj_guard_first(uint32_t bits)
{
	static const uint32_t order[] = {
		KJ_GUARD_VENDOR, KJ_GUARD_LA57, KJ_GUARD_FEATURES,
		KJ_GUARD_PHYSPAGES, KJ_GUARD_RAM, KJ_GUARD_E820,
	};
	unsigned int i;

	for (i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		if (bits & order[i])
			return order[i];
	return 0;
}

const char *kj_guard_text(enum kj_guard g)
{
	switch (g) {
	case KJ_GUARD_VENDOR:
		return "another maker's CPU";
	case KJ_GUARD_FEATURES:
		return "missing CPU features";
	case KJ_GUARD_LA57:
		return "page tables of another depth";
	case KJ_GUARD_E820:
		return "another memory map";
	case KJ_GUARD_PHYSPAGES:
		return "another amount of memory";
	case KJ_GUARD_RAM:
		return "RAM of its that is none here";
	case KJ_GUARD_MODEL:
		return "another CPU model";
	case KJ_GUARD_MICROCODE:
		return "older microcode";
	}
	return "";
}
