// SPDX-License-Identifier: GPL-2.0-or-later
/* initrd.h: archives plain and packed, one behind the other, and each of them cut short. */
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

#include "core/initrd.h"
#include "tap.h"

static uint8_t plain[64 << 10], packed[96 << 10], both[256 << 10];

static size_t entry(uint8_t *to, size_t at, const char *name, size_t size, int fill)
{
	const size_t n = strlen(name) + 1;

	snprintf((char *)to + at, 128, "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x", 1u, 0100644u, 0u, 0u,
		 1u, 0u, (unsigned)size, 0u, 0u, 0u, 0u, (unsigned)n, 0u);
	memcpy(to + at + 110, name, n);
	at = (at + 110 + n + 3) & ~(size_t)3;
	memset(to + at, fill, size);
	return (at + size + 3) & ~(size_t)3;
}

/* Two files; returns the bytes of the archive. */
static size_t archive(uint8_t *to, size_t size)
{
	size_t at = entry(to, 0, "init", size, 'a');

	at = entry(to, at, "dev", 0, 0);
	return entry(to, at, "TRAILER!!!", 0, 0);
}

static const uint64_t headers = 3 * 110 + 5 + 4 + 11;

static void measures(const uint8_t *buf, size_t len, uint64_t want, uint32_t bound, const char *what)
{
	struct kj_initrd r = { 77, 77 };
	enum kj_err e = kj_initrd_measure(buf, len, &r);

	if (!ok(!e && r.unpacked == want && r.bound == bound, "%s", what))
		printf("# error %d, %llu, want %llu, bound %u\n", (int)e, (unsigned long long)r.unpacked,
		       (unsigned long long)want, r.bound);
}

static void refuses(const uint8_t *buf, size_t len, enum kj_err want, const char *what)
{
	struct kj_initrd r = { 77, 77 };
	enum kj_err e = kj_initrd_measure(buf, len, &r);

	if (!ok(e == want && r.unpacked == 77 && r.bound == 77, "%s", what))
		printf("# error %d, want %d\n", (int)e, (int)want);
}

/* Every shorter file is refused, or, where an archive may end, tells less. */
static void truncations(const uint8_t *buf, size_t len, uint64_t whole, const char *what)
{
	struct kj_initrd r;
	int good = 1;

	for (size_t n = 0; n < len; n++) {
		uint8_t *copy = malloc(n + 1);
		enum kj_err e;

		memcpy(copy, buf, n);
		/* its own allocation, so that reading behind it is found */
		copy = realloc(copy, n ? n : 1);
		e = kj_initrd_measure(copy, n, &r);
		good &= e || r.unpacked <= whole;
		free(copy);
	}
	ok(good, "%s: no truncation tells more", what);
}

static void test_cpio(void)
{
	size_t n = archive(plain, 5000);

	measures(plain, n, headers + 5000, 0, "an archive that is not packed");
	truncations(plain, n, headers + 5000, "cpio");
	plain[5] = '3';
	refuses(plain, n, KJ_EFORMAT, "an old format");
	plain[5] = '1';
	plain[6 + 6 * 8] = 'x';
	refuses(plain, n, KJ_EFORMAT, "a size that is no number");
	archive(plain, 5000);
	memset(plain + 6 + 6 * 8, 'f', 8);
	refuses(plain, n, KJ_ETRUNC, "a size behind the end");
	memset(both, 0, 1024);
	n = archive(both + 512, 100);
	memset(both + 512 + n, 0, 512);
	measures(both, 1024 + n, headers + 100, 0, "zeros before and behind");
	refuses(both, 512, KJ_ENOTFOUND, "nothing but zeros");
	refuses(both, 0, KJ_ENOTFOUND, "nothing");
	refuses((const uint8_t *)"BZh91AY", 7, KJ_EUNSUPP, "bzip2");
}

