// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Keys, and pieces of an image under them. It must never use a nonce twice with one key, or bytes of a piece before its
 * tag has been compared.
 */
#include <argon2.h>
#include <errno.h>
#include <sodium.h>
#include <string.h>

#include "cmd/lib/crypt.h"
#include "core/le.h"
#include "sys/compat.h"

#define NONCE 12u

_Static_assert(crypto_aead_chacha20poly1305_ietf_KEYBYTES == KJ_CRYPT_KEY, "RFC 8439");
_Static_assert(crypto_aead_chacha20poly1305_ietf_NPUBBYTES == NONCE, "RFC 8439");
_Static_assert(crypto_aead_chacha20poly1305_ietf_ABYTES == KJ_TAG, "RFC 8439");
_Static_assert(crypto_scalarmult_BYTES == KJ_CRYPT_KEY, "RFC 7748");

/* Chooses the code for this CPU. */
static int init(void)
{
	return sodium_init() < 0 ? -EIO : 0;
}

/* ---- keys from what a person has ---- */

static int take_memory(uint8_t **ret, size_t len)
{
	void *p;
	int err = kj_alloc_pages(len, &p);

	if (!err)
		*ret = p;
	return err;
}

static void give_memory(uint8_t *p, size_t len)
{
	kj_wipe(p, len);
	kj_munmap(p, len);
}

static int derive_argon2(const struct kj_le_key *k, const void *secret, size_t len, uint8_t ret[KJ_CRYPT_KEY])
{
	argon2_context c;

	memset(&c, 0, sizeof(c));
	c.out = ret;
	c.outlen = KJ_CRYPT_KEY;
	c.pwd = (uint8_t *)(uintptr_t)secret; /* not changed without ARGON2_FLAG_CLEAR_PASSWORD */
	c.pwdlen = (uint32_t)len;
	c.salt = (uint8_t *)(uintptr_t)k->salt;
	c.saltlen = sizeof(k->salt);
	c.t_cost = kj_get_le32(k->passes);
	c.m_cost = kj_get_le32(k->memory);
	c.lanes = c.threads = 1;
	c.version = ARGON2_VERSION_13;
	c.allocate_cbk = take_memory;
	c.free_cbk = give_memory;
	c.flags = ARGON2_DEFAULT_FLAGS;
	switch (argon2_ctx(&c, Argon2_id)) {
	case ARGON2_OK:
		return 0;
	case ARGON2_MEMORY_ALLOCATION_ERROR:
		return -ENOMEM;
	}
	return -EINVAL;
}

/* The key under which the secret half lies. */
static int derive(const struct kj_le_key *k, const void *secret, size_t len, uint8_t ret[KJ_CRYPT_KEY])
{
	if (kj_key_check(k) || !len || len > KJ_CRYPT_SECRET_MAX)
		return -EINVAL;
	if (kj_get_le32(k->kind) == KJ_KEY_PASSPHRASE)
		return derive_argon2(k, secret, len, ret);
	/* a file has as much entropy as the key itself, or nothing helps */
	return crypto_generichash(ret, KJ_CRYPT_KEY, secret, len, k->salt, sizeof(k->salt)) ? -EINVAL : 0;
}

int kj_key_make(enum kj_key_kind kind, uint32_t memory, uint32_t passes, const void *secret, size_t len,
		struct kj_le_key *ret)
{
	static const uint8_t zero[NONCE];
	uint8_t wrap[KJ_CRYPT_KEY], sk[KJ_CRYPT_KEY];
	struct kj_le_key k;
	int err = init();

	if (err)
		return err;
	memset(&k, 0, sizeof(k));
	k.kind = kj_put_le32((uint32_t)kind);
	k.memory = kj_put_le32(kind == KJ_KEY_PASSPHRASE ? memory : 0);
	k.passes = kj_put_le32(kind == KJ_KEY_PASSPHRASE ? passes : 0);
	if (kj_getrandom(k.salt, sizeof(k.salt)) || kj_getrandom(sk, sizeof(sk)))
		return -EIO;
	err = derive(&k, secret, len, wrap);
	if (!err && crypto_scalarmult_base(k.pub, sk))
		err = -EIO;
	if (!err) {
		memcpy(k.secret, sk, sizeof(k.secret));
		/* this key encrypts this once, for the salt is new */
		crypto_aead_chacha20poly1305_ietf_encrypt_detached(k.secret, k.tag, NULL, k.secret, sizeof(k.secret),
								   (const void *)&k, offsetof(struct kj_le_key, secret),
								   NULL, zero, wrap);
		*ret = k;
	}
	kj_wipe(wrap, sizeof(wrap));
	kj_wipe(sk, sizeof(sk));
	return err;
}

int kj_key_open(const struct kj_le_key *k, const void *secret, size_t len, uint8_t ret[KJ_CRYPT_KEY])
{
	static const uint8_t zero[NONCE];
	uint8_t wrap[KJ_CRYPT_KEY];
	int err = init();

	if (!err)
		err = derive(k, secret, len, wrap);
	if (err)
		return err;
	if (crypto_aead_chacha20poly1305_ietf_decrypt_detached(ret, NULL, k->secret, sizeof(k->secret), k->tag,
							       (const void *)k, offsetof(struct kj_le_key, secret), zero,
							       wrap))
		err = -EKEYREJECTED;
	kj_wipe(wrap, sizeof(wrap));
	return err;
}

/* ---- keys of images ---- */

