// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * core/job: seal and check each block, and every reason to refuse a job; must never need a device.
 */
#include "core/image.h"
#include "core/job.h"
#include "tap.h"

static const uint8_t nonce[16] = "0123456789abcdef", other[16] = "0123456789abcdeF";
static struct kj_le_job j;

#define SIZE (64ull << 20)

static void good_job(void)
{
	memset(&j, 0, sizeof(j));
	j.armed = kj_put_le32(1);
	memcpy(j.nonce, nonce, 16);
	j.mode = kj_put_le32(KJ_MODE_HIBERNATE);
	j.format = kj_put_le32(KJ_DUMP_IMAGE);
	j.codec = kj_put_le32(KJ_CODEC_ZSTD);
	j.level = kj_put_le32((uint32_t)-5);
	j.nextents = kj_put_le32(1);
	j.dev_size = kj_put_le64(SIZE);
	j.extent[0].len = kj_put_le64(kj_target_usable(SIZE));
}

static enum kj_err check(void)
{
	enum kj_err e;

	kj_block_seal(&j, KJ_JOB_MAGIC);
	e = kj_job_check(&j, nonce);
	good_job();
	return e;
}

static void test_blocks(void)
{
	static uint8_t b[KJ_BLOCK], copy[KJ_BLOCK];
	int good = 1;

	memset(b, 0x5a, sizeof(b));
	kj_block_seal(b, KJ_LABEL_MAGIC);
	is(kj_block_check(b, KJ_LABEL_MAGIC), KJ_OK, "a sealed block");
	is(kj_block_check(b, KJ_RECORD_MAGIC), KJ_EMAGIC, "another magic");
	for (size_t bit = 0; bit < sizeof(b) * 8; bit += 7) {
		memcpy(copy, b, sizeof(b));
		copy[bit / 8] ^= (uint8_t)(1u << (bit % 8));
		enum kj_err e = kj_block_check(copy, KJ_LABEL_MAGIC);

		good &= e == (bit < 64 ? KJ_EMAGIC : bit < 96 ? KJ_EVERSION : KJ_ECRC);
	}
	ok(good, "a flipped bit: magic, version or checksum");
}

static void test_key(void)
{
	good_job();
	memset(&j.key, 0x5a, sizeof(j.key));
	j.key.kind = kj_put_le32(KJ_KEY_FILE);
	j.key.memory = j.key.passes = j.key.reserved = kj_put_le32(0);
	is(check(), KJ_OK, "a key");
	memset(&j.key, 0, sizeof(j.key));
	j.key.kind = kj_put_le32(KJ_KEY_FILE);
	j.format = kj_put_le32(KJ_DUMP_SWSUSP);
	j.codec = kj_put_le32(KJ_CODEC_LZO);
	is(check(), KJ_ERANGE, "a key, and no image");
	j.key.kind = kj_put_le32(KJ_KEY_PASSPHRASE);
	is(check(), KJ_ERANGE, "a key without memory");
	j.key.tag[15] = 1;
	is(check(), KJ_ERANGE, "a piece of a key");
}

/* An encrypted device: all that kj_dmcrypt_check() refuses, one of them here. */
static void test_crypt(void)
{
	good_job();
	j.crypt.below_size = kj_put_le64(SIZE + (1 << 20));
	j.crypt.start = kj_put_le64(2048);
	j.crypt.hi = kj_put_le64(SIZE);
	j.crypt.sector_size = kj_put_le32(512);
	j.crypt.key_len = kj_put_le32(1);
	memcpy(j.crypt.cipher, "aes", 3);
	is(check(), KJ_OK, "an encrypted device");
	j.crypt.key_len = kj_put_le32(1);
	is(check(), KJ_ERANGE, "a piece of one");
}

