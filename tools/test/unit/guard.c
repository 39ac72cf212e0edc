// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The guards: the same machine passes, each single difference is found, and by its own bit.
 */
#include "core/guard.h"
#include "tap.h"

static struct kj_le_host a, here;
static struct kj_ranges a_ram, here_ram;
static struct kj_guard_found found;

static uint32_t compare(void)
{
	return kj_guard_compare(&a, &a_ram, &here, &here_ram, &found);
}

static void reset(void)
{
	int i;

	memset(&a, 0, sizeof(a));
	memcpy(a.vendor, "GenuineIntel", 12);
	a.e820_crc = kj_put_le32(0x12345678);
	a.cpu_sig = kj_put_le32(0x000806c1);
	a.microcode = kj_put_le32(0xb6);
	a.physpages = kj_put_le64(262011);
	for (i = 0; i < 8; i++)
		a.cpu_feat[i] = kj_put_le32(0x0f0f0f0f);
	here = a;
	a_ram.n = here_ram.n = 2;
	a_ram.r[0] = here_ram.r[0] = (struct kj_range){ 0x1000, 0x9f000 };
	a_ram.r[1] = here_ram.r[1] = (struct kj_range){ 0x100000, 0x3ffdd000 };
}

int main(void)
{
	unsigned int i;

	reset();
	is(compare(), 0, "the same machine");
	here.ncpus = kj_put_le32(64);
	memcpy(here.release, "6.1.0", 5);
	memcpy(here.boot_id, "x", 1);
	is(compare(), 0, "CPU count, kernel and boot id do not matter");

	reset();
	memcpy(here.vendor, "AuthenticAMD", 12);
	is(compare(), KJ_GUARD_VENDOR, "vendor");
	for (i = 0; i < 8; i++) {
		reset();
		here.cpu_feat[i] = kj_put_le32(0x0f0f0f0e);
		is(compare(), KJ_GUARD_FEATURES, "a feature is missing");
		is(found.missing[i], 1, "which one");
		is(found.missing[(i + 1) % 8], 0, "and only that");
		reset();
		here.cpu_feat[i] = kj_put_le32(0xffffffff);
		is(compare(), 0, "more features do no harm");
	}
	reset();
	a.cpu_feat[0] = kj_put_le32(0x0f0f0f0f | 1u << 27);
	here.cpu_feat[0] = kj_put_le32(0x0f0f0f0f & ~(1u << 27));
	a.cpu_feat[3] = kj_put_le32(0x0f0f0f0f | 1u << 4);
	is(compare(), 0, "OSXSAVE and OSPKE are the kernel's doing");
	reset();
	here.la57 = kj_put_le32(1);
	is(compare(), KJ_GUARD_LA57, "5-level tables here");
	reset();
	a.la57 = kj_put_le32(1);
	is(compare(), KJ_GUARD_LA57, "5-level tables there");
	reset();
	here.e820_crc = kj_put_le32(0x12345679);
	is(compare(), KJ_GUARD_E820, "memory map");
	reset();
	here.physpages = kj_put_le64(262012);
	is(compare(), KJ_GUARD_PHYSPAGES, "number of pages");
	reset();
	a.physpages = here.physpages = kj_put_le64(0);
	is(compare(), KJ_GUARD_PHYSPAGES, "a number that nobody knows is no match");
	reset();
	here_ram.r[1].end -= 4096;
	is(compare(), KJ_GUARD_RAM, "RAM ends one page earlier");
	is(found.ram_start, 0x100000, "which range: start");
	is(found.ram_end, 0x3ffdd000, "which range: end");
	reset();
	here_ram.n = 1;
	is(compare(), KJ_GUARD_RAM, "a range is missing");
	reset();
	here_ram.r[1].end += 1 << 20;
	is(compare(), 0, "more RAM alone is no reason");
	reset();
	here.cpu_sig = kj_put_le32(0x000806c2);
	is(compare(), KJ_GUARD_MODEL, "another stepping");
	ok(!(compare() & KJ_GUARD_REFUSE), "is only a warning");
	reset();
	here.microcode = kj_put_le32(0xb5);
	is(compare(), KJ_GUARD_MICROCODE, "older microcode");
	ok(!(compare() & KJ_GUARD_REFUSE), "is only a warning");
	here.microcode = kj_put_le32(0xb7);
	is(compare(), 0, "newer microcode is none");

	reset();
	memset(&here, 0, sizeof(here));
	here_ram.n = 0;
	is(compare() & KJ_GUARD_REFUSE,
	   KJ_GUARD_VENDOR | KJ_GUARD_FEATURES | KJ_GUARD_E820 | KJ_GUARD_PHYSPAGES | KJ_GUARD_RAM,
	   "all of it at once");
	is(kj_guard_first(compare()), KJ_GUARD_VENDOR, "and which of it is told");
	is(kj_guard_first(KJ_GUARD_E820 | KJ_GUARD_PHYSPAGES | KJ_GUARD_RAM), KJ_GUARD_PHYSPAGES,
	   "another size of RAM");
	is(kj_guard_first(KJ_GUARD_FEATURES | KJ_GUARD_LA57 | KJ_GUARD_E820), KJ_GUARD_LA57,
	   "another depth of page tables");
	for (i = 1; i <= 32; i <<= 1)
		ok(kj_guard_first(i | KJ_GUARD_MODEL) == i, "bit %u alone", i);
	is(kj_guard_first(KJ_GUARD_MODEL | KJ_GUARD_MICROCODE), 0, "warnings are no reason");
	for (i = 1; i <= 128; i <<= 1)
		ok(kj_guard_text((enum kj_guard)i)[0], "bit %u has a text", i);
	is_str(kj_guard_text((enum kj_guard)256), "", "no other bit has one");
	return tap_done();
}
