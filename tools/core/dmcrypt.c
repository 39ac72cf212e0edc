// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tables of dm-crypt. It must never accept an option that it does not know: what B writes then would be no use to A.
 */
#include "core/dmcrypt.h"

#include <string.h>

#include "core/dmtable.h"
#include "core/parse.h"

#define SECTORS_MAX ((uint64_t)INT64_MAX >> 9)
#define SECTOR_MAX 4096u

/* The words of a target's parameters. */
struct words {
	const char *at;
	size_t len;	/* of the word that begins there */
};

/* strlen() is not for core to call */
static size_t length(const char *s)
{
	size_t n = 0;

	while (s[n])
		n++;
	return n;
}

static int next_word(struct words *w)
{
	w->at += w->len;
	while (*w->at == ' ')
		w->at++;
	for (w->len = 0; w->at[w->len] && w->at[w->len] != ' '; w->len++)
		;
	return w->len != 0;
}

static int is(const struct words *w, const char *text)
{
	return w->len == length(text) && !memcmp(w->at, text, w->len);
}

static int number(struct words *w, uint64_t max, uint64_t *ret)
{
	return next_word(w) && !kj_parse_u64_in(w->at, w->len, 0, max, ret);
}

static int digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' :
	       c >= 'a' && c <= 'f' ? c - 'a' + 10 :
	       c >= 'A' && c <= 'F' ? c - 'A' + 10 :
				      -1;
}

/* Printable, and not what one that is looked at would take for another word. */
static int is_cipher(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (s[i] <= ' ' || s[i] > '~')
			return 0;
	return len != 0;
}

/* Digits, or ":BYTES:TYPE:NAME" of a key in the keyring. */
static enum kj_err key(const struct words *w, struct kj_le_dmcrypt *ret, int *held)
{
	uint64_t bytes;
	size_t n;

	*held = w->at[0] == ':';
	if (*held) {
		for (n = 1; n < w->len && w->at[n] != ':'; n++)
			;
		if (kj_parse_u64_in(w->at + 1, n - 1, 1, KJ_DMCRYPT_KEY, &bytes))
			return KJ_EFORMAT;
		ret->key_len = kj_put_le32((uint32_t)bytes);
		return KJ_OK;
	}
	/* "-": none at all, for ciphers that do not encrypt */
	if (w->len % 2 || w->len / 2 > KJ_DMCRYPT_KEY)
		return KJ_EUNSUPP;
	for (n = 0; n < w->len; n += 2) {
		const int high = digit(w->at[n]), low = digit(w->at[n + 1]);

		if (high < 0 || low < 0)
			return KJ_EFORMAT;
		ret->key[n / 2] = (uint8_t)(high << 4 | low);
	}
	ret->key_len = kj_put_le32((uint32_t)(w->len / 2));
	return KJ_OK;
}

/* "MAJOR:MINOR" */
static int device(struct words *w, uint32_t *major, uint32_t *minor)
{
	uint64_t a, b;
	size_t n;

	if (!next_word(w))
		return 0;
	for (n = 0; n < w->len && w->at[n] != ':'; n++)
		;
	if (n == w->len || kj_parse_u64_in(w->at, n, 0, UINT32_MAX, &a) ||
	    kj_parse_u64_in(w->at + n + 1, w->len - n - 1, 0, UINT32_MAX, &b))
		return 0;
	*major = (uint32_t)a;
	*minor = (uint32_t)b;
	return 1;
}

/* What only says how fast it is to be, or what is passed on, is nothing to B. */
static int is_harmless(const struct words *w)
{
	static const char *const name[] = { "allow_discards", "same_cpu_crypt", "submit_from_crypt_cpus",
					    "no_read_workqueue", "no_write_workqueue", "high_priority" };

	for (size_t i = 0; i < sizeof(name) / sizeof(name[0]); i++)
		if (is(w, name[i]))
			return 1;
	return 0;
}

static enum kj_err options(struct words *w, struct kj_le_dmcrypt *ret)
{
	static const char size[] = "sector_size:";
	const size_t skip = sizeof(size) - 1;
	uint64_t n = 0, sector = 512;
	uint32_t flags = 0;

	if (next_word(w) && kj_parse_u64_in(w->at, w->len, 0, 64, &n))
		return KJ_EFORMAT;
	for (; n; n--) {
		if (!next_word(w))
			return KJ_EFORMAT;
		if (w->len > skip && !memcmp(w->at, size, skip)) {
			if (kj_parse_u64_in(w->at + skip, w->len - skip, 512, SECTOR_MAX, &sector))
				return KJ_ERANGE;
		} else if (is(w, "iv_large_sectors")) {
			flags |= KJ_DMCRYPT_LARGE_IV;
		} else if (!is_harmless(w)) {
			return KJ_EUNSUPP;
		}
	}
	ret->sector_size = kj_put_le32((uint32_t)sector);
	ret->flags = kj_put_le32(flags);
	return next_word(w) ? KJ_EFORMAT : KJ_OK;
}

static enum kj_err parse(const char *text, struct kj_le_dmcrypt *ret, uint32_t *major, uint32_t *minor, int *held)
{
	struct words w = { text, 0 };
	uint64_t iv, start;
	enum kj_err e;

