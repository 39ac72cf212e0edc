// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fuzz target: a key in the first line, a VMCOREINFO text behind it.
 */
#include <stdlib.h>
#include <string.h>

#include "core/vmcoreinfo.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int good)
{
	if (!good)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kj_vmcoreinfo vi;
	char key[64];
	size_t klen = 0, len;
	const char *s;
	uint64_t u;
	int64_t n;

	while (klen < size && klen < sizeof(key) - 1 && data[klen] && data[klen] != '\n')
		klen++;
	memcpy(key, data, klen);
	key[klen] = 0;
	kj_vmcoreinfo_init((const char *)data + klen, size - klen, &vi);
	if (kj_vmcoreinfo_str(&vi, key, &s, &len)) {
		check(kj_vmcoreinfo_num(&vi, key, &n) == KJ_ENOTFOUND);
		check(kj_vmcoreinfo_hex(&vi, key, &u) == KJ_ENOTFOUND);
		return 0;
	}
	check(s > vi.text && s - vi.text <= (ptrdiff_t)vi.len && len <= vi.len - (size_t)(s - vi.text));
	check(s[-1] == '=' && !memchr(s, '\n', len));
	check(!memcmp(s - 1 - klen, key, klen));
	(void)kj_vmcoreinfo_num(&vi, key, &n);
	(void)kj_vmcoreinfo_hex(&vi, key, &u);
	return 0;
}
