// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Writing kjump.conf in its canonical form. It must never write what kj_conf_parse() would
 * read back as something else.
 */
#include <string.h>

#include "core/conf.h"
#include "core/conf_table.h"
#include "core/image.h"

struct out {
	char *buf;
	size_t cap;
	size_t len;	/* what it would be, were there room */
};

static void put(struct out *o, char c)
{
	if (o->len < o->cap)
		o->buf[o->len] = c;
	o->len++;
}

static void put_string(struct out *o, const char *s)
{
	while (*s)
		put(o, *s++);
}

static void put_number(struct out *o, uint64_t n, unsigned int base)
{
	char digits[20];
	unsigned int i = 0;

	do {
		digits[i++] = "0123456789abcdef"[n % base];
		n /= base;
	} while (n);
	while (i)
		put(o, digits[--i]);
}

static void put_hex(struct out *o, uint64_t n)
{
	put_string(o, "0x");
	put_number(o, n, 16);
}

static void put_window(struct out *o, const struct kj_conf_def *d, const struct kj_span *w)
{
	if (!w->len) {
		put_string(o, d->off_word);
		return;
	}
	put_hex(o, w->len);
	if (w->start != KJ_ANYWHERE) {
		put(o, '@');
		put_hex(o, w->start);
	}
}

static void put_level(struct out *o, int level)
{
	if (level < 0)
		put(o, '-');
	put_number(o, (uint64_t)(level < 0 ? -level : level), 10);
}

static void put_collector(struct out *o, const struct kj_conf_dump *dump)
{
	put_string(o, dump->elf ? "kjump-dump -f elf" : "kjump-dump -f kdump -c ");
	if (!dump->elf) {
		put_string(o, kj_codec_name(dump->codec));
		put_string(o, " -l ");
		put_level(o, dump->level);
	}
	put_string(o, " -d ");
	put_number(o, dump->filter, 10);
	if (dump->trim)
		put_string(o, " -e");
	if (dump->retry) {
		put_string(o, " -r ");
		put_number(o, dump->retry, 10);
	}
}

static void put_value(struct out *o, const struct kj_conf_def *d, const void *src)
{
	const uint32_t *n = src;
	const uint64_t *size = src;
	const int *level = src;

	switch (d->kind) {
	case TARGET:
	case DEVICE:
	case PLACES:
	case ABSPATH:
	case TEXT:
	case MODULES:
	case NETWORK:
	case CARD:
		put_string(o, src);
		break;
	case WINDOW:
		put_window(o, d, src);
		break;
	case CHOICE:
		put_string(o, d->choices[*n]);
		break;
	case LEVEL:
		put_level(o, *level);
		break;
	case SIZE:
		put_number(o, *size, 10);
		break;
	case COLLECTOR:
		put_collector(o, src);
		break;
	case SECONDS:
	case WORKERS:
		if (!*n && d->off_word)
			put_string(o, d->off_word);
		else
			put_number(o, *n, 10);
		break;
	}
}

/* Does a value need quotes in a file? Only a comment sign could cut it short. */
static int has_hash(const char *s)
{
	while (*s && *s != '#')
		s++;
	return *s == '#';
}

static void put_file_line(struct out *o, const struct kj_conf_def *d, const void *src)
{
	const int quote = d->cap && has_hash(src);

	put_string(o, d->name);
	put(o, ' ');
	if (quote)
		put(o, '"');
	put_value(o, d, src);
	if (quote)
		put(o, '"');
	put(o, '\n');
}

static void put_shell_line(struct out *o, const struct kj_conf_def *d, const void *src)
{
	put_string(o, "KJ_");
	for (const char *p = d->name; *p; p++)
		put(o, *p >= 'a' && *p <= 'z' ? (char)(*p - 'a' + 'A') : *p);
	/* no value holds a quote, so this cannot be broken out of */
	put_string(o, "='");
	put_value(o, d, src);
	put_string(o, "'\n");
}

enum kj_err kj_conf_emit(const struct kj_conf *conf, enum kj_conf_style style, char *buf,
			 size_t cap, size_t *ret)
{
	struct out o = { buf, cap, 0 };

	for (uint32_t i = 0; i < KJ_CONF_NKEYS; i++) {
		const struct kj_conf_def *d = &kj_conf_defs[i];
		const void *src = (const char *)conf + d->off;

		if (style == KJ_CONF_SHELL)
			put_shell_line(&o, d, src);
		else if (conf->given & (uint64_t)1 << i)
			put_file_line(&o, d, src);
	}
	put(&o, '\0');
	if (o.len > cap)
		return KJ_ENOSPC;
	*ret = o.len - 1;
	return KJ_OK;
}
