// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tables of encrypted devices: as the kernel writes them, every one that is none, what a job may say, and that B's
 * table is A's again.
 */
#include "core/dmcrypt.h"
#include "tap.h"

#define KEY32 "000102030405060708090a0b0c0d0e0f101112131415161718191A1b1c1d1e1f"
#define MIB (1ull << 20)

static uint8_t data[4096];
static size_t len;
static struct kj_le_dmcrypt c;
static uint64_t size;
static uint32_t major, minor;
static int held;

/* as retrieve_status() of drivers/md/dm-ioctl.c lays it out */
static void table(uint64_t start, uint64_t n, const char *type, const char *text)
{
	memset(data, 0, sizeof(data));
	memcpy(data, &start, 8);
	memcpy(data + 8, &n, 8);
	memcpy(data + 24, type, strlen(type));
	memcpy(data + 40, text, strlen(text) + 1);
	len = 40 + strlen(text) + 1;
}

static enum kj_err parse(const char *text)
{
	table(0, 2048, "crypt", text);
	return kj_dmcrypt_table(data, len, 1, &c, &size, &major, &minor, &held);
}

static void test_good(void)
{
	char text[KJ_DMCRYPT_TEXT];
	uint8_t want[32];

	for (unsigned int i = 0; i < 32; i++)
		want[i] = (uint8_t)i;
	is(parse("aes-xts-plain64 " KEY32 " 7 254:3 32768"), KJ_OK, "a table");
	is_str(c.cipher, "aes-xts-plain64", "cipher");
	is(size, MIB, "size");
	ok(major == 254 && minor == 3, "device");
	is(kj_get_le64(c.start), 32768, "start");
	is(kj_get_le64(c.iv_offset), 7, "offset of the numbers");
	is(kj_get_le32(c.sector_size), 512, "sectors");
	is(kj_get_le32(c.key_len), 32, "length of the key");
	ok(!memcmp(c.key, want, 32) && !held, "the key");
	kj_dmcrypt_params(&c, 8, 17, 0, text);
	is_str(text,
	       "aes-xts-plain64 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f 7 8:17 32768 1"
	       " sector_size:512",
	       "and as B gets it");
	kj_dmcrypt_params(&c, 8, 17, 65536, text);
	is_str(text,
	       "aes-xts-plain64 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f 135 8:17 32896 1"
	       " sector_size:512",
	       "from a block further in");
	is(parse("capi:xts(aes)-plain64 00ff 0 8:1 0 4 allow_discards sector_size:4096 iv_large_sectors"
		 " no_read_workqueue"), KJ_OK, "options");
	is(kj_get_le32(c.sector_size), 4096, "large sectors");
	is(kj_get_le32(c.flags), KJ_DMCRYPT_LARGE_IV, "numbered so");
	kj_dmcrypt_params(&c, 259, 0, 4096, text);
	is_str(text, "capi:xts(aes)-plain64 00ff 8 259:0 8 2 sector_size:4096 iv_large_sectors",
	       "what counts of them goes to B");
	is(parse("aes-xts-plain64 :64:logon:cryptsetup:3f-d0 0 254:0 32768 1 allow_discards"), KJ_OK,
	   "a key in the keyring");
	ok(held && kj_get_le32(c.key_len) == 64 && !c.key[0], "is not in the table");
	kj_dmcrypt_wipe(&c);
	is(kj_dmcrypt_check(&c, MIB), KJ_ENOTFOUND, "and nothing is there when it is wiped");
}

static void test_long(void)
{
	char text[1024] = "capi:authenc(hmac(sha256),xts(aes))-essiv:sha256-12345678901234 ";
	size_t n = strlen(text);

	for (unsigned int i = 0; i < 256; i++)
		text[n++] = 'f';
	strcpy(text + n, " 18446744073709551615 4095:1048575 18014398509481983 2 sector_size:2048 iv_large_sectors");
	is(parse(text), KJ_ERANGE, "behind any device");
	strcpy(text + n, " 18446744073709551615 4095:1048575 18014398509479935 2 sector_size:2048 iv_large_sectors");
	is(parse(text), KJ_OK, "as long as it gets");
	kj_dmcrypt_params(&c, UINT32_MAX, UINT32_MAX, UINT64_MAX - 4095, text);
	ok(strlen(text) < KJ_DMCRYPT_TEXT, "fits: %zu", strlen(text));
}

