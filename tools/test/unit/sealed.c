// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Plain header and key of encrypted images: every error that their checks can return, every bit.
 */
#include "core/sealed.h"
#include "core/xxh.h"
#include "tap.h"

#define SIZE (1ULL << 30)

static void good_key(struct kj_le_key *k)
{
	memset(k, 0x5a, sizeof(*k));
	k->kind = kj_put_le32(KJ_KEY_PASSPHRASE);
	k->memory = kj_put_le32(32768);
	k->passes = kj_put_le32(4);
	k->reserved = kj_put_le32(0);
}

static void good(struct kj_le_sealed *h)
{
	memset(h, 0, sizeof(*h));
	memset(h->id, 7, 16);
	memset(h->label_uuid, 8, 16);
	memset(h->eph, 9, 32);
	memset(h->tag, 10, 16);
	h->cipher = kj_put_le32(KJ_SEALED_CIPHER);
	good_key(&h->key);
	h->nunits = kj_put_le64(20);
	h->data_off = kj_put_le64(kj_image_data_off(20));
	h->end_off = kj_put_le64(kj_image_data_off(20) + 8192);
	kj_sealed_seal(h);
}

static void test_key(void)
{
	struct kj_le_key k;

	good_key(&k);
	is(kj_key_check(&k), KJ_OK, "key");
	k.memory = kj_put_le32(KJ_KDF_MEMORY_MIN - 1);
	is(kj_key_check(&k), KJ_ERANGE, "too little memory");
	k.memory = kj_put_le32(KJ_KDF_MEMORY_MAX + 1);
	is(kj_key_check(&k), KJ_ERANGE, "more memory than any machine should take");
	good_key(&k);
	k.passes = kj_put_le32(0);
	is(kj_key_check(&k), KJ_ERANGE, "no passes");
	k.passes = kj_put_le32(KJ_KDF_PASSES_MAX + 1);
	is(kj_key_check(&k), KJ_ERANGE, "too many passes");
	good_key(&k);
	k.reserved = kj_put_le32(1);
	is(kj_key_check(&k), KJ_EFORMAT, "reserved bytes");
	good_key(&k);
	k.kind = kj_put_le32(3);
	is(kj_key_check(&k), KJ_ERANGE, "no such kind");
	k.kind = kj_put_le32(KJ_KEY_FILE);
	is(kj_key_check(&k), KJ_EFORMAT, "a file takes no memory");
	k.memory = k.passes = kj_put_le32(0);
	is(kj_key_check(&k), KJ_OK, "key under a file");
	k.kind = kj_put_le32(KJ_KEY_NONE);
	is(kj_key_check(&k), KJ_EFORMAT, "no key, but bytes");
	memset(&k, 0, sizeof(k));
	is(kj_key_check(&k), KJ_ENOTFOUND, "no key");
	is_str(kj_key_kind_name(0), "none", "names");
	is_str(kj_key_kind_name(KJ_KEY_PASSPHRASE), "passphrase", "names");
	is_str(kj_key_kind_name(KJ_KEY_FILE), "file", "names");
	is_str(kj_key_kind_name(3), "unknown", "names");
}

static void test_keyfile(void)
{
	struct kj_le_keyfile f, g;
	unsigned int bad = 0;

	memset(&f, 0, sizeof(f));
	good_key(&f.key);
	kj_keyfile_seal(&f);
	is(kj_keyfile_check(&f), KJ_OK, "key file");
	for (unsigned int i = 0; i < 8 * sizeof(f); i++) {
		g = f;
		((uint8_t *)&g)[i / 8] ^= (uint8_t)(1u << i % 8);
		bad += kj_keyfile_check(&g) == KJ_OK;
	}
	is(bad, 0, "each flipped bit is seen");
	g = f;
	g.magic[0]++;
	is(kj_keyfile_check(&g), KJ_EMAGIC, "magic");
	g = f;
	g.version = kj_put_le32(2);
	is(kj_keyfile_check(&g), KJ_EVERSION, "version");
	g = f;
	g.created = kj_put_le64(1);
	is(kj_keyfile_check(&g), KJ_ECRC, "sum");
	g = f;
	g.reserved0 = kj_put_le32(1);
	kj_keyfile_seal(&g);
	is(kj_keyfile_check(&g), KJ_EFORMAT, "reserved bytes");
	g = f;
	g.reserved[5] = 1;
	kj_keyfile_seal(&g);
	is(kj_keyfile_check(&g), KJ_EFORMAT, "reserved bytes at its end");
	memset(&g, 0, sizeof(g));
	kj_keyfile_seal(&g);
	is(kj_keyfile_check(&g), KJ_ENOTFOUND, "no key in it");
}

/* Byte @off becomes @v, the sum is made right. */
static void poke(size_t off, uint8_t v, enum kj_err want, const char *what)
{
	struct kj_le_sealed h;

	good(&h);
	((uint8_t *)&h)[off] = v;
	h.sum = kj_put_le64(kj_xxh64(&h, offsetof(struct kj_le_sealed, sum), 0));
	is(kj_sealed_check(&h, SIZE), want, what);
}

#define AT(f) offsetof(struct kj_le_sealed, f)

