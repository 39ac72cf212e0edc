// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Memory encryption, as the kernel tells of it. It must never take a word that merely contains one of these for it.
 */
#include "core/memcrypt.h"

#include <stdint.h>
#include <string.h>

#include "core/vmcoreinfo.h"

/* What stands behind "flags\t\t: " in the first line that begins so; its length in *len. */
static const char *flags_of(const char *text, size_t size, size_t *len)
{
	for (size_t i = 0; i < size;) {
		size_t end = i;

		while (end < size && text[end] != '\n')
			end++;
		if (end - i > 6 && !memcmp(text + i, "flags", 5) && (text[i + 5] == '\t' || text[i + 5] == ':')) {
			*len = end - i - 6;
			return text + i + 6;
		}
		i = end + 1;
	}
	*len = 0;
	return text;
}

static int has_word(const char *text, size_t size, const char *word, size_t n)
{
	for (size_t i = 0; i < size;) {
		size_t end = i;

		while (end < size && text[end] != ' ' && text[end] != '\t')
			end++;
		if (end - i == n && !memcmp(text + i, word, n))
			return 1;
		i = end + 1;
	}
	return 0;
}
#define HAS(word) has_word(flags, n, word, sizeof(word) - 1)

enum kj_memcrypt kj_memcrypt_find(const char *cpuinfo, size_t len, const char *vmcoreinfo, size_t vlen)
{
	struct kj_vmcoreinfo vi;
	int64_t mask = 0;
	size_t n;
	const char *flags = flags_of(cpuinfo, len, &n);

	if (HAS("tdx_guest"))
		return KJ_MEMCRYPT_TDX;
	if (HAS("hypervisor") && (HAS("sev") || HAS("sev_es") || HAS("sev_snp")))
		return KJ_MEMCRYPT_SEV;
	kj_vmcoreinfo_init(vmcoreinfo, vlen, &vi);
	if (!kj_vmcoreinfo_num(&vi, "NUMBER(sme_mask)", &mask) && mask)
		return KJ_MEMCRYPT_SME;
	return KJ_MEMCRYPT_NONE;
}

const char *kj_memcrypt_name(enum kj_memcrypt m)
{
	switch (m) {
	case KJ_MEMCRYPT_NONE:
		break;
	case KJ_MEMCRYPT_SME:
		return "AMD SME";
	case KJ_MEMCRYPT_SEV:
		return "AMD SEV";
	case KJ_MEMCRYPT_TDX:
		return "Intel TDX";
	}
	return "none";
}
