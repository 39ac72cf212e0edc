// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * core/kdump: layouts, headers there and back, each way to lie in them, and the flattened stream.
 */
#include "core/kdump.h"
#include "tap.h"

static uint8_t buf[KJ_KDUMP_HEAD];
static struct kj_kdump k, back;

static void good(void)
{
	memset(&k, 0, sizeof(k));
	k.max_mapnr = 786394;
	k.notes_size = 5992;
	is(kj_kdump_layout(&k), KJ_OK, "layout");
	k.level = 31;
	k.ncpus = 2;
	k.time = 1795381256;
	k.phys_base = 0x12000000;
	k.vi_off = k.notes_off + 400;
	k.vi_size = 3000;
	k.status = KJ_KDUMP_LZO;
	strcpy(k.uts[KJ_UTS_SYSNAME], "Linux");
	memset(k.uts[KJ_UTS_VERSION], 'v', KJ_UTS_LEN - 1);
	kj_kdump_put(&k, buf);
}

/* One field of good headers set to @v. */
static enum kj_err with(size_t off, uint64_t v, unsigned int len, uint64_t file_size)
{
	good();
	for (unsigned int i = 0; i < len; i++)
		buf[off + i] = (uint8_t)(v >> (8 * i));
	return kj_kdump_parse(buf, sizeof(buf), file_size, &back);
}

static void test_layout(void)
{
	good();
	is(k.sub_blocks, 2, "sub header and notes");
	is(k.half, 24 * 4096, "a bitmap of 786394 pages");
	is(k.bitmap1, 3 * 4096, "first bitmap");
	is(k.bitmap2, 27 * 4096, "second bitmap");
	is(k.desc, 51 * 4096, "descriptors");
	k.notes_size = 4096 - 104;
	is(kj_kdump_layout(&k), KJ_OK, "notes that just fit");
	is(k.sub_blocks, 1, "one block");
	k.notes_size++;
	is(kj_kdump_layout(&k), KJ_OK, "one byte more");
	is(k.sub_blocks, 2, "two blocks");
	k.max_mapnr = 32768;
	is(kj_kdump_layout(&k), KJ_OK, "a whole block of bits");
	is(k.half, 4096, "is one block");
	k.max_mapnr = 32769;
	is(kj_kdump_layout(&k), KJ_OK, "a bit more");
	is(k.half, 8192, "is two");
	k.max_mapnr = 0;
	is(kj_kdump_layout(&k), KJ_ERANGE, "no memory");
	k.max_mapnr = KJ_KDUMP_PFN_MAX + 1;
	is(kj_kdump_layout(&k), KJ_ERANGE, "more than there can be");
	k.max_mapnr = 1;
	k.notes_size = KJ_KDUMP_NOTES_MAX + 1;
	is(kj_kdump_layout(&k), KJ_ERANGE, "too many notes");
}

static void test_bytes(void)
{
	good();
	ok(!memcmp(buf, "KDUMP   \6\0\0\0Linux", 17), "signature, version, sysname");
	ok(!memcmp(buf + 416, "\0\0\0\0\0\0\0\0\2\0\0\0\0\20\0\0\2\0\0\0\60\0\0\0", 24),
	   "no microseconds, status, block size, sub header, bitmaps");
	is(buf[460], 2, "CPUs");
	is(buf[4096 + 8], 31, "level");
	is(kj_kdump_parse(buf, sizeof(buf), 1 << 20, &back), KJ_OK, "parse");
	ok(back.max_mapnr == k.max_mapnr && back.desc == k.desc && back.half == k.half &&
		   back.vi_off == k.vi_off && back.vi_size == k.vi_size &&
		   back.notes_off == k.notes_off && back.notes_size == k.notes_size &&
		   back.phys_base == k.phys_base && back.status == k.status &&
		   back.level == 31 && back.ncpus == 2 && back.time == k.time,
	   "the same numbers");
	ok(!memcmp(back.uts, k.uts, sizeof(k.uts)), "the same names");
	k.max_mapnr = KJ_KDUMP_PFN_MAX;
	is(kj_kdump_layout(&k), KJ_OK, "the largest machine");
	kj_kdump_put(&k, buf);
	ok(!memcmp(buf + 440, "\377\377\377\377", 4), "32-bit count saturates");
	is(kj_kdump_parse(buf, sizeof(buf), 0, &back), KJ_OK, "parse the largest");
	is(back.max_mapnr, KJ_KDUMP_PFN_MAX, "its pages");
}

