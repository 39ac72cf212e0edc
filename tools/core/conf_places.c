// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Values of kjump.conf that name a place: a device, a server, a network. It must never take one that a shell, or ssh, could
 * read as something else: no option, no second word.
 */
#include "core/conf_table.h"
#include "core/parse.h"

static int is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static int is_word(const char *s, size_t len, const char *word)
{
	size_t i = 0;

	while (i < len && word[i] && word[i] == s[i])
		i++;
	return i == len && !word[i];
}

/* Length of a name at the start of @s: letters, digits and @more, the first of which is no `-`. */
static size_t name(const char *s, size_t len, const char *more)
{
	size_t n = 0;

	while (n < len) {
		const char *m = more;

		while (*m && *m != s[n])
			m++;
		if ((!*m && !is_alnum(s[n])) || (!n && s[n] == '-'))
			break;
		n++;
	}
	return n;
}

int kj_conf_is_ssh(const char *s, size_t len)
{
	size_t n = name(s, len, "._-");
	uint64_t port;

	if (!n || n == len || s[n] != '@')
		return 0;
	s += n + 1, len -= n + 1;
	n = name(s, len, ".-");
	if (!n)
		return 0;
	s += n, len -= n;
	if (len && s[0] == ':') {
		s++, len--;
		for (n = 0; n < len && s[n] != '/'; n++)
			;
		/* no more than digits: ssh would not understand 0x16 */
		if (name(s, n, "") != n || (n > 1 && s[1] == 'x') || (n > 1 && s[1] == 'X') ||
		    kj_parse_u64_in(s, n, 1, 65535, &port))
			return 0;
		s += n, len -= n;
	}
	return !len || s[0] == '/';
}

int kj_conf_is_nfs(const char *s, size_t len)
{
	const size_t n = name(s, len, ".-");

	return n && len - n >= 2 && s[n] == ':' && s[n + 1] == '/';
}

/* A.B.C.D at the start of @s: its length, 0 if it is none. */
static size_t address(const char *s, size_t len)
{
	size_t at = 0;

	for (unsigned int i = 0; i < 4; i++) {
		size_t n = 0;
		uint64_t v;

		if (i && (at == len || s[at++] != '.'))
			return 0;
		while (at + n < len && n < 3 && s[at + n] >= '0' && s[at + n] <= '9')
			n++;
		/* some read 010 as 8 */
		if (!n || (n > 1 && s[at] == '0') || kj_parse_u64_in(s + at, n, 0, 255, &v))
			return 0;
		at += n;
	}
	return at;
}

int kj_conf_is_network(const char *s, size_t len)
{
	uint64_t prefix;
	size_t n;

	if (is_word(s, len, "dhcp"))
		return 1;
	n = address(s, len);
	if (!n || n == len || s[n] != '/')
		return 0;
	s += n + 1, len -= n + 1;
	for (n = 0; n < len && s[n] >= '0' && s[n] <= '9'; n++)
		;
	if (!n || s[0] == '0' || kj_parse_u64_in(s, n, 1, 31, &prefix))
		return 0;
	s += n, len -= n;
	if (!len)
		return 1;
	for (n = 0; n < len && kj_is_blank(s[n]); n++)
		;
	return n && address(s + n, len - n) == len - n;
}

int kj_conf_is_card(const char *s, size_t len)
{
	if (is_word(s, len, "auto"))
		return 1;
	if (len != 17)
		return 0;
	for (size_t n = 0; n < len; n++) {
		const char c = s[n];

		if (n % 3 == 2 ? c != ':' : !(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f'))
			return 0;
	}
	return 1;
}

static int begins(const char *s, size_t len, const char *with)
{
	size_t i = 0;

	while (i < len && with[i] && with[i] == s[i])
		i++;
	return !with[i] && i < len;
}

/* A target holds no file system by whose UUID or label it could be found, but it has a label of ours; or it is a file, or in
 * a swap area. */
int kj_conf_is_device(const char *s, size_t len, int target)
{
	static const char *const forms[2][4] = { { "/dev/", "PARTUUID=", "UUID=", "LABEL=" },
						 { "/", "PARTUUID=", "KJLABEL=", "SWAP=/" } };

	/* a directory is none */
	if (target && len && s[len - 1] == '/')
		return 0;
	for (size_t i = 0; i < len; i++)
		if (kj_is_blank(s[i]))
			return 0;
	for (size_t i = 0; i < 4; i++)
		if (begins(s, len, forms[target][i]))
			return 1;
	return 0;
}

static int is_volume(const char *s, size_t len)
{
	return kj_conf_is_device(s, len, 0);
}

/* Each is handed to a shell as a word, or, with `ssh`, `nfs` or `luks` in front, as two. */
int kj_conf_are_places(const char *s, size_t len)
{
	int (*how)(const char *, size_t) = NULL;

	while (len) {
		size_t n = 0;

		while (n < len && !kj_is_blank(s[n]))
			n++;
		if (how) {
			if (!how(s, n))
				return 0;
			how = NULL;
		} else if (is_word(s, n, "ssh")) {
			how = kj_conf_is_ssh;
		} else if (is_word(s, n, "nfs")) {
			how = kj_conf_is_nfs;
		} else if (is_word(s, n, "luks")) {
			how = is_volume;
		} else if (!kj_conf_is_device(s, n, 0)) {
			return 0;
		}
		for (s += n, len -= n; len && kj_is_blank(s[0]); s++)
			len--;
	}
	return !how;
}