/* What packs or leaves out page by page is for a kdump alone. */
static void test_kdump_only(void)
{
	for (uint32_t format = KJ_DUMP_IMAGE; format <= KJ_DUMP_KDUMP; format++) {
		const enum kj_err want = format == KJ_DUMP_KDUMP ? KJ_OK : KJ_ERANGE;

		good_job();
		j.format = kj_put_le32(format);
		j.codec = kj_put_le32(KJ_CODEC_STORED);
		is(check(), KJ_OK, kj_format_name(format));
		j.format = kj_put_le32(format);
		j.codec = kj_put_le32(KJ_CODEC_AUTO);
		is(check(), want, "with a mix of codecs");
		j.format = kj_put_le32(format);
		j.flags = kj_put_le32(KJ_JOB_TRIM);
		is(check(), want, "without struct pages");
	}
}

static void test_job(void)
{
	good_job();
	is(check(), KJ_OK, "a good job");
	kj_block_seal(&j, KJ_JOB_MAGIC);
	j.level.b[0] ^= 1;
	is(kj_job_check(&j, nonce), KJ_ECRC, "changed after sealing");
	good_job();
	is(kj_job_check(&j, nonce), KJ_EMAGIC, "never sealed");
	kj_block_seal(&j, KJ_JOB_MAGIC);
	is(kj_job_check(&j, other), KJ_EMISMATCH, "another nonce");
	good_job();
	j.armed = kj_put_le32(0);
	is(check(), KJ_ENOTFOUND, "not armed");
	j.armed = kj_put_le32(2);
	is(check(), KJ_ENOTFOUND, "armed with 2");
	j.mode = kj_put_le32(0);
	is(check(), KJ_ERANGE, "mode none");
	j.mode = kj_put_le32(KJ_MODE_TEST + 1);
	is(check(), KJ_ERANGE, "mode unknown");
	j.format = kj_put_le32(KJ_DUMP_SWSUSP);
	j.codec = kj_put_le32(KJ_CODEC_LZO);
	j.flags = kj_put_le32(KJ_JOB_FLAGS & ~(KJ_JOB_FREE_ZERO | KJ_JOB_TRIM | KJ_JOB_STAY));
	j.level = kj_put_le32(0);
	is(check(), KJ_OK, "swsusp, lzo, zero pages by flag");
	j.format = kj_put_le32(0);
	is(check(), KJ_ERANGE, "no format");
	j.format = kj_put_le32(KJ_DUMP_KDUMP);
	j.codec = kj_put_le32(KJ_CODEC_ZLIB);
	j.filter = kj_put_le32(31);
	is(check(), KJ_OK, "kdump, zlib, filter 31");
	j.format = kj_put_le32(KJ_DUMP_ELF);
	j.filter = kj_put_le32(16);
	is(check(), KJ_OK, "ELF, filter 16");
	j.format = kj_put_le32(KJ_DUMP_KDUMP);
	j.filter = kj_put_le32(32);
	is(check(), KJ_ERANGE, "filter 32");
	j.filter = kj_put_le32(16);
	is(check(), KJ_ERANGE, "an image with a filter");
	j.format = kj_put_le32(KJ_DUMP_SWSUSP);
	j.filter = kj_put_le32(16);
	is(check(), KJ_ERANGE, "a swsusp image with one");
	j.format = kj_put_le32(5);
	is(check(), KJ_ERANGE, "format unknown");
	j.codec = kj_put_le32(KJ_CODEC_AUTO + 1);
	is(check(), KJ_ERANGE, "codec unknown");
	j.level = kj_put_le32(1001);
	is(check(), KJ_ERANGE, "level 1001");
	j.level = kj_put_le32(0x80000000u);
	is(check(), KJ_ERANGE, "level -2^31");
	j.workers = kj_put_le32(1025);
	is(check(), KJ_ERANGE, "1025 workers");
	j.deadline = kj_put_le32(~0u);
	is(check(), KJ_ERANGE, "deadline of a century");
	j.flags = kj_put_le32(KJ_JOB_FLAGS + 1);
	is(check(), KJ_ERANGE, "unknown flag");
	j.flags = kj_put_le32(KJ_JOB_FREE_ZERO | KJ_JOB_FREE_POISON);
	is(check(), KJ_ERANGE, "free pages of two kinds");
	j.flags = kj_put_le32(KJ_JOB_STAY);
	is(check(), KJ_ERANGE, "a hibernation after which B stays");
	j.mode = kj_put_le32(KJ_MODE_SNAPSHOT);
	j.flags = kj_put_le32(KJ_JOB_STAY);
	is(check(), KJ_OK, "a snapshot after which it does");
	j.flags = kj_put_le32(KJ_JOB_REBOOT);
	is(check(), KJ_OK, "known flag");
	j.reserved[sizeof(j.reserved) - 1] = 1;
	is(check(), KJ_ERANGE, "reserved byte in use");
	j.prints.n = kj_put_le32(1);
	is(check(), KJ_ERANGE, "a file system of no kind");
	j.prints.n = kj_put_le32(1);
	j.prints.fs[0].kind = kj_put_le32(KJ_PRINT_XFS);
	is(check(), KJ_OK, "a file system");
	j.prints.n = kj_put_le32(1);
	j.prints.fs[0].kind = kj_put_le32(KJ_PRINT_XFS);
	j.prints.fs[0].sum = kj_put_le64(1);
	is(check(), KJ_ERANGE, "whose sum A knows already");
	j.nextents = kj_put_le32(0);
	is(check(), KJ_ERANGE, "no extents");
	j.nextents = kj_put_le32(0);
	j.mode = kj_put_le32(KJ_MODE_TEST);
	is(check(), KJ_OK, "no extents in a test");
	j.nextents = kj_put_le32(KJ_JOB_EXTENTS + 1);
	is(check(), KJ_ERANGE, "too many extents");
}