static void test_header(void)
{
	const uint64_t end = kj_image_data_off(20) + 8192;
	struct kj_le_sealed h, g;
	unsigned int bad = 0;

	good(&h);
	is(kj_sealed_check(&h, end + 4096), KJ_OK, "header, target just long enough");
	is(kj_sealed_check(&h, end + 4095), KJ_ERANGE, "no room for the other header");
	is(kj_sealed_check(&h, end - 1), KJ_ERANGE, "nor for the chunks");
	for (unsigned int i = 0; i < 8 * sizeof(h); i++) {
		g = h;
		((uint8_t *)&g)[i / 8] ^= (uint8_t)(1u << i % 8);
		bad += kj_sealed_check(&g, SIZE) == KJ_OK;
	}
	is(bad, 0, "each flipped bit is seen");
	poke(AT(magic), 'X', KJ_EMAGIC, "magic");
	poke(AT(version), 1, KJ_EVERSION, "version");
	poke(AT(header_size), 1, KJ_EFORMAT, "size of the header");
	poke(AT(reserved0), 1, KJ_EFORMAT, "reserved bytes");
	poke(AT(reserved1), 1, KJ_EFORMAT, "reserved bytes behind the cipher");
	poke(AT(reserved) + 3000, 1, KJ_EFORMAT, "reserved bytes at the end");
	poke(AT(cipher), 2, KJ_EUNSUPP, "another cipher");
	poke(AT(key), 0, KJ_EFORMAT, "no key");
	poke(AT(key.passes), 200, KJ_ERANGE, "key that is not right");
	poke(AT(nunits), 0, KJ_ERANGE, "no units");
	poke(AT(nunits) + 5, 1, KJ_ERANGE, "too many units");
	poke(AT(nunits) + 1, 1, KJ_EFORMAT, "another number of units");
	poke(AT(data_off) + 1, 1, KJ_EFORMAT, "data elsewhere");
	poke(AT(end_off), 1, KJ_ERANGE, "end within a block");
	poke(AT(end_off) + 1, 0, KJ_ERANGE, "end before the data");
	poke(AT(end_off) + 7, 0xff, KJ_ERANGE, "end behind everything");
	h.id[0]++;
	is(kj_sealed_check(&h, SIZE), KJ_ECRC, "sum");
}

static void test_match(void)
{
	struct kj_le_sealed s;
	struct kj_le_image h, g;

	good(&s);
	memset(&h, 0, sizeof(h));
	memcpy(h.id, s.id, 16);
	memcpy(h.label_uuid, s.label_uuid, 16);
	h.nunits = s.nunits;
	h.data_off = s.data_off;
	h.end_off = s.end_off;
	is(kj_sealed_match(&s, &h), KJ_OK, "its header");
	g = h;
	g.id[15]++;
	is(kj_sealed_match(&s, &g), KJ_EMISMATCH, "another image's");
	g = h;
	g.label_uuid[0]++;
	is(kj_sealed_match(&s, &g), KJ_EMISMATCH, "another target's");
	g = h;
	g.nunits = kj_put_le64(21);
	is(kj_sealed_match(&s, &g), KJ_EMISMATCH, "other units");
	g = h;
	g.data_off = kj_put_le64(0);
	is(kj_sealed_match(&s, &g), KJ_EMISMATCH, "data elsewhere");
	g = h;
	g.end_off = kj_put_le64(0);
	is(kj_sealed_match(&s, &g), KJ_EMISMATCH, "another end");
}

static void test_look(void)
{
	struct kj_image_look look = { .sealed = 77 };
	static const uint8_t zero[4096];
	struct kj_le_sealed h;

	good(&h);
	is(kj_image_look(&h, SIZE, &look), KJ_OK, "an encrypted image");
	ok(look.sealed == 1 && !memcmp(look.id, h.id, 16), "and which");
	is(look.bytes, kj_image_data_off(20) + 8192 + 4096, "how long");
	look.sealed = 77;
	h.tag[0]++;
	is(kj_image_look(&h, SIZE, &look), KJ_ECRC, "a damaged one");
	is(kj_image_look(zero, SIZE, &look), KJ_EMAGIC, "none");
	h.version = kj_put_le32(3);
	is(kj_image_look(&h, SIZE, &look), KJ_EVERSION, "one from the future");
	is(look.sealed, 77, "nothing is said of those");
}

static void test_handover(void)
{
	struct kj_le_handover h = { .id = "image id of test" };
	static const uint8_t other[16] = "image of a test";

	is(kj_handover_check(&h, h.id), KJ_EMAGIC, "zeros are no key");
	memcpy(h.magic, KJ_HANDOVER_MAGIC, sizeof(h.magic));
	is(kj_handover_check(&h, h.id), KJ_OK, "a key that is handed on");
	is(kj_handover_check(&h, other), KJ_EMISMATCH, "for another image");
	h.reserved[7] = 1;
	is(kj_handover_check(&h, h.id), KJ_EFORMAT, "reserved bytes");
}

int main(void)
{
	test_key();
	test_keyfile();
	test_header();
	test_match();
	test_look();
	test_handover();
	return tap_done();
}
