// SPDX-License-Identifier: GPL-2.0-or-later
/* crc32.h, sha256.h, xxh.h: published vectors, and that any split gives the same digest. */
#include "core/crc32.h"
#include "core/sha256.h"
#include "core/xxh.h"
#include "tap.h"

static uint8_t buf[1000];

static void hex(const uint8_t *d, char *ret)
{
	for (int i = 0; i < KJ_SHA256_SIZE; i++)
		sprintf(ret + 2 * i, "%02x", d[i]);
}

static void test_sha256(const void *p, size_t len, const char *want, const char *what)
{
	uint8_t d[KJ_SHA256_SIZE];
	char text[2 * KJ_SHA256_SIZE + 1];

	kj_sha256(p, len, d);
	hex(d, text);
	is_str(text, want, what);
}

/* All splits of @len bytes into two, and byte by byte. */
static void test_splits(size_t len)
{
	const uint32_t crc = kj_crc32(0, buf, len);
	const uint64_t xxh = kj_xxh64(buf, len, 7);
	uint8_t sha[KJ_SHA256_SIZE], d[KJ_SHA256_SIZE];
	int good = 1;

	kj_sha256(buf, len, sha);
	for (size_t cut = 0; cut <= len; cut++) {
		struct kj_sha256 s;
		struct kj_xxh64 x;

		kj_sha256_init(&s);
		kj_sha256_update(&s, buf, cut);
		kj_sha256_update(&s, buf + cut, len - cut);
		kj_sha256_final(&s, d);
		kj_xxh64_init(&x, 7);
		kj_xxh64_update(&x, buf, cut);
		(void)kj_xxh64_digest(&x);
		kj_xxh64_update(&x, buf + cut, len - cut);
		good &= !memcmp(d, sha, sizeof(d)) && kj_xxh64_digest(&x) == xxh &&
			kj_crc32(kj_crc32(0, buf, cut), buf + cut, len - cut) == crc &&
			kj_crc32_bulk(kj_crc32_bulk(0, buf, cut), buf + cut, len - cut) == crc;
	}
	ok(good, "%zu bytes: every split gives the same digests", len);
}

int main(void)
{
	struct kj_sha256 s;
	uint8_t d[KJ_SHA256_SIZE];
	char text[2 * KJ_SHA256_SIZE + 1];

	is(kj_crc32(0, NULL, 0), 0, "crc32 of nothing");
	is(kj_crc32(0, "123456789", 9), 0xcbf43926, "crc32: the check value");
	is(kj_crc32(0, "The quick brown fox jumps over the lazy dog", 43), 0x414fa339,
	   "crc32: the fox");

	/* FIPS 180-4 examples */
	test_sha256("", 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		    "sha256 of nothing");
	test_sha256("abc", 3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
		    "sha256: one block");
	test_sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56,
		    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
		    "sha256: two blocks");
	kj_sha256_init(&s);
	memset(buf, 'a', sizeof(buf));
	for (int i = 0; i < 1000; i++)
		kj_sha256_update(&s, buf, 1000);
	kj_sha256_final(&s, d);
	hex(d, text);
	is_str(text, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0",
	       "sha256: a million times a");

	/* from the xxHash specification's sanity checks */
	is(kj_xxh64(NULL, 0, 0), 0xef46db3751d8e999, "xxh64 of nothing");
	is(kj_xxh64("abc", 3, 0), 0x44bc2cf5ad770999, "xxh64 of abc");
	ok(kj_xxh64("abc", 3, 1) != kj_xxh64("abc", 3, 0), "xxh64 heeds its seed");

	for (size_t i = 0; i < sizeof(buf); i++)
		buf[i] = (uint8_t)(i * 167 + (i >> 3));
	static const size_t lens[] = { 1, 31, 32, 33, 55, 56, 63, 64, 65, 119, 120, 128, 1000 };

	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++)
		test_splits(lens[i]);
	return tap_done();
}