static void test_zstd(void)
{
	const size_t n = archive(plain, 40000);
	size_t z = ZSTD_compress(packed, sizeof(packed), plain, n, 3), at;
	ZSTD_CCtx *c = ZSTD_createCCtx();

	measures(packed, z, n, 0, "zstd, whose header says");
	truncations(packed, z, n, "zstd");
	packed[4] |= 8;
	refuses(packed, z, KJ_EUNSUPP, "a reserved bit");
	memcpy(both, plain, n);
	at = n;
	z = ZSTD_compress(both + at, sizeof(both) - at, plain, n, 19);
	measures(both, at + z, headers + 40000 + n, 0, "plain, then zstd");
	memmove(both + at + z, both + at, z);
	measures(both, at + 2 * z, headers + 40000 + 2 * n, 0, "and two frames");

	ZSTD_CCtx_setParameter(c, ZSTD_c_contentSizeFlag, 0);
	ZSTD_CCtx_setParameter(c, ZSTD_c_checksumFlag, 1);
	z = ZSTD_compress2(c, packed, sizeof(packed), plain, n);
	measures(packed, z, 128 << 10, 1, "zstd of a pipe: a bound by its blocks");
	truncations(packed, z, 128 << 10, "zstd of a pipe");
	for (uint32_t i = 0, r = 1; i < sizeof(plain); i++) {
		r = r * 1664525 + 1013904223;
		plain[i] = (uint8_t)(r >> 24);
	}
	z = ZSTD_compress2(c, packed, sizeof(packed), plain, 3000);
	measures(packed, z, 3000, 1, "raw blocks say what they are");
	ZSTD_freeCCtx(c);

	/* one byte 128 KiB long: a block of 4 bytes; and a header that says more than the blocks can hold */
	static const uint8_t rle[] = { 0x28, 0xb5, 0x2f, 0xfd, 0xa0, 0, 0, 2, 0, 0x03, 0, 0x10, 'x' };
	static const uint8_t lies[] = { 0x28, 0xb5, 0x2f, 0xfd, 0xa0, 1, 0, 2, 0, 0x03, 0, 0x10, 'x' };
	static const uint8_t odd[] = { 0x28, 0xb5, 0x2f, 0xfd, 0x20, 1, 0x07, 0, 0 };

	measures(rle, sizeof(rle), 128 << 10, 0, "a byte many times");
	refuses(lies, sizeof(lies), KJ_EFORMAT, "a header that says more than the blocks hold");
	refuses(odd, sizeof(odd), KJ_EFORMAT, "a block of no kind");
}

static void test_gzip(void)
{
	const size_t n = archive(plain, 40000);
	z_stream z = { 0 };

	deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
	z.next_in = plain;
	z.avail_in = (uInt)n;
	z.next_out = packed;
	z.avail_out = sizeof(packed);
	is((unsigned long long)deflate(&z, Z_FINISH), Z_STREAM_END, "gzip");
	measures(packed, z.total_out, n, 0, "gzip");
	refuses(packed, 18, KJ_ETRUNC, "less than gzip's frame");
	deflateEnd(&z);
}

static void test_xz(void)
{
	/* printf 'hello\n' | xz --check=crc32 */
	static const uint8_t x[] = {
		0xfd, '7', 'z', 'X', 'Z', 0, 0, 1, 0x69, 0x22, 0xde, 0x36,
		2, 0, 0x21, 1, 0x16, 0, 0, 0, 0x74, 0x2f, 0xe5, 0xa3,
		1, 0, 5, 'h', 'e', 'l', 'l', 'o', '\n', 0, 0, 0, 0x20, 0x30, 0x3a, 0x36,
		0, 1, 0x1a, 6, 0xc5, 0xea, 0xc8, 0x79,
		0x90, 0x42, 0x99, 0x0d, 1, 0, 0, 0, 0, 1, 'Y', 'Z',
	};
	uint8_t y[sizeof(x)];
	const size_t index = sizeof(y) - 20;

	measures(x, sizeof(x), 6, 0, "xz: six bytes in its index");
	truncations(x, sizeof(x), 6, "xz");
	memcpy(y, x, sizeof(x));
	memcpy(y + index, "\0\1\x1a\xb8\x17", 5);
	measures(y, sizeof(y), 3000, 0, "xz: a number of two bytes");
	y[index] = 1;
	refuses(y, sizeof(y), KJ_EFORMAT, "xz: no index there");
	y[index] = 0;
	y[index + 1] = 3;
	refuses(y, sizeof(y), KJ_EFORMAT, "xz: more blocks than it has room for");
	memset(y + index + 1, 0xff, 7);
	refuses(y, sizeof(y), KJ_EFORMAT, "xz: a number without an end");
	y[sizeof(y) - 6] = 0xff;
	refuses(y, sizeof(y), KJ_EFORMAT, "xz: an index larger than the file");
}

int main(void)
{
	test_cpio();
	test_zstd();
	test_gzip();
	test_xz();
	return tap_done();
}