/* A target of @size bytes, whose extent list is at @list of a device of SIZE. */
static enum kj_err parts(uint64_t list, uint64_t sum, uint64_t size)
{
	good_job();
	j.list = kj_put_le64(list);
	j.list_sum = kj_put_le64(sum);
	j.list_size = kj_put_le64(size);
	if (kj_target_usable(size))
		j.extent[0].len = kj_put_le64(kj_target_usable(size));
	return check();
}

static void test_list(void)
{
	is(parts(8192, 77, SIZE / 2), KJ_OK, "an extent list");
	is(parts(SIZE - 4096, 77, SIZE / 2), KJ_OK, "in the last block");
	is(parts(SIZE, 77, SIZE / 2), KJ_ERANGE, "behind the device");
	is(parts(8192 + 512, 77, SIZE / 2), KJ_ERANGE, "within a block");
	is(parts(8192, 77, SIZE / 2 + 512), KJ_ERANGE, "a target of no whole blocks");
	is(parts(8192, 77, SIZE + 4096), KJ_ERANGE, "larger than the device");
	is(parts(8192, 77, 8192), KJ_ERANGE, "too small for a label");
	is(parts(0, 77, 0), KJ_ERANGE, "the sum of no list");
	is(parts(0, 0, SIZE / 2), KJ_ERANGE, "the size of no list");
	good_job();
	is(kj_job_target_size(&j), SIZE, "size of a whole device");
	j.list = kj_put_le64(4096);
	j.list_size = kj_put_le64(SIZE / 4);
	is(kj_job_target_size(&j), SIZE / 4, "size of a part");
	j.list_size = kj_put_le64(SIZE / 2);
	is(check(), KJ_ERANGE, "extents behind its end");
}

static enum kj_err extent(uint64_t off, uint64_t len)
{
	good_job();
	j.extent[0].off = kj_put_le64(off);
	j.extent[0].len = kj_put_le64(len);
	return check();
}

