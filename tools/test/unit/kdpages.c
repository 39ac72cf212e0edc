// SPDX-License-Identifier: GPL-2.0-or-later
/* kdfile and kdpages: streams out of order, twice written, cut; pages lost, damaged, of each codec. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd/lib/kdpages.h"
#include "cmd/lib/kdread.h"
#include "cmd/lib/pagecodec.h"
#include "core/le.h"
#include "sys/compat.h"
#include "sys/io.h"
#include "tap.h"

#define SIZE (64u << 10)
#define PAGES 100u

static uint8_t dump[SIZE], back[SIZE];
static struct kj_kdump k;
static uint64_t end; /* of the dump */
static const char *why;

/* Pages 3 to 8 and 90: one of each codec, a lost one, one that is shared, one of an unknown codec. */
static void make_dump(void)
{
	static const uint32_t codec[] = { 0, KJ_KDUMP_ZLIB, KJ_KDUMP_LZO, KJ_KDUMP_ZSTD, 99, 0, 64 };
	static uint8_t page[4096], out[KJ_PACK_ROOM], work[1 << 20] __attribute__((aligned(64)));
	struct kj_le_page_desc d;
	unsigned int i;

	memset(&k, 0, sizeof(k));
	memset(dump, 0, sizeof(dump));
	k.max_mapnr = PAGES;
	if (kj_kdump_layout(&k))
		exit(1);
	kj_kdump_put(&k, dump);
	memset(dump + k.bitmap1, 0xff, PAGES / 8);
	dump[k.bitmap1 + 1] = 0x7f; /* 15 is no RAM */
	dump[k.bitmap2] = 0xf8;
	dump[k.bitmap2 + 1] = 0x01;
	dump[k.bitmap2 + 11] = 0x04;
	end = k.desc + 7 * sizeof(d);
	for (i = 0; i < 7; i++) {
		uint32_t n = 4096, c = codec[i];

		memset(&d, 0, sizeof(d));
		memset(page, (int)i + 1, sizeof(page));
		memcpy(out, page, sizeof(page));
		if (c == KJ_KDUMP_ZLIB || c == KJ_KDUMP_LZO || c == KJ_KDUMP_ZSTD) {
			struct kj_packer *p;

			memset(work, 0, sizeof(work));
			p = kj_pack_init(c, 0, work, sizeof(work));
			n = kj_pack_page(p, page, out, &c);
		}
		if (codec[i] != 99) {
			d.off = kj_put_le64(end);
			d.size = kj_put_le32(n);
			d.flags = kj_put_le32(c == 64 ? KJ_KDUMP_SNAPPY : c);
		}
		memcpy(dump + k.desc + i * sizeof(d), &d, sizeof(d));
		memcpy(dump + end, out, n);
		end += codec[i] == 99 ? 0 : n;
	}
}

static int file_of(const void *p, size_t n)
{
	int fd = kj_memfd("kd", 0);

	if (fd < 0 || kj_pwrite_full(fd, p, n, 0))
		exit(1);
	return fd;
}

static void check_pages(struct kj_kdpages *p)
{
	static uint8_t page[4096];
	unsigned int i;

	ok(!kj_kdpages_ram(p, 15) && kj_kdpages_ram(p, 14) && !kj_kdpages_ram(p, PAGES), "what is RAM");
	is(kj_kdpages_next(p, 0, 0), 15, "the first that is none");
	is(kj_kdpages_next(p, 15, 1), 16, "the next that is");
	is(kj_kdpages_next(p, 97, 1), PAGES, "no more");
	ok(!kj_kdpages_kept(p, 2) && kj_kdpages_kept(p, 3) && kj_kdpages_kept(p, 90), "what is kept");
	for (i = 3; i <= 6; i++) {
		is(kj_kdpages_read(p, i, page), 0, "a page");
		ok(page[0] == i - 2 && page[4095] == i - 2, "its bytes");
	}
	is(kj_kdpages_read(p, 4, page), 0, "backwards");
	is(page[7], 2, "its bytes");
	is(-kj_kdpages_read(p, 7, page), EIO, "a lost page");
	is(kj_kdpages_read(p, 8, page), 0, "the one behind it");
	is(page[7], 6, "its bytes");
	is(-kj_kdpages_read(p, 90, page), EIO, "a page that does not unpack");
	is(-kj_kdpages_read(p, 9, page), EIO, "a page that was left out");
}

