// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fuzz target: unpacking bytes that nobody packed, and packing any bytes and unpacking them.
 *
 * Input: codec (1), length to unpack to (le16), bytes.
 */
#include <stdlib.h>
#include <string.h>

#include "cmd/lib/codec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t work[1 << 20] __attribute__((aligned(16)));
	uint8_t *out, *back;
	size_t len, n = 0;
	uint32_t codec;

	if (size < 4)
		return 0;
	codec = data[0] & 3;
	len = data[1] | (size_t)data[2] << 8;
	data += 3;
	size -= 3;
	if (size > 65536)
		return 0;
	/* exactly as long as said, so that one byte more is seen */
	out = malloc(len ? len : 1);
	(void)kj_decompress(codec, work, sizeof(work), data, size, out, len);
	free(out);
	out = malloc(size);
	back = malloc(size);
	if (!kj_compress(codec, 0, work, sizeof(work), data, size, out, size, &n) &&
	    (n > size || kj_decompress(codec, work, sizeof(work), out, n, back, size) ||
	     memcmp(back, data, size)))
		abort();
	free(out);
	free(back);
	return 0;
}
