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
	is(kj_get_le64(p.entry) | kj_get_le64(p.boot_params) | kj_get_le64(p.re) | kj_get_le64(p.nranges), 0,
	   "and nothing else");
}

int main(void)
{
	test_reentry();
	test_digest();
	test_blob();
	return tap_done();
}
