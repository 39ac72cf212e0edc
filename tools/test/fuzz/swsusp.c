// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fuzz target: the first block of a swsusp image, sealed here, for no fuzzer finds a checksum; an
 * accepted one keeps the promises of core/swsusp.h.
 *
 * Input: codec, flags (bytes), end_off, image (le64), size of the device (le64).
 */
#include <stdlib.h>
#include <string.h>

#include "core/image.h"
#include "core/swsusp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kj_le_swsusp_head h;
	uint64_t dev, end, image;
	le64 v;

	/* as it is: accepted only if it was sealed */
	if (size == sizeof(h)) {
		memcpy(&h, data, sizeof(h));
		(void)kj_swsusp_check(&h, UINT64_MAX);
		(void)kj_swsusp_waits(&h, UINT64_MAX, data);
	}
	if (size < 26)
		return 0;
	memset(&h, 0, sizeof(h));
	h.codec.b[0] = data[0];
	h.flags.b[0] = data[1];
	memcpy(&h.end_off, data + 2, 8);
	memcpy(&h.image, data + 10, 8);
	memcpy(&v, data + 18, 8);
	dev = kj_get_le64(v);
	kj_swsusp_seal(&h);
	if (kj_swsusp_check(&h, dev))
		return 0;
	end = kj_get_le64(h.end_off);
	image = kj_get_le64(h.image);
	if (end > dev || end % 4096 || image < 2 || image > UINT64_MAX / 4096 || image * 4096 >= end ||
	    data[0] > KJ_CODEC_LZO || data[0] == KJ_CODEC_ZSTD || !data[1] ||
	    kj_swsusp_state(&h) != KJ_SWS_READY)
		abort();
	return 0;
}
