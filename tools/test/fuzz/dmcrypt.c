// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fuzz target: tables of encrypted devices; one that is accepted becomes a text for B that means the same.
 */
#include <stdlib.h>
#include <string.h>

#include "core/dmcrypt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct {
		uint8_t spec[40];
		char text[KJ_DMCRYPT_TEXT];
	} again;
	struct kj_le_dmcrypt c, d;
	uint64_t bytes, sectors;
	uint32_t major, minor;
	int held;

	if (kj_dmcrypt_table(data, size, 1, &c, &bytes, &major, &minor, &held))
		return 0;
	c.below_size = kj_put_le64((kj_get_le64(c.start) << 9) + bytes);
	c.hi = kj_put_le64(bytes);
	if (kj_dmcrypt_check(&c, bytes))
		return 0;
	kj_dmcrypt_params(&c, major, minor, 0, again.text);
	if (!memchr(again.text, 0, sizeof(again.text)))
		abort();
	if (held)
		return 0;
	sectors = bytes >> 9;
	memset(again.spec, 0, sizeof(again.spec));
	memcpy(again.spec + 8, &sectors, 8);
	memcpy(again.spec + 24, "crypt", 5);
	if (kj_dmcrypt_table((const uint8_t *)&again, sizeof(again), 1, &d, &bytes, &major, &minor, &held))
		abort();
	d.below_size = c.below_size;
	d.hi = c.hi;
	if (memcmp(&c, &d, sizeof(c)))
		abort();
	return 0;
}