static void test_plain(void)
{
	struct kj_kdpages *p = NULL;
	static uint8_t page[4096];
	int fd;

	make_dump();
	fd = file_of(dump, end);
	is(kj_kdpages_open(fd, end, &p, &why), 0, "open");
	check_pages(p);
	kj_kdpages_close(p);
	ok(!ftruncate(fd, (off_t)(k.desc + 7 * 24 + 100)), "cut");
	is(kj_kdpages_open(fd, k.desc + 7 * 24 + 100, &p, &why), 0, "open what is left");
	is(-kj_kdpages_read(p, 3, page), EIO, "a page that is cut");
	kj_kdpages_close(p);
	ok(!ftruncate(fd, (off_t)k.desc + 30), "cut in the descriptors");
	is(kj_kdpages_open(fd, k.desc + 30, &p, &why), 0, "open what is left");
	is(-kj_kdpages_read(p, 4, page), EIO, "a page without descriptor");
	kj_kdpages_close(p);
	is(-kj_kdpages_open(fd, k.desc - 1, &p, &why), EBADMSG, "a file that ends in the bitmaps");
	kj_kdpages_close(NULL);
	(void)close(fd);
}

/* Bits of a codec that came after us, on the @nr-th page. */
static int open_unknown(unsigned int nr, struct kj_kdpages **ret)
{
	int fd, err;

	make_dump();
	dump[k.desc + 24 * nr + 12] |= 0x80;
	fd = file_of(dump, end);
	err = kj_kdpages_open(fd, end, ret, &why);
	if (err)
		(void)close(fd);
	return err;
}

static void test_unknown(void)
{
	struct kj_kdpages *p = NULL;
	static uint8_t page[4096];

	is(-open_unknown(0, &p), EBADMSG, "the first page is of an unknown codec");
	is_str(why, "unknown compression", "that is said");
	is(-open_unknown(1, &p), EBADMSG, "the first that is packed");
	is(open_unknown(3, &p), 0, "a later one");
	is(-kj_kdpages_read(p, 6, page), EIO, "is lost");
	is(kj_kdpages_read(p, 5, page), 0, "the others are not");
	int fd = kj_kdpages_file(p)->fd;
	kj_kdpages_close(p);
	(void)close(fd);
}

/* ---- streams ---- */

static uint8_t stream[4 * SIZE];
static size_t used;

static void begin(void)
{
	kj_flat_head(stream);
	used = KJ_FLAT_HEAD;
}

static void record(uint64_t off, const void *p, size_t n)
{
	kj_flat_record(stream + used, off, n);
	memcpy(stream + used + KJ_FLAT_RECORD, p, n);
	used += KJ_FLAT_RECORD + n;
}

static void finish(void)
{
	kj_flat_end(stream + used);
	used += KJ_FLAT_RECORD;
}

static void test_order(void)
{
	struct kj_kdpages *p = NULL;
	struct kj_kdfile f;
	uint64_t at, step = 3000;
	int fd;

	make_dump();
	begin();
	for (at = end / step * step;; at -= step) {
		record(at, dump + at, at + step < end ? step : end - at);
		if (!at)
			break;
	}
	finish();
	fd = file_of(stream, used);
	is(kj_kdfile_open(&f, fd, used, &why), 0, "a stream from its end to its start");
	ok(f.flat && f.ended && f.size == end, "its size");
	is(kj_kdfile_read(&f, back, end, 0, NULL), 0, "all of it");
	ok(!memcmp(back, dump, end), "is the dump");
	is(-kj_kdfile_read(&f, back, 10, end - 9, NULL), ENODATA, "behind the end");
	kj_kdfile_close(&f);
	is(kj_kdpages_open(fd, used, &p, &why), 0, "as a dump");
	check_pages(p);
	kj_kdpages_close(p);
	(void)close(fd);
}