static void test_refused(void)
{
	static const struct {
		const char *text;
		enum kj_err e;
	} bad[] = {
		{ "", KJ_EFORMAT },
		{ "aes-xts-plain64", KJ_EFORMAT },
		{ "aes\x01x 00ff 0 8:1 0", KJ_EFORMAT },
		{ "aes-xts-plain64 00fg 0 8:1 0", KJ_EFORMAT },
		{ "aes-xts-plain64 00f 0 8:1 0", KJ_EUNSUPP },
		{ "aes-xts-plain64 00ff", KJ_EFORMAT },
		{ "aes-xts-plain64 00ff x 8:1 0", KJ_EFORMAT },
		{ "aes-xts-plain64 00ff 0", KJ_EFORMAT },
		{ "aes-xts-plain64 00ff 0 8 0", KJ_EFORMAT },
		{ "aes-xts-plain64 00ff 0 8: 0", KJ_EFORMAT },
		{ "aes-xts-plain64 00ff 0 8:4294967296 0", KJ_EFORMAT },
		{ "aes-xts-plain64 00ff 0 8:1", KJ_EFORMAT },
		{ "aes-xts-plain64 00ff 0 8:1 18014398509481984", KJ_EFORMAT },
		{ "aes-xts-plain64 :129:logon:x 0 8:1 0", KJ_EFORMAT },
		{ "aes-xts-plain64 :x 0 8:1 0", KJ_EFORMAT },
		{ "cipher_null-ecb - 0 8:1 0", KJ_EUNSUPP },
		{ "capi:gcm(aes)-random 00ff 0 8:1 0 1 integrity:28:aead", KJ_EUNSUPP },
		{ "aes-xts-plain64 00ff 0 8:1 0 1 something_new", KJ_EUNSUPP },
		{ "aes-xts-plain64 00ff 0 8:1 0 1", KJ_EFORMAT },
		{ "aes-xts-plain64 00ff 0 8:1 0 x", KJ_EFORMAT },
		{ "aes-xts-plain64 00ff 0 8:1 0 1 sector_size:8192", KJ_ERANGE },
		{ "aes-xts-plain64 00ff 0 8:1 0 0 more", KJ_EFORMAT },
		{ "a234567890123456789012345678901234567890123456789012345678901234 00ff 0 8:1 0", KJ_EUNSUPP },
	};
	const struct kj_le_dmcrypt before = c;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(parse(bad[i].text) == bad[i].e, "refused: %s", bad[i].text);
	ok(!memcmp(&c, &before, sizeof(c)), "and nothing is handed out");
	table(0, 2048, "linear", "8:1 0");
	is(kj_dmcrypt_table(data, len, 1, &c, &size, &major, &minor, &held), KJ_ENOTFOUND, "a linear table");
	table(0, 2048, "crypt", "aes-xts-plain64 00ff 0 8:1 0");
	is(kj_dmcrypt_table(data, len, 2, &c, &size, &major, &minor, &held), KJ_ENOTFOUND, "two targets");
	for (size_t n = 0; n < len; n++)
		if (kj_dmcrypt_table(data, n, 1, &c, &size, &major, &minor, &held) != KJ_ETRUNC)
			ok(0, "cut at %zu", n);
	table(8, 2048, "crypt", "aes-xts-plain64 00ff 0 8:1 0");
	is(kj_dmcrypt_table(data, len, 1, &c, &size, &major, &minor, &held), KJ_EFORMAT,
	   "one that does not begin at 0");
	table(0, 0, "crypt", "aes-xts-plain64 00ff 0 8:1 0");
	is(kj_dmcrypt_table(data, len, 1, &c, &size, &major, &minor, &held), KJ_ERANGE, "an empty one");
}

static void good(void)
{
	(void)parse("aes-xts-plain64 " KEY32 " 0 254:3 32768");
	c.below_size = kj_put_le64(64 * MIB);
	c.lo = kj_put_le64(4096);
	c.hi = kj_put_le64(MIB);
}

#define REFUSED(change, name) \
	do { \
		good(); \
		change; \
		is(kj_dmcrypt_check(&c, MIB), KJ_ERANGE, name); \
	} while (0)

static void test_check(void)
{
	good();
	is(kj_dmcrypt_check(&c, MIB), KJ_OK, "a good one");
	is(kj_dmcrypt_check(&c, 0), KJ_ERANGE, "of nothing");
	is(kj_dmcrypt_check(&c, MIB + 1), KJ_ERANGE, "of half a sector");
	is(kj_dmcrypt_check(&c, 48 * MIB), KJ_OK, "up to the end");
	is(kj_dmcrypt_check(&c, 48 * MIB + 512), KJ_ERANGE, "and behind it");
	REFUSED(c.below_size = kj_put_le64(0), "on nothing");
	REFUSED(c.below_size = kj_put_le64(UINT64_MAX), "on too much");
	REFUSED(c.start = kj_put_le64(UINT64_MAX), "starts behind the end");
	REFUSED(c.lo = c.hi, "nothing to write");
	REFUSED(c.lo = kj_put_le64(512), "from the middle of a block");
	REFUSED(c.hi = kj_put_le64(MIB + 4096), "to write behind the end");
	REFUSED(c.hi = kj_put_le64(8192 + 512), "up to the middle of a block");
	REFUSED(c.sector_size = kj_put_le32(256), "small sectors");
	REFUSED(c.sector_size = kj_put_le32(8192), "large sectors");
	REFUSED(c.sector_size = kj_put_le32(1536), "odd sectors");
	REFUSED(c.flags = kj_put_le32(2), "an unknown flag");
	REFUSED(c.reserved = kj_put_le32(1), "a reserved byte");
	REFUSED(c.key_len = kj_put_le32(0), "no key");
	REFUSED(c.key_len = kj_put_le32(129), "too long a key");
	REFUSED(c.key_len = kj_put_le32(16), "more key than it says");
	REFUSED(memset(c.cipher, 'a', sizeof(c.cipher)), "a cipher without its end");
	REFUSED(memset(c.cipher, 0, sizeof(c.cipher)), "no cipher");
	REFUSED(c.cipher[3] = ' ', "two words of cipher");
	REFUSED(c.cipher[40] = 'x', "something behind the cipher");
}

int main(void)
{
	test_good();
	test_long();
	test_refused();
	test_check();
	return tap_done();
}
