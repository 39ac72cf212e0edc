// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Unit test of purgatory: its C compiled for the host, and the blob as the loader sees it.
 */
#include "core/sha256.h"
#include "purgatory/purgatory.c"
#include "tap.h"

extern const unsigned char kj_blob_purgatory[];
extern const uint64_t kj_blob_purgatory_size;

static uint8_t mem[4][1000];

static le64 pa(const void *p)
{
	return kj_put_le64((uintptr_t)p);
}

static void test_reentry(void)
{
	static struct kj_le_purg p;
	struct {
		uint32_t pad;	/* notes are 4-byte aligned: the field may be so too */
		le64 field;
		uint32_t after;
	} note = { 1, kj_put_le64(0), 2 };

	is(kj_purgatory(&p, 0x198a0f2), 0, "nothing to do");
	p.re = pa(&note.field);
	is(kj_purgatory(&p, 0x198a0f2), 0, "store");
	is(kj_get_le64(note.field), 0x198a0f2, "the re-entry address is in the note");
	ok(note.pad == 1 && note.after == 2, "and nothing beside it");
}

/* A control page with the note, which stands there as kernel-patch/ has it. */
static struct {
	uint8_t before[KJ_PURG_NOTE_AT];
	le32 namesz, descsz, type;
	char name[8];
	struct kj_note_map map;
	le64 reentry;
	uint8_t rest[KJ_PURG_NOTE_ROOM - 20 - sizeof(struct kj_note_map) - 8];
} __attribute__((packed, aligned(4096))) cp;

static uint64_t make_note(void)
{
	const uint64_t re = (uintptr_t)&cp + 0x1a5;

	memset(&cp, 0xa5, sizeof(cp));
	cp.namesz = kj_put_le32(6);
	cp.descsz = kj_put_le32(64);
	cp.type = kj_put_le32(KJ_NT_MAP);
	memcpy(cp.name, "KJUMP\0\0", 8);
	cp.map.h = (struct kj_note_hdr){ kj_put_le32(1), kj_put_le32(64) };
	cp.map.head = kj_put_le64(0x123002);
	cp.reentry = kj_put_le64(re);
	return re;
}

static int copied(uint64_t re)
{
	static struct kj_le_purg p;
	static uint8_t room[KJ_PURG_NOTE_ROOM + 8];
	unsigned int used = 0;

	memset(room, 0, sizeof(room));
	p.map = pa(room + 4);
	if (kj_purgatory(&p, re))
		return -1;
	for (unsigned int i = 0; i < sizeof(room); i++)
		used += room[i] != 0;
	if (!used)
		return 0;
	return !memcmp(room + 4, &cp.namesz, 20 + 64) && !memcmp(room, "\0\0\0", 4) && !memcmp(room + 88, "\0\0\0", 4) ?
		       1 : -1;
}

static void test_map(void)
{
	uint64_t re = make_note();

	_Static_assert(sizeof(cp) == 4096, "a page");
	is(copied(re), 1, "the kernel's note goes to our notes, and no more than it");
	is(copied(0), 0, "no way back, no note");
	cp.descsz = kj_put_le32(KJ_PURG_NOTE_ROOM - 20);
	cp.map.h.size = cp.descsz;
	ok(copied(re), "a longer one, up to the end of the page");
	cp.descsz = cp.map.h.size = kj_put_le32(KJ_PURG_NOTE_ROOM - 19);
	is(copied(re), 0, "not one that is longer");
	cp.descsz = cp.map.h.size = kj_put_le32(47);
	is(copied(re), 0, "nor one that is too short");
	make_note();
	cp.descsz = kj_put_le32(~0u);
	is(copied(re), 0, "nor one of absurd size");
	make_note();
	cp.map.h.size = kj_put_le32(63);
	is(copied(re), 0, "nor one of two sizes");
	make_note();
	cp.namesz = kj_put_le32(5);
	is(copied(re), 0, "nor one with another name's length");
	make_note();
	cp.name[7] = 1;
	is(copied(re), 0, "another name");
	make_note();
	cp.type = kj_put_le32(KJ_NT_CORE);
	is(copied(re), 0, "another type");
	make_note();
	cp.map.h.version = kj_put_le32(2);
	is(copied(re), 0, "another version, which would spoil all notes");
	make_note();
	is(copied(re + 1), 0, "a note of another jump");
}

static void test_digest(void)
{
	static struct kj_le_purg p;
	struct kj_sha256 st;
	le64 field = kj_put_le64(7);

	kj_sha256_init(&st);
	for (unsigned int i = 0; i < 3; i++) {
		memset(mem[i], (int)i + 1, sizeof(mem[i]));
		p.range[i] = (struct kj_le_purg_range){ pa(mem[i]), kj_put_le64(1000 - 333 * i) };
		kj_sha256_update(&st, mem[i], 1000 - 333 * i);
	}
	kj_sha256_final(&st, p.digest);
	p.nranges = kj_put_le64(3);
	p.re = pa(&field);
	is(kj_purgatory(&p, 42), 0, "the digest is right");
	is(kj_get_le64(field), 42, "so the address is stored");
	mem[2][400] ^= 1;
	is(kj_purgatory(&p, 43), 0, "a byte behind what was loaded does not matter");
	mem[2][0] ^= 0x80;
	is(kj_purgatory(&p, 44), 1, "one bit in it does");
	is(kj_get_le64(field), 43, "and nothing is stored");
	mem[2][0] ^= 0x80;
	p.digest[31] ^= 1;
	is(kj_purgatory(&p, 45), 1, "another digest");
	p.digest[31] ^= 1;
	p.nranges = kj_put_le64(KJ_PURG_RANGES + 1);
	is(kj_purgatory(&p, 46), 1, "more ranges than there can be");
	p.nranges = kj_put_le64(~0ull);
	is(kj_purgatory(&p, 47), 1, "far more");
}

static void test_blob(void)
{
	struct kj_le_purg p;

	ok(kj_blob_purgatory_size > KJ_PURG_PARAMS + sizeof(p) && kj_blob_purgatory_size < KJ_PURG_BLOB_MAX,
	   "blob of %llu bytes", (unsigned long long)kj_blob_purgatory_size);
	memcpy(&p, kj_blob_purgatory + KJ_PURG_PARAMS, sizeof(p));
	ok(!memcmp(p.magic, KJ_PURG_MAGIC, 8), "parameters are where they should be");
	ok(kj_get_le64(p.mem_size) >= kj_blob_purgatory_size + 4096 && kj_get_le64(p.mem_size) < 65536,
	   "it knows its size, with a stack: %llu", (unsigned long long)kj_get_le64(p.mem_size));
	is(kj_get_le64(p.entry) | kj_get_le64(p.boot_params) | kj_get_le64(p.re) | kj_get_le64(p.map) | kj_get_le64(p.nranges), 0,
	   "and nothing else");
}

int main(void)
{
	test_reentry();
	test_map();
	test_digest();
	test_blob();
	return tap_done();
}
