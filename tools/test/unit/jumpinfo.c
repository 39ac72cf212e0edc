// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * core/jumpinfo: the word is written where a kernel looks at it, and nothing is where any byte before says otherwise.
 */
#include "core/jumpinfo.h"
#include "tap.h"

#define RE 0x12345188u
#define HEAD (offsetof(struct kj_le_jumpinfo, map) + sizeof(struct kj_note_map) + 8)

static uint8_t page[4096], before[4096];

static struct kj_le_jumpinfo *info(void)
{
	return (struct kj_le_jumpinfo *)(void *)(page + KJ_JUMPINFO_AT);
}

static void make(void)
{
	struct kj_le_jumpinfo *i = info();

	memset(page, 0x5a, sizeof(page));
	memset(i, 0, sizeof(*i));
	i->namesz = kj_put_le32(6);
	i->descsz = i->map.h.size = kj_put_le32(72);
	i->type = kj_put_le32(0x4b4a0007);
	memcpy(i->name, "KJUMP", 5);
	i->map.h.version = kj_put_le32(1);
	i->reentry = kj_put_le64(RE);
	i->flags = kj_put_le32(0x20);
	memcpy(before, page, sizeof(page));
}

/* Refused, and nothing touched. */
static int refused(uint64_t re)
{
	memcpy(before, page, sizeof(page));
	return kj_jumpinfo_set_power(page, re, KJ_POWER_SLEEP) == KJ_ENOTFOUND && !memcmp(before, page, sizeof(page));
}

static void written(void)
{
	make();
	is(kj_jumpinfo_set_power(page, RE, KJ_POWER_SLEEP), KJ_OK, "written");
	is(kj_get_le32(info()->power), 2, "as the kernel has it");
	before[0xf64] = 2;
	ok(!memcmp(before, page, sizeof(page)), "and nothing else");
	is(kj_jumpinfo_set_power(page, RE, KJ_POWER_OFF), KJ_OK, "again");
	is(kj_get_le32(info()->power), 1, "the last one counts");
	make();
	info()->descsz = info()->map.h.size = kj_put_le32(224);
	is(kj_jumpinfo_set_power(page, RE, KJ_POWER_SLEEP), KJ_OK, "more fields, up to the end of the page");
	make();
	info()->flags = kj_put_le32(0xffffffff);
	is(kj_jumpinfo_set_power(page, RE, KJ_POWER_SLEEP), KJ_OK, "more flags");
}

static void not_written(void)
{
	int bad = 0;

	make();
	ok(refused(RE + 1), "another re-entry address");
	info()->flags = kj_put_le32(0);
	ok(refused(RE), "a jump in which it does not count");
	make();
	info()->descsz = info()->map.h.size = kj_put_le32(64);
	ok(refused(RE), "a kernel that has no such word");
	info()->descsz = info()->map.h.size = kj_put_le32(71);
	ok(refused(RE), "half of it");
	info()->descsz = info()->map.h.size = kj_put_le32(225);
	ok(refused(RE), "more than the page has");
	for (uint32_t size = 0; size <= 0x100; size++) {
		make();
		info()->descsz = kj_put_le32(size);
		bad += size != 72 && !refused(RE);
	}
	is(bad, 0, "two sizes that differ");
	for (size_t bit = 8 * offsetof(struct kj_le_jumpinfo, namesz); bit < 8 * HEAD; bit++) {
		/* what leads to the map, and its paging mode, do not matter here */
		if (bit / 8 >= offsetof(struct kj_le_jumpinfo, map) + 8 && bit / 8 < HEAD - 8)
			continue;
		make();
		page[KJ_JUMPINFO_AT + bit / 8] ^= (uint8_t)(1u << bit % 8);
		bad += !refused(RE);
	}
	is(bad, 0, "each bit of what it is known by");
	memset(page, 0, sizeof(page));
	ok(refused(0), "an empty page");
}

static void handed_over(void)
{
	int bad = 0;

	make();
	info()->core = kj_put_le64(0x5000);
	is(kj_jumpinfo_core(page, RE), 0, "a kernel that hands over no core header");
	info()->descsz = info()->map.h.size = kj_put_le32(80);
	is(kj_jumpinfo_core(page, RE), 0x5000, "where it is");
	is(kj_jumpinfo_core(page, RE + 1), 0, "another re-entry address");
	info()->flags = kj_put_le32(0);
	is(kj_jumpinfo_core(page, RE), 0x5000, "whatever the flags");
	for (uint32_t size = 0; size <= 0x100; size++) {
		info()->descsz = info()->map.h.size = kj_put_le32(size);
		bad += (kj_jumpinfo_core(page, RE) == 0x5000) != (size >= 80 && size <= 224);
	}
	is(bad, 0, "sizes up to the end of the page");
}

int main(void)
{
	written();
	not_written();
	handed_over();
	return tap_done();
}
