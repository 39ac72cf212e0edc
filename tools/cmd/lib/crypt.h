/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All cryptography: the only file that calls libsodium and libargon2.  It must never put a key, or what one could be
 * computed from, anywhere but into the caller's buffers, and wipes its own.
 *
 * FORMAT section 4 has the construction: an image's key comes from X25519 of a public key that was made once (struct
 * kj_le_key) and one that is made for this image; each piece is ChaCha20-Poly1305 under that key with a nonce that is
 * used once.  So who saves an image needs no secret, and whoever has saved it cannot read it any more.
 *
 * Functions return 0 or -errno.
 */
#ifndef KJ_CMD_CRYPT_H
#define KJ_CMD_CRYPT_H

#include <stddef.h>
#include <stdint.h>

#include "core/sealed.h"

#define KJ_CRYPT_KEY 32u
#define KJ_CRYPT_SECRET_MAX 8192u	/* bytes of a passphrase or a key file */

/* One image's key, and the digest of the header that it came from. */
struct kj_seal {
	uint8_t key[KJ_CRYPT_KEY];
	uint8_t digest[32];
};

/* What is encrypted; with the number it is the nonce, so no two pieces of an image may share both. */
enum kj_seal_piece { KJ_SEAL_CHUNK = 1, KJ_SEAL_ENTRY = 2, KJ_SEAL_HEADER = 3 };

/* Make a new pair, its secret half under @secret. @memory in KiB and @passes count for a passphrase only; *ret passes
 * kj_key_check().  -ENOMEM, -EINVAL (kind, memory, passes, an empty or too long secret), -EIO (no randomness). */
int kj_key_make(enum kj_key_kind kind, uint32_t memory, uint32_t passes, const void *secret, size_t len,
		struct kj_le_key *ret);
/* The secret half of @k, which has been checked.  -EKEYREJECTED: that is not the passphrase, or @k is damaged; -ENOMEM;
 * -EINVAL. */
int kj_key_open(const struct kj_le_key *k, const void *secret, size_t len, uint8_t ret[KJ_CRYPT_KEY]);

/* A key for a new image.  @h: all of KJ_SEALED_FIXED but ->eph is set, which is drawn here.  -EINVAL: @h has no good
 * public key; -EIO. */
int kj_seal_new(struct kj_le_sealed *h, struct kj_seal *ret);
/* The same key again, by the secret half.  -EBADMSG: @h has no good public key. */
int kj_seal_again(const struct kj_le_sealed *h, const uint8_t secret[KJ_CRYPT_KEY], struct kj_seal *ret);

/* Encrypt @len bytes of @buf in place, or back; @ad is authenticated too.  Back: -EBADMSG, @buf is then undefined. */
void kj_seal_put(const struct kj_seal *s, enum kj_seal_piece piece, uint64_t nr, const void *ad, size_t adlen, void *buf,
		 size_t len, uint8_t tag[KJ_TAG]);
int kj_seal_get(const struct kj_seal *s, enum kj_seal_piece piece, uint64_t nr, const void *ad, size_t adlen, void *buf,
		size_t len, const uint8_t tag[KJ_TAG]);

/* An index entry, which has its place and its sum; back: -EBADMSG. */
void kj_seal_entry(const struct kj_seal *s, uint64_t unit, struct kj_le_entry *e);
int kj_unseal_entry(const struct kj_seal *s, uint64_t unit, const uint8_t id[16], struct kj_le_entry *e);
/* A chunk of @dlen bytes; the payload stands at 128, what is before is overwritten.  Back: -EBADMSG. */
void kj_seal_chunk(const struct kj_seal *s, uint64_t unit, uint8_t *chunk, size_t dlen);
int kj_unseal_chunk(const struct kj_seal *s, uint64_t unit, uint8_t *chunk, size_t dlen);
/* The header @h that goes to end_off; @s has its sizes and gets the tag.  Back: -EBADMSG. */
void kj_seal_header(const struct kj_seal *s, struct kj_le_sealed *head, struct kj_le_image *h);
int kj_unseal_header(const struct kj_seal *s, const struct kj_le_sealed *head, struct kj_le_image *h);

#endif
