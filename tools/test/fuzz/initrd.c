// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fuzz target: the size of an initramfs is told, or not; nothing is read that is not there, and no size is beyond its limit.
 */
#include <stdlib.h>

#include "core/initrd.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kj_initrd r = { 77, 2 };

	if (kj_initrd_measure(data, size, &r)) {
		if (r.unpacked != 77 || r.bound != 2)
			abort();
	} else if (r.unpacked > 1ull << 40 || r.bound > 1) {
		abort();
	}
	return 0;
}
