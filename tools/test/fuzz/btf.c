// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fuzz target: BTF of any content. Reads stay inside it, and what is written parses as VMCOREINFO.
 */
#include <stdlib.h>
#include <string.h>

#include "core/btfkeys.h"
#include "core/vmcoreinfo.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct bytes {
	const uint8_t *p;
	size_t len;
};

static int read_bytes(void *ctx, uint32_t off, void *buf, size_t len)
{
	const struct bytes *b = ctx;

	if (off > b->len || len > b->len - off)
		abort(); /* nothing was cut: it has all that it was told of */
	memcpy(buf, b->p + off, len);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct kj_btf b;
	struct bytes bytes = { data, size };
	char text[KJ_BTFKEYS_MAX];
	struct kj_vmcoreinfo vi;
	uint32_t both;
	size_t len;
	int64_t v;

	if (kj_btf_init(read_bytes, &bytes, size, &b) || kj_btfkeys_write(&b, text, &len))
		return 0;
	if (len > sizeof(text) || !len || text[len - 1] != '\n')
		abort();
	kj_vmcoreinfo_init(text, len, &vi);
	if (kj_vmcoreinfo_num(&vi, "SIZE(page)", &v) || v < 0)
		abort();
	if (kj_btfkeys_agree(&vi, &vi, &both) || !both)
		abort();
	return 0;
}
