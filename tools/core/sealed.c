// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The plain parts of an encrypted image: sealing them with their sums, and checking them before anything in them is
 * used. It must never let a number through that a key derivation or a read could not take.
 */
#include <string.h>

#include "core/sealed.h"
#include "core/xxh.h"

#define UNITS_MAX (1ULL << 32)	/* of a MiB: no x86-64 has more physical address bits */

static int all_zero(const void *bytes, size_t n)
{
	const uint8_t *p = bytes;
	uint8_t x = 0;

	while (n--)
		x |= *p++;
	return !x;
}

enum kj_err kj_key_check(const struct kj_le_key *k)
{
	const uint32_t kind = kj_get_le32(k->kind), mem = kj_get_le32(k->memory), passes = kj_get_le32(k->passes);

	if (kind == KJ_KEY_NONE)
		return all_zero(k, sizeof(*k)) ? KJ_ENOTFOUND : KJ_EFORMAT;
	if (kj_get_le32(k->reserved))
		return KJ_EFORMAT;
	if (kind == KJ_KEY_FILE)
		return mem || passes ? KJ_EFORMAT : KJ_OK;
	if (kind != KJ_KEY_PASSPHRASE || mem < KJ_KDF_MEMORY_MIN || mem > KJ_KDF_MEMORY_MAX || !passes ||
	    passes > KJ_KDF_PASSES_MAX)
		return KJ_ERANGE;
	return KJ_OK;
}

const char *kj_key_kind_name(uint32_t kind)
{
	static const char *const name[] = { "none", "passphrase", "file", "unknown" };

	return name[kind <= KJ_KEY_FILE ? kind : 3];
}

void kj_keyfile_seal(struct kj_le_keyfile *f)
{
	memcpy(f->magic, KJ_KEY_MAGIC, sizeof(f->magic));
	f->version = kj_put_le32(KJ_KEY_VERSION);
	f->sum = kj_put_le64(kj_xxh64(f, offsetof(struct kj_le_keyfile, sum), 0));
}

enum kj_err kj_keyfile_check(const struct kj_le_keyfile *f)
{
	if (memcmp(f->magic, KJ_KEY_MAGIC, sizeof(f->magic)))
		return KJ_EMAGIC;
	if (kj_get_le32(f->version) != KJ_KEY_VERSION)
		return KJ_EVERSION;
	if (kj_get_le64(f->sum) != kj_xxh64(f, offsetof(struct kj_le_keyfile, sum), 0))
		return KJ_ECRC;
	if (kj_get_le32(f->reserved0) || !all_zero(f->reserved, sizeof(f->reserved)))
		return KJ_EFORMAT;
	return kj_key_check(&f->key);
}

void kj_sealed_seal(struct kj_le_sealed *h)
{
	memcpy(h->magic, KJ_IMAGE_MAGIC, sizeof(h->magic));
	h->version = kj_put_le32(KJ_SEALED_VERSION);
	h->header_size = kj_put_le32(sizeof(*h));
	h->sum = kj_put_le64(kj_xxh64(h, offsetof(struct kj_le_sealed, sum), 0));
}

static enum kj_err check_sizes(const struct kj_le_sealed *h, uint64_t target_size)
{
	const uint64_t n = kj_get_le64(h->nunits), off = kj_get_le64(h->data_off), end = kj_get_le64(h->end_off);

	if (!n || n > UNITS_MAX)
		return KJ_ERANGE;
	if (off != kj_image_data_off(n))
		return KJ_EFORMAT;
	if (end < off || end & 4095 || end > target_size || target_size - end < KJ_SEALED_TAIL)
		return KJ_ERANGE;
	return KJ_OK;
}

enum kj_err kj_sealed_check(const struct kj_le_sealed *h, uint64_t target_size)
{
	enum kj_err e;

	if (memcmp(h->magic, KJ_IMAGE_MAGIC, sizeof(h->magic)))
		return KJ_EMAGIC;
	if (kj_get_le32(h->version) != KJ_SEALED_VERSION)
		return KJ_EVERSION;
	if (kj_get_le64(h->sum) != kj_xxh64(h, offsetof(struct kj_le_sealed, sum), 0))
		return KJ_ECRC;
	if (kj_get_le32(h->cipher) != KJ_SEALED_CIPHER)
		return KJ_EUNSUPP;
	if (kj_get_le32(h->header_size) != sizeof(*h) || !all_zero(h->reserved0, sizeof(h->reserved0)) ||
	    kj_get_le32(h->reserved1) || !all_zero(h->reserved, sizeof(h->reserved)))
		return KJ_EFORMAT;
	e = kj_key_check(&h->key);
	/* an encrypted image has a key */
	if (e)
		return e == KJ_ENOTFOUND ? KJ_EFORMAT : e;
	return check_sizes(h, target_size);
}

enum kj_err kj_handover_check(const struct kj_le_handover *h, const uint8_t id[16])
{
	if (memcmp(h->magic, KJ_HANDOVER_MAGIC, sizeof(h->magic)))
		return KJ_EMAGIC;
	if (memcmp(h->id, id, sizeof(h->id)))
		return KJ_EMISMATCH;
	return all_zero(h->reserved, sizeof(h->reserved)) ? KJ_OK : KJ_EFORMAT;
}

enum kj_err kj_sealed_match(const struct kj_le_sealed *s, const struct kj_le_image *h)
{
	if (memcmp(s->id, h->id, sizeof(s->id)) || memcmp(s->label_uuid, h->label_uuid, sizeof(s->label_uuid)) ||
	    kj_get_le64(s->nunits) != kj_get_le64(h->nunits) || kj_get_le64(s->data_off) != kj_get_le64(h->data_off) ||
	    kj_get_le64(s->end_off) != kj_get_le64(h->end_off))
		return KJ_EMISMATCH;
	return KJ_OK;
}

enum kj_err kj_image_look(const void *block, uint64_t target_size, struct kj_image_look *ret)
{
	const struct kj_le_sealed *s = block;
	const struct kj_le_image *h = block;
	/* both have magic and version in the same place */
	const int sealed = !memcmp(s->magic, KJ_IMAGE_MAGIC, sizeof(s->magic)) &&
			   kj_get_le32(s->version) == KJ_SEALED_VERSION;
	const enum kj_err e = sealed ? kj_sealed_check(s, target_size) : kj_image_check(h, target_size);

	if (e)
		return e;
	ret->sealed = sealed;
	memcpy(ret->id, s->id, sizeof(ret->id));
	ret->bytes = sealed ? kj_get_le64(s->end_off) + KJ_SEALED_TAIL : kj_get_le64(h->end_off);
	return KJ_OK;
}
