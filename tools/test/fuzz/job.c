// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fuzz target: a job block and a mailbox, sealed here, for no fuzzer finds a checksum; an accepted job keeps the
 * promises of core/job.h.
 */
#include <stdlib.h>
#include <string.h>

#include "core/image.h"
#include "core/job.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int good)
{
	if (!good)
		abort();
}

static void check_job(const struct kj_le_job *j)
{
	uint64_t size = kj_job_target_size(j), usable = kj_target_usable(size);
	uint32_t n = kj_get_le32(j->nextents);

	check(kj_get_le32(j->armed) == 1 && n <= KJ_JOB_EXTENTS && kj_get_le32(j->codec) <= KJ_CODEC_ZLIB);
	check(kj_get_le32(j->filter) <= KJ_JOB_FILTER_MAX && strcmp(kj_format_name(kj_get_le32(j->format)), "unknown"));
	check(size <= kj_get_le64(j->dev_size) && (!kj_get_le64(j->list) || kj_get_le64(j->list) < kj_get_le64(j->dev_size)));
	if (kj_get_le64(j->crypt.below_size)) {
		char text[KJ_DMCRYPT_TEXT];

		kj_dmcrypt_params(&j->crypt, UINT32_MAX, UINT32_MAX, UINT64_MAX, text);
		check(memchr(text, 0, sizeof(text)) && kj_get_le64(j->crypt.hi) <= kj_get_le64(j->dev_size));
	}
	check(n || kj_get_le32(j->mode) == KJ_MODE_TEST);
	check(strcmp(kj_mode_name(kj_get_le32(j->mode)), "unknown"));
	for (uint32_t i = 0; i < n; i++) {
		uint64_t off = kj_get_le64(j->extent[i].off), len = kj_get_le64(j->extent[i].len);

		check(len && off < usable && len <= usable - off && usable < size);
		check(off + len <= kj_record_offset(size) && kj_record_offset(size) < kj_label_offset(size));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct kj_le_job j;
	static struct kj_le_mbox m;

	memset(&j, 0, sizeof(j));
	memcpy(&j, data, size < sizeof(j) ? size : sizeof(j));
	memcpy(&m, &j, sizeof(m));
	if (!kj_job_check(&j, j.nonce))
		check_job(&j);
	kj_block_seal(&j, KJ_JOB_MAGIC);
	if (!kj_job_check(&j, j.nonce))
		check_job(&j);
	kj_block_seal(&m, KJ_MBOX_MAGIC);
	if (!kj_mbox_check(&m, m.nonce))
		check(memchr(m.text, 0, sizeof(m.text)) && memchr(m.who, 0, sizeof(m.who)));
	return 0;
}
