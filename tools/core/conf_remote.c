// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Values of kjump.conf that name something on a network. It must never take one that a shell, or ssh, could read as
 * something else: no option, no second word.
 */
#include "core/conf_table.h"
#include "core/parse.h"

static int is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
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
	static const char dhcp[] = "dhcp";
	uint64_t prefix;
	size_t n = 0;

	while (n < len && dhcp[n] && s[n] == dhcp[n])
		n++;
	if (n == len && !dhcp[n])
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
	for (n = 0; n < len && (s[n] == ' ' || s[n] == '\t'); n++)
		;
	return n && address(s + n, len - n) == len - n;
}

int kj_conf_is_card(const char *s, size_t len)
{
	static const char off[] = "auto";
	size_t n = 0;

	while (n < len && off[n] && s[n] == off[n])
		n++;
	if (n == len && !off[n])
		return 1;
	if (len != 17)
		return 0;
	for (n = 0; n < len; n++) {
		const char c = s[n];

		if (n % 3 == 2 ? c != ':' : !(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f'))
			return 0;
	}
	return 1;
}
