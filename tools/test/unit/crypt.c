// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Keys and pieces: against what other implementations make, there and back, every flipped bit, every wrong secret.
 */
#include <errno.h>

#include "cmd/lib/crypt.h"
#include "sealvec.h"
#include "sys/compat.h"
#include "tap.h"

static struct kj_le_key key;
static uint8_t sk[KJ_CRYPT_KEY];

static int is_sk(const uint8_t *p)
{
	for (unsigned int i = 0; i < KJ_CRYPT_KEY; i++)
		if (p[i] != 0x40 + i)
			return 0;
	return 1;
}

static void test_vectors(void)
{
	uint8_t file[64], got[KJ_CRYPT_KEY];
	static struct kj_le_sealed h;
	struct kj_le_entry e;
	struct kj_seal s;
	unsigned int bad = 0;
	uint8_t back[sizeof(e)], tag[KJ_TAG];

	_Static_assert(sizeof(vec_key) == sizeof(key) && sizeof(vec_head) == KJ_SEALED_FIXED, "vectors");
	memcpy(&key, vec_key, sizeof(key));
	is(kj_key_open(&key, VEC_PASSPHRASE, strlen(VEC_PASSPHRASE), sk), 0, "a key made elsewhere opens");
	ok(is_sk(sk), "and is that key");
	memcpy(&key, vec_filekey, sizeof(key));
	for (unsigned int i = 0; i < 64; i++)
		file[i] = (uint8_t)i;
	is(kj_key_open(&key, file, sizeof(file), got), 0, "one under a file opens");
	ok(is_sk(got), "and is the same");
	memcpy(&h, vec_head, sizeof(vec_head));
	is(kj_seal_again(&h, sk, &s), 0, "an image's key");
	memcpy(back, vec_entry, sizeof(back));
	is(kj_seal_get(&s, KJ_SEAL_ENTRY, VEC_UNIT, s.digest, 32, back, 112, back + 112), 0, "a piece made elsewhere opens");
	for (unsigned int i = 0; i < 112; i++)
		bad += back[i] != (uint8_t)(i * 7 + 3);
	is(bad, 0, "and is what it was");
	kj_seal_put(&s, KJ_SEAL_ENTRY, VEC_UNIT, s.digest, 32, back, 112, tag);
	ok(!memcmp(back, vec_entry, 112) && !memcmp(tag, vec_entry + 112, 16), "the same bytes are made here");
}

static void test_secrets(void)
{
	static uint8_t longest[KJ_CRYPT_SECRET_MAX + 1];
	uint8_t a[KJ_CRYPT_KEY], b[KJ_CRYPT_KEY];
	struct kj_le_key k, other;
	unsigned int bad = 0;

	is(kj_key_make(KJ_KEY_PASSPHRASE, 8, 1, "horse", 5, &k), 0, "make a key");
	is(kj_key_check(&k), KJ_OK, "it is right");
	is(kj_key_open(&k, "horse", 5, a), 0, "opens");
	is(-kj_key_open(&k, "horsf", 5, b), EKEYREJECTED, "not by another passphrase");
	is(-kj_key_open(&k, "hors", 4, b), EKEYREJECTED, "nor a shorter one");
	is(-kj_key_open(&k, "", 0, b), EINVAL, "nor none");
	is(kj_key_make(KJ_KEY_PASSPHRASE, 8, 1, "horse", 5, &other), 0, "another key, the same passphrase");
	ok(memcmp(other.salt, k.salt, 16) && memcmp(other.pub, k.pub, 32) && memcmp(other.secret, k.secret, 32),
	   "has nothing in common");
	/* but for kind, memory and passes, which may be out of range then */
	for (unsigned int i = 16 * 8; i < 8 * sizeof(k); i++) {
		other = k;
		((uint8_t *)&other)[i / 8] ^= (uint8_t)(1u << i % 8);
		bad += kj_key_open(&other, "horse", 5, b) != -EKEYREJECTED;
	}
	is(bad, 0, "a flipped bit is seen");
	other = k;
	other.passes = kj_put_le32(2);
	is(-kj_key_open(&other, "horse", 5, b), EKEYREJECTED, "other passes");
	other = k;
	other.memory = kj_put_le32(9);
	is(-kj_key_open(&other, "horse", 5, b), EKEYREJECTED, "other memory");
	other.memory = kj_put_le32(0);
	is(-kj_key_open(&other, "horse", 5, b), EINVAL, "memory out of range");
	is(-kj_key_make(KJ_KEY_PASSPHRASE, 7, 1, "horse", 5, &k), EINVAL, "too little memory");
	is(-kj_key_make(KJ_KEY_PASSPHRASE, 8, 0, "horse", 5, &k), EINVAL, "no passes");
	is(-kj_key_make(KJ_KEY_PASSPHRASE, 8, 1, "", 0, &k), EINVAL, "no passphrase");
	is(-kj_key_make(KJ_KEY_NONE, 8, 1, "horse", 5, &k), EINVAL, "no kind");
	is(-kj_key_make(KJ_KEY_FILE, 0, 0, longest, sizeof(longest), &k), EINVAL, "too long");
	is(kj_key_make(KJ_KEY_FILE, 8, 1, longest, sizeof(longest) - 1, &k), 0, "longest file");
	is(kj_key_open(&k, longest, sizeof(longest) - 1, b), 0, "opens");
	longest[4000] = 1;
	is(-kj_key_open(&k, longest, sizeof(longest) - 1, b), EKEYREJECTED, "another does not");
}

