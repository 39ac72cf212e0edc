// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fuzz target: the plain header of an encrypted image, and a key file; what is accepted keeps the promises of
 * core/sealed.h. The sums are made right first, or nothing would ever get past them.
 *
 * The input is a list of patches to a header that is right (offsets 0 to 4095) and a key file (from 4096 on): le16
 * offset, u8 length, bytes.
 */
#include <stdlib.h>
#include <string.h>

#include "core/sealed.h"
#include "core/xxh.h"

#define SIZE (1ULL << 40)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct both {
	struct kj_le_sealed h;
	struct kj_le_keyfile f;
};

static void check(int good)
{
	if (!good)
		abort();
}

static void good(struct both *b)
{
	memset(b, 0, sizeof(*b));
	b->f.key.kind = kj_put_le32(KJ_KEY_PASSPHRASE);
	b->f.key.memory = kj_put_le32(32768);
	b->f.key.passes = kj_put_le32(4);
	b->h.key = b->f.key;
	b->h.cipher = kj_put_le32(KJ_SEALED_CIPHER);
	b->h.nunits = kj_put_le64(9);
	b->h.data_off = kj_put_le64(kj_image_data_off(9));
	b->h.end_off = kj_put_le64(kj_image_data_off(9) + 8192);
	kj_sealed_seal(&b->h);
	kj_keyfile_seal(&b->f);
}

static void patch(uint8_t *buf, size_t cap, const uint8_t *data, size_t size)
{
	while (size >= 3) {
		size_t off = data[0] | (size_t)data[1] << 8, len = data[2];

		data += 3;
		size -= 3;
		if (len > size)
			len = size;
		if (off < cap && len <= cap - off)
			memcpy(buf + off, data, len);
		data += len;
		size -= len;
	}
}

/* What a key derivation is handed. */
static void check_key(const struct kj_le_key *k)
{
	const uint32_t mem = kj_get_le32(k->memory), passes = kj_get_le32(k->passes);

	if (kj_get_le32(k->kind) == KJ_KEY_FILE) {
		check(!mem && !passes);
		return;
	}
	check(kj_get_le32(k->kind) == KJ_KEY_PASSPHRASE);
	check(mem >= KJ_KDF_MEMORY_MIN && mem <= KJ_KDF_MEMORY_MAX && passes && passes <= KJ_KDF_PASSES_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct both b;
	struct kj_image_look look;
	uint64_t n, end;

	good(&b);
	patch((uint8_t *)&b, sizeof(b), data, size);
	/* as they came, then with their sums made right */
	(void)kj_image_look(&b.h, SIZE, &look);
	(void)kj_keyfile_check(&b.f);
	b.h.sum = kj_put_le64(kj_xxh64(&b.h, offsetof(struct kj_le_sealed, sum), 0));
	b.f.sum = kj_put_le64(kj_xxh64(&b.f, offsetof(struct kj_le_keyfile, sum), 0));
	if (!kj_keyfile_check(&b.f))
		check_key(&b.f.key);
	if (kj_sealed_check(&b.h, SIZE))
		return 0;
	check_key(&b.h.key);
	n = kj_get_le64(b.h.nunits);
	end = kj_get_le64(b.h.end_off);
	check(n && kj_get_le64(b.h.data_off) == kj_image_data_off(n) && kj_image_data_off(n) >= KJ_INDEX_OFF + n * 128);
	check(end >= kj_get_le64(b.h.data_off) && !(end & 4095) && end <= SIZE - KJ_SEALED_TAIL);
	check(!kj_image_look(&b.h, SIZE, &look) && look.sealed && look.bytes == end + KJ_SEALED_TAIL);
	return 0;
}