static void test_extents(void)
{
	is(extent(0, 0), KJ_ERANGE, "empty extent");
	is(extent(512, 4096), KJ_ERANGE, "offset unaligned");
	is(extent(0, 4095), KJ_ERANGE, "length unaligned");
	is(extent(0, kj_target_usable(SIZE) + 4096), KJ_ERANGE, "over the record");
	is(extent(SIZE, 4096), KJ_ERANGE, "behind the device");
	is(extent(4096, ~0ull << 12), KJ_ERANGE, "overflow");
	j.dev_size = kj_put_le64(0);
	is(check(), KJ_ERANGE, "device size 0");
	for (unsigned int i = 0; i < KJ_JOB_EXTENTS; i++)
		j.extent[i] = (struct kj_le_extent){ kj_put_le64((63 - i) * 8192), kj_put_le64(8192) };
	j.nextents = kj_put_le32(KJ_JOB_EXTENTS);
	is(check(), KJ_OK, "64 touching extents, in any order");
	for (unsigned int i = 0; i < KJ_JOB_EXTENTS; i++)
		j.extent[i] = (struct kj_le_extent){ kj_put_le64((63 - i) * 8192), kj_put_le64(8192) };
	j.extent[63].len = kj_put_le64(8192 + 4096);
	j.nextents = kj_put_le32(KJ_JOB_EXTENTS);
	is(check(), KJ_ERANGE, "two of them overlap");
}

static void test_mbox(void)
{
	static struct kj_le_mbox m;

	is(kj_mbox_check(&m, nonce), KJ_EMAGIC, "mailbox: zeros");
	memcpy(m.nonce, nonce, 16);
	kj_block_seal(&m, KJ_MBOX_MAGIC);
	is(kj_mbox_check(&m, nonce), KJ_OK, "mailbox: good");
	is(kj_mbox_check(&m, other), KJ_EMISMATCH, "mailbox: another nonce");
	m.version = kj_put_le32(9);
	is(kj_mbox_check(&m, nonce), KJ_EVERSION, "mailbox: version 9");
	kj_block_seal(&m, KJ_MBOX_MAGIC);
	m.result.b[0] = 1;
	is(kj_mbox_check(&m, nonce), KJ_ECRC, "mailbox: changed");
	memset(m.text, 'x', sizeof(m.text));
	kj_block_seal(&m, KJ_MBOX_MAGIC);
	is(kj_mbox_check(&m, nonce), KJ_EFORMAT, "mailbox: text without end");
	m.text[255] = 0;
	memset(m.who, 'x', sizeof(m.who));
	kj_block_seal(&m, KJ_MBOX_MAGIC);
	is(kj_mbox_check(&m, nonce), KJ_EFORMAT, "mailbox: release without end");
}

static void test_places(void)
{
	is(kj_label_offset(SIZE), SIZE - 4096, "label");
	is(kj_record_offset(SIZE), SIZE - 8192, "record");
	is(kj_target_usable(SIZE), SIZE - 8192, "usable");
	is(kj_label_offset(SIZE + 4095), SIZE - 4096, "a device of no whole number of blocks");
	is(kj_target_usable(12287), 0, "too small");
	is(kj_label_offset(0), 0, "empty");
	is(kj_target_usable(12288), 4096, "the smallest one");
	is(kj_target_usable(UINT64_MAX), 0, "no such device");
}

int main(void)
{
	test_blocks();
	test_job();
	test_kdump_only();
	test_list();
	test_key();
	test_crypt();
	test_extents();
	test_mbox();
	test_places();
	is_str(kj_mode_name(KJ_MODE_SNAPSHOT), "snapshot", "name of a mode");
	is_str(kj_mode_name(77), "unknown", "name of no mode");
	is_str(kj_how_name(KJ_HOW_S5), "s5", "name of a way");
	is_str(kj_record_name(KJ_REC_LOST), "lost", "name of a state");
	is_str(kj_record_name(~0u), "unknown", "name of no state");
	return tap_done();
}