static void test_lies(void)
{
	good();
	is(kj_kdump_parse(buf, sizeof(buf) - 1, 0, &back), KJ_ETRUNC, "a byte short");
	is(kj_kdump_parse(buf, 4, 0, &back), KJ_ETRUNC, "four bytes");
	is(with(0, 'X', 1, 0), KJ_EMAGIC, "signature");
	is(kj_kdump_parse(buf, 100, 0, &back), KJ_EMAGIC, "signature, short");
	is(with(8, 0, 4, 0), KJ_EVERSION, "version 0");
	is(with(8, 8, 4, 0), KJ_EVERSION, "version 8");
	is(with(8, 7, 4, 0), KJ_OK, "version 7");
	is(with(428, 8192, 4, 0), KJ_EUNSUPP, "block size");
	is(with(432, 0, 4, 0), KJ_ERANGE, "no sub header");
	is(with(432, 0x7fffffff, 4, 0), KJ_ERANGE, "a huge one");
	is(with(436, 49, 4, 0), KJ_EFORMAT, "odd bitmaps");
	is(with(436, 50, 4, 0), KJ_EFORMAT, "larger bitmaps than pages");
	is(with(436, 46, 4, 0), KJ_EFORMAT, "smaller ones");
	ok(!kj_kdump_is_part(buf), "no part of a split dump");
	is(with(4096 + 12, 1, 4, 0), KJ_EUNSUPP, "part of a split dump");
	ok(kj_kdump_is_part(buf), "known as one");
	is(with(4096 + 96, 0, 8, 0), KJ_ERANGE, "no pages");
	is(with(4096 + 96, UINT64_MAX, 8, 0), KJ_ERANGE, "too many pages");
	is(with(4096 + 32, 5000, 8, 0), KJ_OK, "VMCOREINFO elsewhere in the notes");
	is(with(4096 + 32, 4100, 8, 0), KJ_EFORMAT, "VMCOREINFO before the notes");
	is(with(4096 + 40, 5993, 8, 0), KJ_EFORMAT, "VMCOREINFO longer than the notes");
	is(with(4096 + 48, UINT64_MAX, 8, 0), KJ_ERANGE, "notes at the end of numbers");
	is(with(4096 + 48, 100, 8, 0), KJ_ERANGE, "notes in the header");
	is(with(4096 + 56, 1 << 27, 8, 0), KJ_ERANGE, "too long notes");
	is(with(4096 + 56, 9000, 8, 0), KJ_EFORMAT, "notes that reach into the bitmaps");
	is(with(4096 + 64, UINT64_MAX, 8, 0), KJ_OK, "no erase info, wherever");
	is(back.erase_off, 0, "is nowhere");
	is(with(4096 + 72, 10, 8, 0), KJ_ERANGE, "erase info in the header");
	k.erase_off = 1 << 20;
	k.erase_size = 40;
	kj_kdump_put(&k, buf);
	is(kj_kdump_parse(buf, sizeof(buf), 1 << 20, &back), KJ_OK, "the file ends before erase info");
	ok(back.erase_off == 1 << 20 && back.erase_size == 40, "where it was");
	is(with(0, 'K', 1, 51 * 4096), KJ_OK, "the file ends with the bitmaps");
	is(with(0, 'K', 1, 51 * 4096 - 1), KJ_ETRUNC, "the file ends in the bitmaps");
	is(with(0, 'K', 1, 9000), KJ_ETRUNC, "the file ends in the notes");
}

static struct kj_le_page_desc desc(uint64_t off, uint32_t size, uint32_t flags)
{
	return (struct kj_le_page_desc){ kj_put_le64(off), kj_put_le32(size), kj_put_le32(flags),
					 kj_put_le64(0) };
}

static int desc_ok(uint64_t off, uint32_t size, uint32_t flags)
{
	const struct kj_le_page_desc d = desc(off, size, flags);

	return kj_kdump_desc_ok(&back, &d);
}

static void test_desc(void)
{
	good();
	is(kj_kdump_parse(buf, sizeof(buf), 0, &back), KJ_OK, "parse");
	ok(desc_ok(back.desc, 4096, 0), "a stored page");
	ok(desc_ok(1ull << 40, 17, KJ_KDUMP_ZSTD), "a packed page");
	ok(!desc_ok(back.desc - 1, 4096, 0), "before the descriptors");
	ok(!desc_ok(0, 0, 0), "a lost page");
	ok(!desc_ok(back.desc, 4095, 0), "stored, but short");
	ok(!desc_ok(back.desc, 4097, KJ_KDUMP_LZO), "packed, but long");
	ok(!desc_ok(back.desc, 100, KJ_KDUMP_LZO | KJ_KDUMP_ZLIB), "two codecs");
	ok(!desc_ok(back.desc, 100, 0x80), "an unknown codec");
	ok(!desc_ok(back.desc, 4096, 0x80), "as large as a page, of an unknown codec");
	ok(!desc_ok(UINT64_MAX - 4, 100, KJ_KDUMP_LZO), "a negative offset");
}

static void test_flat(void)
{
	static uint8_t head[KJ_FLAT_HEAD];
	uint8_t rec[KJ_FLAT_RECORD];
	uint64_t off = 1, size = 2;

	kj_flat_head(head);
	ok(!memcmp(head, "makedumpfile\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\1\0", 33), "head");
	is(kj_flat_parse(head, sizeof(head)), KJ_OK, "parse");
	is(kj_flat_parse(head, 31), KJ_ETRUNC, "short");
	head[24] = 1;
	is(kj_flat_parse(head, sizeof(head)), KJ_EVERSION, "version");
	head[0] = 'M';
	is(kj_flat_parse(head, sizeof(head)), KJ_EMAGIC, "magic");
	kj_flat_record(rec, 0x123456789aull, 4096);
	ok(!memcmp(rec, "\0\0\0\x12\x34\x56\x78\x9a\0\0\0\0\0\0\20\0", 16), "record");
	is(kj_flat_next(rec, &off, &size), KJ_OK, "read it");
	ok(off == 0x123456789aull && size == 4096, "its numbers");
	kj_flat_end(rec);
	is(kj_flat_next(rec, &off, &size), KJ_ENOTFOUND, "end");
	kj_flat_record(rec, 0, 0);
	is(kj_flat_next(rec, &off, &size), KJ_ERANGE, "an empty record");
	kj_flat_record(rec, 1, INT64_MAX);
	is(kj_flat_next(rec, &off, &size), KJ_ERANGE, "behind the end of numbers");
	kj_flat_record(rec, UINT64_MAX, 1);
	is(kj_flat_next(rec, &off, &size), KJ_ERANGE, "half an end");
}

int main(void)
{
	test_layout();
	test_bytes();
	test_lies();
	test_desc();
	test_flat();
	return tap_done();
}