static void test_twice(void)
{
	static uint8_t old[SIZE], want[SIZE];
	struct kj_kdfile f;
	size_t got = 0;
	unsigned int i;
	int fd;

	memset(old, 'o', sizeof(old));
	memset(want, 'o', sizeof(want));
	memset(back, 'n', sizeof(back));
	begin();
	record(0, old, 20000);
	record(5000, back, 1000);  /* within */
	record(19000, back, 2000); /* over the end */
	record(30000, back, 10);
	record(30000, old, 10); /* the same once more */
	memset(want + 5000, 'n', 1000);
	memset(want + 19000, 'n', 2000);
	finish();
	fd = file_of(stream, used);
	is(kj_kdfile_open(&f, fd, used, &why), 0, "records that overlap");
	is(kj_kdfile_read(&f, back, 21000, 0, NULL), 0, "read");
	ok(!memcmp(back, want, 21000), "the last ones count");
	is(kj_kdfile_read(&f, back, 10, 30000, NULL), 0, "behind a gap");
	ok(!memcmp(back, want, 10), "the last one counts");
	is(kj_kdfile_read(&f, back, 9050, 20950, &got), 0, "over the gap");
	is(got, 9050, "all of them are there");
	memset(want + 21000, 0, 9000);
	ok(!memcmp(back, want + 20950, 9050), "those that nobody wrote are zeros");
	is(-kj_kdfile_read(&f, back, 20, 29995, &got), ENODATA, "behind the last");
	kj_kdfile_close(&f);
	is(kj_kdfile_open(&f, fd, used - KJ_FLAT_RECORD, &why), 0, "the same without its end");
	is(-kj_kdfile_read(&f, back, 100, 20950, &got), ENODATA, "into the gap");
	is(got, 50, "so many are there");
	kj_kdfile_close(&f);
	(void)close(fd);
	begin();
	for (i = 0; i < 9; i++)
		record(i, old, 100);
	finish();
	fd = file_of(stream, used);
	is(-kj_kdfile_open(&f, fd, used, &why), EBADMSG, "nine records over one byte");
	is_str(why, "too many records for the same bytes", "says so");
	(void)close(fd);
}

/* As makedumpfile writes it: of its headers what they hold, one behind the other. */
static void test_head(void)
{
	struct kj_kdread r;
	int fd;

	make_dump();
	begin();
	record(0, dump, 464);
	record(4096, dump + 4096, 104);
	record(k.bitmap1, dump + k.bitmap1, end - k.bitmap1);
	fd = file_of(stream, used);
	is(kj_kdread(fd, used, &r, &why), 0, "headers with gaps, cut");
	ok(!r.complete && r.kept == 7, "what it has");
	finish();
	if (kj_pwrite_full(fd, stream, used, 0))
		exit(1);
	is(kj_kdread(fd, used, &r, &why), 0, "headers with gaps");
	ok(r.complete && r.kept == 7, "what it has");
	(void)close(fd);
	begin();
	record(0, "\177ELF\2\1\1", 8);
	record(8192, dump, 100);
	finish();
	fd = file_of(stream, used);
	is(-kj_kdread(fd, used, &r, &why), EBADMSG, "an ELF core as a stream");
	is_str(why, "a stream of an ELF core: make a file of it first, by makedumpfile -R", "says so");
	(void)close(fd);
}

static void test_cut(void)
{
	struct kj_kdread r;
	struct kj_kdfile f;
	uint8_t rec[KJ_FLAT_RECORD];
	int fd;

	make_dump();
	begin();
	record(0, dump, k.desc);
	record(k.desc, dump + k.desc, end - k.desc);
	fd = file_of(stream, used);
	is(kj_kdread(fd, used, &r, &why), 0, "a stream without end");
	ok(!r.complete && r.flat && r.kept == 7, "is not complete");
	is(kj_kdread(fd, used - 100, &r, &why), 0, "cut in a record");
	is(-kj_kdread(fd, KJ_FLAT_HEAD + 16 + k.bitmap2 + 1, &r, &why), EBADMSG, "cut in the bitmaps");
	is(-kj_kdread(fd, KJ_FLAT_HEAD + 16 + 100, &r, &why), EBADMSG, "cut in the header");
	is_str(why, "headers are cut", "says so");
	is(-kj_kdfile_open(&f, fd, KJ_FLAT_HEAD + 15, &why), EBADMSG, "cut before the first record");
	is(-kj_kdfile_open(&f, fd, KJ_FLAT_HEAD + 16, &why), EBADMSG, "cut before its bytes");
	finish();
	if (kj_pwrite_full(fd, stream, used, 0))
		exit(1);
	is(kj_kdread(fd, used, &r, &why), 0, "with its end");
	ok(r.complete, "it is complete");
	kj_flat_end(rec);
	(void)kj_pwrite_full(fd, rec, sizeof(rec), KJ_FLAT_HEAD);
	is(-kj_kdfile_open(&f, fd, used, &why), EBADMSG, "nothing but an end");
	is_str(why, "an empty stream", "says so");
	memset(rec, 0, sizeof(rec));
	(void)kj_pwrite_full(fd, rec, sizeof(rec), KJ_FLAT_HEAD);
	is(-kj_kdfile_open(&f, fd, used, &why), EBADMSG, "an empty record");
	is_str(why, "a record that cannot be", "says so");
	(void)close(fd);
}

int main(void)
{
	test_plain();
	test_unknown();
	test_order();
	test_twice();
	test_head();
	test_cut();
	return tap_done();
}