/* Two images of the same system, and what stands in them. */
static void test_image(void)
{
	static struct kj_le_sealed h, g;
	static struct kj_le_image head, was;
	struct kj_seal s, t, u;
	unsigned int bad = 0;

	memset(&h, 0, sizeof(h));
	memcpy(&h.key, vec_key, sizeof(h.key));
	h.cipher = kj_put_le32(KJ_SEALED_CIPHER);
	g = h;
	is(kj_seal_new(&h, &s), 0, "a key for an image");
	is(kj_seal_again(&h, sk, &t), 0, "again");
	ok(!memcmp(&s, &t, sizeof(s)), "is the same");
	is(kj_seal_new(&g, &u), 0, "another image");
	ok(memcmp(&s.key, &u.key, 32) && memcmp(h.eph, g.eph, 32), "has another");
	for (unsigned int i = 0; i < KJ_SEALED_FIXED; i++) {
		g = h;
		((uint8_t *)&g)[i] ^= 0x10;
		bad += !kj_seal_again(&g, sk, &t) && !memcmp(t.key, s.key, 32);
	}
	is(bad, 0, "each byte of the header counts for the key");
	g = h;
	memset(g.eph, 0, sizeof(g.eph));
	is(-kj_seal_again(&g, sk, &t), EBADMSG, "a public key that is none");
	g = h;
	memset(g.key.pub, 0, sizeof(g.key.pub));
	is(-kj_seal_new(&g, &t), EINVAL, "nor is one encrypted to");

	for (unsigned int i = 0; i < sizeof(head); i++)
		((uint8_t *)&head)[i] = (uint8_t)(i * 5);
	was = head;
	h.nunits = kj_put_le64(3);
	kj_seal_header(&s, &h, &head);
	ok(memcmp(&head, &was, 64), "the header is not what it was");
	bad = 0;
	for (unsigned int i = 0; i < 8 * KJ_SEALED_AUTH; i += 3) {
		struct kj_le_image copy = head;

		g = h;
		((uint8_t *)&g)[i / 8] ^= (uint8_t)(1u << i % 8);
		bad += kj_unseal_header(&s, &g, &copy) != -EBADMSG;
	}
	is(bad, 0, "nor opens if a bit before it has changed");
	is(kj_unseal_header(&s, &h, &head), 0, "it opens");
	ok(!memcmp(&head, &was, sizeof(was)), "and is what it was");
}

static void test_pieces(void)
{
	static uint8_t chunk[8192], was[8192], copy[8192];
	static const uint8_t id[16] = { 1, 2, 3 };
	struct kj_le_entry e, f, plain;
	static struct kj_le_sealed h;
	unsigned int bad = 0;
	struct kj_seal s;

	memcpy(&h.key, vec_key, sizeof(h.key));
	is(kj_seal_new(&h, &s), 0, "a key for an image");
	memset(&e, 0, sizeof(e));
	e.unit = kj_put_le64(4);
	e.clen = kj_put_le32(55);
	kj_entry_seal(&e, id);
	plain = e;
	kj_seal_entry(&s, 4, &e);
	ok(memcmp(&e, &plain, 64), "an entry is not what it was");
	for (unsigned int i = 0; i < 8 * sizeof(e); i++) {
		f = e;
		((uint8_t *)&f)[i / 8] ^= (uint8_t)(1u << i % 8);
		bad += kj_unseal_entry(&s, 4, id, &f) != -EBADMSG;
	}
	is(bad, 0, "each flipped bit is seen");
	f = e;
	is(-kj_unseal_entry(&s, 5, id, &f), EBADMSG, "it is no other unit's");
	f = e;
	is(kj_unseal_entry(&s, 4, id, &f), 0, "it opens");
	ok(!memcmp(&f, &plain, sizeof(f)), "and is what it was");

	for (unsigned int i = 0; i < sizeof(chunk); i++)
		chunk[i] = (uint8_t)(i * i);
	memcpy(was, chunk, sizeof(was));
	kj_seal_chunk(&s, 4, chunk, sizeof(chunk));
	ok(memcmp(chunk + 128, was + 128, 64), "a chunk is not what it was");
	bad = 0;
	for (unsigned int i = 0; i < 8 * sizeof(chunk); i += i < 8 * 200 ? 1 : 977) {
		memcpy(copy, chunk, sizeof(copy));
		copy[i / 8] ^= (uint8_t)(1u << i % 8);
		bad += kj_unseal_chunk(&s, 4, copy, sizeof(copy)) != -EBADMSG;
	}
	is(bad, 0, "flipped bits are seen");
	memcpy(copy, chunk, sizeof(copy));
	is(-kj_unseal_chunk(&s, 3, copy, sizeof(copy)), EBADMSG, "it is no other unit's");
	memcpy(copy, chunk, sizeof(copy));
	is(-kj_unseal_chunk(&s, 4, copy, sizeof(copy) - 4096), EBADMSG, "nor whole without its end");
	is(kj_unseal_chunk(&s, 4, chunk, sizeof(chunk)), 0, "it opens");
	ok(!memcmp(chunk + 128, was + 128, sizeof(was) - 128), "and is what it was");
	kj_wipe(&s, sizeof(s));
	for (unsigned int i = bad = 0; i < sizeof(s); i++)
		bad += ((const uint8_t *)&s)[i] != 0;
	is(bad, 0, "wiped");
}

int main(void)
{
	test_vectors();
	test_secrets();
	test_image();
	test_pieces();
	return tap_done();
}