/* -EINVAL: a public key that gives the same for every secret. */
static int agree(const struct kj_le_sealed *h, const uint8_t secret[KJ_CRYPT_KEY], const uint8_t pub[KJ_CRYPT_KEY],
		 struct kj_seal *ret)
{
	uint8_t shared[KJ_CRYPT_KEY];
	int err = crypto_scalarmult(shared, secret, pub) ? -EINVAL : 0;

	if (!err && (crypto_generichash(ret->digest, sizeof(ret->digest), (const void *)h, KJ_SEALED_FIXED, NULL, 0) ||
		     crypto_generichash(ret->key, sizeof(ret->key), ret->digest, sizeof(ret->digest), shared, sizeof(shared))))
		err = -EINVAL;
	kj_wipe(shared, sizeof(shared));
	return err;
}

int kj_seal_new(struct kj_le_sealed *h, struct kj_seal *ret)
{
	uint8_t sk[KJ_CRYPT_KEY];
	int err = init();

	if (!err && (kj_getrandom(sk, sizeof(sk)) || crypto_scalarmult_base(h->eph, sk)))
		err = -EIO;
	if (!err) {
		/* magic, version and size go into the key as well */
		kj_sealed_seal(h);
		err = agree(h, sk, h->key.pub, ret);
	}
	kj_wipe(sk, sizeof(sk));
	return err;
}

int kj_seal_again(const struct kj_le_sealed *h, const uint8_t secret[KJ_CRYPT_KEY], struct kj_seal *ret)
{
	int err = init();

	return err ? err : agree(h, secret, h->eph, ret) ? -EBADMSG : 0;
}

/* ---- pieces ---- */

static void make_nonce(enum kj_seal_piece piece, uint64_t nr, uint8_t ret[NONCE])
{
	const le32 kind = kj_put_le32((uint32_t)piece);
	const le64 n = kj_put_le64(nr);

	memcpy(ret, &kind, sizeof(kind));
	memcpy(ret + sizeof(kind), &n, sizeof(n));
}

void kj_seal_put(const struct kj_seal *s, enum kj_seal_piece piece, uint64_t nr, const void *ad, size_t adlen, void *buf,
		 size_t len, uint8_t tag[KJ_TAG])
{
	uint8_t nonce[NONCE];

	make_nonce(piece, nr, nonce);
	(void)crypto_aead_chacha20poly1305_ietf_encrypt_detached(buf, tag, NULL, buf, len, ad, adlen, NULL, nonce, s->key);
}

int kj_seal_get(const struct kj_seal *s, enum kj_seal_piece piece, uint64_t nr, const void *ad, size_t adlen, void *buf,
		size_t len, const uint8_t tag[KJ_TAG])
{
	uint8_t nonce[NONCE];

	make_nonce(piece, nr, nonce);
	return crypto_aead_chacha20poly1305_ietf_decrypt_detached(buf, NULL, buf, len, tag, ad, adlen, nonce, s->key) ?
		       -EBADMSG :
		       0;
}

void kj_seal_entry(const struct kj_seal *s, uint64_t unit, struct kj_le_entry *e)
{
	uint8_t tag[KJ_TAG];

	kj_seal_put(s, KJ_SEAL_ENTRY, unit, s->digest, sizeof(s->digest), e, KJ_SEALED_ENTRY, tag);
	memcpy((uint8_t *)e + KJ_SEALED_ENTRY, tag, sizeof(tag));
}

int kj_unseal_entry(const struct kj_seal *s, uint64_t unit, const uint8_t id[16], struct kj_le_entry *e)
{
	uint8_t tag[KJ_TAG];

	memcpy(tag, (const uint8_t *)e + KJ_SEALED_ENTRY, sizeof(tag));
	if (kj_seal_get(s, KJ_SEAL_ENTRY, unit, s->digest, sizeof(s->digest), e, KJ_SEALED_ENTRY, tag))
		return -EBADMSG;
	memset((uint8_t *)e + KJ_SEALED_ENTRY, 0, KJ_TAG);
	kj_entry_seal(e, id);
	return 0;
}

void kj_seal_chunk(const struct kj_seal *s, uint64_t unit, uint8_t *chunk, size_t dlen)
{
	const size_t head = sizeof(struct kj_le_entry);

	memset(chunk, 0, head);
	kj_seal_put(s, KJ_SEAL_CHUNK, unit, s->digest, sizeof(s->digest), chunk + head, dlen - head, chunk);
}

int kj_unseal_chunk(const struct kj_seal *s, uint64_t unit, uint8_t *chunk, size_t dlen)
{
	const size_t head = sizeof(struct kj_le_entry);

	for (size_t i = KJ_TAG; i < head; i++)
		if (chunk[i])
			return -EBADMSG;
	return kj_seal_get(s, KJ_SEAL_CHUNK, unit, s->digest, sizeof(s->digest), chunk + head, dlen - head, chunk);
}

void kj_seal_header(const struct kj_seal *s, struct kj_le_sealed *head, struct kj_le_image *h)
{
	kj_seal_put(s, KJ_SEAL_HEADER, 0, head, KJ_SEALED_AUTH, h, sizeof(*h), head->tag);
}

int kj_unseal_header(const struct kj_seal *s, const struct kj_le_sealed *head, struct kj_le_image *h)
{
	return kj_seal_get(s, KJ_SEAL_HEADER, 0, head, KJ_SEALED_AUTH, h, sizeof(*h), head->tag);
}