	if (!next_word(&w) || !is_cipher(w.at, w.len))
		return KJ_EFORMAT;
	if (w.len >= sizeof(ret->cipher))
		return KJ_EUNSUPP;
	memcpy(ret->cipher, w.at, w.len);
	if (!next_word(&w))
		return KJ_EFORMAT;
	e = key(&w, ret, held);
	if (e)
		return e;
	if (!number(&w, UINT64_MAX, &iv) || !device(&w, major, minor) || !number(&w, SECTORS_MAX, &start))
		return KJ_EFORMAT;
	ret->iv_offset = kj_put_le64(iv);
	ret->start = kj_put_le64(start);
	return options(&w, ret);
}

enum kj_err kj_dmcrypt_table(const uint8_t *data, size_t len, uint32_t count, struct kj_le_dmcrypt *ret, uint64_t *size,
			     uint32_t *major, uint32_t *minor, int *held)
{
	struct kj_le_dmcrypt c;
	struct kj_dm_only only;
	uint32_t a = 0, b = 0;
	int h = 0;
	enum kj_err e = kj_dm_only(data, len, count, "crypt", &only);

	if (e)
		return e;
	memset(&c, 0, sizeof(c));
	e = parse(only.text, &c, &a, &b, &h);
	if (!e && (!only.sectors || only.sectors > SECTORS_MAX - kj_get_le64(c.start)))
		e = KJ_ERANGE;
	if (!e) {
		*ret = c;
		*size = only.sectors << 9;
		*major = a;
		*minor = b;
		*held = h;
	}
	kj_dmcrypt_wipe(&c);
	return e;
}

void kj_dmcrypt_wipe(struct kj_le_dmcrypt *c)
{
	volatile uint8_t *p = (volatile uint8_t *)c;

	for (size_t i = 0; i < sizeof(*c); i++)
		p[i] = 0;
}

static int all_zero(const void *at, size_t len)
{
	const uint8_t *p = at;

	for (size_t i = 0; i < len; i++)
		if (p[i])
			return 0;
	return 1;
}

enum kj_err kj_dmcrypt_check(const struct kj_le_dmcrypt *c, uint64_t size)
{
	const uint64_t below = kj_get_le64(c->below_size), start = kj_get_le64(c->start);
	const uint64_t lo = kj_get_le64(c->lo), hi = kj_get_le64(c->hi);
	const uint32_t sector = kj_get_le32(c->sector_size), n = kj_get_le32(c->key_len);
	size_t len = 0;

	if (all_zero(c, sizeof(*c)))
		return KJ_ENOTFOUND;
	if (below > (uint64_t)INT64_MAX || start > below >> 9 || !size || size % 512 || size > below - (start << 9))
		return KJ_ERANGE;
	if (lo >= hi || hi > size || lo % SECTOR_MAX || (hi % SECTOR_MAX && hi != size))
		return KJ_ERANGE;
	if (sector < 512 || sector > SECTOR_MAX || sector & (sector - 1) || size % sector)
		return KJ_ERANGE;
	if (kj_get_le32(c->flags) & ~KJ_DMCRYPT_LARGE_IV || kj_get_le32(c->reserved) || !n || n > KJ_DMCRYPT_KEY)
		return KJ_ERANGE;
	while (len < sizeof(c->cipher) && c->cipher[len])
		len++;
	if (len == sizeof(c->cipher) || !is_cipher(c->cipher, len) ||
	    !all_zero(c->cipher + len, sizeof(c->cipher) - len) || !all_zero(c->key + n, KJ_DMCRYPT_KEY - n))
		return KJ_ERANGE;
	return KJ_OK;
}

static char *put_text(char *to, const char *text)
{
	const size_t len = length(text);

	memcpy(to, text, len);
	return to + len;
}

static char *put_number(char *to, uint64_t n)
{
	char digits[20];
	size_t len = 0;

	do
		digits[len++] = (char)('0' + n % 10);
	while (n /= 10);
	while (len)
		*to++ = digits[--len];
	return to;
}

/* at most 63 + 1 + 256 + 4 * (1 + 20) + 48 */
void kj_dmcrypt_params(const struct kj_le_dmcrypt *c, uint32_t major, uint32_t minor, uint64_t at,
		       char text[KJ_DMCRYPT_TEXT])
{
	static const char hex[] = "0123456789abcdef";
	const int large = (kj_get_le32(c->flags) & KJ_DMCRYPT_LARGE_IV) != 0;
	char *p = put_text(text, c->cipher);

	*p++ = ' ';
	for (uint32_t i = 0; i < kj_get_le32(c->key_len); i++) {
		*p++ = hex[c->key[i] >> 4];
		*p++ = hex[c->key[i] & 15];
	}
	*p++ = ' ';
	/* numbers wrap here as they do there */
	p = put_number(p, kj_get_le64(c->iv_offset) + (at >> 9));
	*p++ = ' ';
	p = put_number(p, major);
	*p++ = ':';
	p = put_number(p, minor);
	*p++ = ' ';
	p = put_number(p, kj_get_le64(c->start) + (at >> 9));
	p = put_text(p, large ? " 2 sector_size:" : " 1 sector_size:");
	p = put_number(p, kj_get_le32(c->sector_size));
	if (large)
		p = put_text(p, " iv_large_sectors");
	*p = 0;
}
