/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What of an encrypted image can be read without its key, and the key that it is encrypted to; must never hold a byte
 * that tells anything of the system, or that a passphrase could be told from without paying for the guess.
 *
 * Bytes: FORMAT section 4.  The cryptography is in cmd/lib/crypt.c; here are layouts and checks only.
 *
 *   0       sealed header  4096   written last, in place of struct kj_le_image
 *   4096    state          4096   as in any image
 *   8192    index          as in any image, each entry encrypted by itself
 *   data_off chunks        as in any image, each encrypted by itself
 *   end_off  struct kj_le_image, encrypted
 */
#ifndef KJ_CORE_SEALED_H
#define KJ_CORE_SEALED_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "image.h"
#include "le.h"

#define KJ_SEALED_VERSION 2u	/* where a plain image has KJ_IMAGE_VERSION */
#define KJ_SEALED_CIPHER 1u	/* X25519, BLAKE2b and ChaCha20-Poly1305, as FORMAT has it */
#define KJ_SEALED_TAIL 4096u	/* behind end_off */
#define KJ_KEY_MAGIC "KJKEY001"
#define KJ_KEY_VERSION 1u
#define KJ_TAG 16u

/* Argon2id: what a reader takes.  The upper ends keep a damaged or forged header from eating all memory or all time. */
#define KJ_KDF_MEMORY_MIN 8u		/* KiB */
#define KJ_KDF_MEMORY_MAX (1u << 20)
#define KJ_KDF_PASSES_MAX 64u

enum kj_key_kind { KJ_KEY_NONE = 0, KJ_KEY_PASSPHRASE = 1, KJ_KEY_FILE = 2 };

/* A pair of keys for which images are encrypted: the public one, and the secret one under a passphrase or a file. */
struct kj_le_key {
	le32 kind;		/* enum kj_key_kind; NONE: all of it is zeros */
	le32 memory;		/* PASSPHRASE: KiB that Argon2id takes; else 0 */
	le32 passes;		/* PASSPHRASE: its passes; else 0 */
	le32 reserved;
	uint8_t salt[16];
	uint8_t pub[32];
	uint8_t secret[32];	/* encrypted; what stands before is authenticated with it */
	uint8_t tag[KJ_TAG];
};
_Static_assert(sizeof(struct kj_le_key) == 112, "FORMAT 4");
_Static_assert(offsetof(struct kj_le_key, secret) == 64, "FORMAT 4");

/* The file that `kjump init-key` makes. */
struct kj_le_keyfile {
	uint8_t magic[8];
	le32 version;
	le32 reserved0;
	le64 created;		/* seconds since 1970 */
	struct kj_le_key key;
	uint8_t reserved[256 - 24 - 112 - 8];
	le64 sum;		/* XXH64, seed 0, of the 248 bytes before */
};
_Static_assert(sizeof(struct kj_le_keyfile) == 256, "FORMAT 4");
_Static_assert(offsetof(struct kj_le_keyfile, key) == 24, "FORMAT 4");

struct kj_le_sealed {
	uint8_t magic[8];	/* KJ_IMAGE_MAGIC */
	le32 version;		/* KJ_SEALED_VERSION */
	le32 header_size;	/* 4096 */
	le64 reserved0[2];
	uint8_t id[16];		/* as in struct kj_le_image */
	uint8_t label_uuid[16];
	le32 cipher;		/* KJ_SEALED_CIPHER */
	le32 reserved1;
	uint8_t eph[32];	/* public key that was made for this image alone */
	struct kj_le_key key;	/* at 104 */
	/* what stands before goes into the image's key */
	le64 nunits;		/* at 216 */
	le64 data_off;
	le64 end_off;
	/* what stands before is authenticated with the header at end_off */
	uint8_t tag[KJ_TAG];	/* at 240, of the header at end_off */
	uint8_t reserved[4096 - 256 - 8];
	le64 sum;		/* XXH64, seed 0, of the 4088 bytes before */
};
_Static_assert(offsetof(struct kj_le_sealed, id) == offsetof(struct kj_le_image, id), "FORMAT 4");
_Static_assert(offsetof(struct kj_le_sealed, key) == 104, "FORMAT 4");
_Static_assert(offsetof(struct kj_le_sealed, nunits) == 216, "FORMAT 4");
_Static_assert(offsetof(struct kj_le_sealed, tag) == 240, "FORMAT 4");
_Static_assert(offsetof(struct kj_le_sealed, sum) == 4088, "FORMAT 4");
_Static_assert(sizeof(struct kj_le_sealed) == 4096, "FORMAT 4");

/* What kernel C leaves for the kernel in the window, in a page of its own: the key of one image. */
struct kj_le_handover {
	uint8_t magic[8];	/* KJ_HANDOVER_MAGIC */
	uint8_t id[16];		/* of the image */
	uint8_t key[32];	/* the image's key */
	uint8_t digest[32];	/* the one that all of the image is authenticated with */
	uint8_t reserved[8];
};
_Static_assert(sizeof(struct kj_le_handover) == 96, "FORMAT 4");
#define KJ_HANDOVER_MAGIC "KJHAND01"

#define KJ_SEALED_FIXED offsetof(struct kj_le_sealed, nunits)
#define KJ_SEALED_AUTH offsetof(struct kj_le_sealed, tag)
/* Bytes of an index entry that are encrypted; its tag takes the place of the rest. */
#define KJ_SEALED_ENTRY (sizeof(struct kj_le_entry) - KJ_TAG)

/* KJ_OK: a key; KJ_ENOTFOUND: none, all zeros; KJ_ERANGE: kind, memory or passes; KJ_EFORMAT: bytes that have to be 0. */
enum kj_err kj_key_check(const struct kj_le_key *k);
const char *kj_key_kind_name(uint32_t kind);

/* Key file: seal sets magic, version and sum.  Check: KJ_OK, KJ_EMAGIC, KJ_EVERSION, KJ_ECRC, KJ_EFORMAT, what
 * kj_key_check() says. */
void kj_keyfile_seal(struct kj_le_keyfile *f);
enum kj_err kj_keyfile_check(const struct kj_le_keyfile *f);

/* Sealed header: as kj_image_seal() and kj_image_check().  KJ_OK, KJ_EMAGIC, KJ_EVERSION, KJ_ECRC, KJ_EUNSUPP (cipher),
 * KJ_ERANGE, KJ_EFORMAT. */
void kj_sealed_seal(struct kj_le_sealed *h);
enum kj_err kj_sealed_check(const struct kj_le_sealed *h, uint64_t target_size);

/* Is @h for image @id?  KJ_OK, KJ_EMAGIC, KJ_EMISMATCH, KJ_EFORMAT (bytes that have to be 0).  Whether the key is
 * right, only the image can tell. */
enum kj_err kj_handover_check(const struct kj_le_handover *h, const uint8_t id[16]);

/* Is the header @h that was encrypted the one that belongs behind @s?  KJ_OK or KJ_EMISMATCH. */
enum kj_err kj_sealed_match(const struct kj_le_sealed *s, const struct kj_le_image *h);

/* An image, encrypted or not, as far as its first block tells. */
struct kj_image_look {
	int sealed;
	uint8_t id[16];
	uint64_t bytes;		/* of the target that it takes */
};

/* @block: the first 4096 bytes of a target or file.  What kj_image_check() or kj_sealed_check() says. */
enum kj_err kj_image_look(const void *block, uint64_t target_size, struct kj_image_look *ret);

#endif
