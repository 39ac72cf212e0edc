// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reading kjump.conf. It must never accept what kj_conf_emit() could not write back.
 */
#include <string.h>

#include "core/conf.h"
#include "core/conf_table.h"
#include "core/image.h"
#include "core/parse.h"

#define LEVEL_MIN (-64)
#define LEVEL_MAX 9
#define PAGE 4096u

struct word {
	const char *s;
	size_t len;
};

static enum kj_err fail(struct kj_conf_error *err, enum kj_err e, const char *what, struct word w)
{
	size_t n = w.len < sizeof(err->token) - 1 ? w.len : sizeof(err->token) - 1;

	err->what = what;
	for (size_t i = 0; i < n; i++)
		err->token[i] = w.s[i] < ' ' || w.s[i] > '~' ? '?' : w.s[i];
	err->token[n] = '\0';
	return e;
}

/* Bytes of a string of the table or the struct. strlen() is not for core to call. */
static size_t length(const char *s, size_t cap)
{
	size_t n = 0;

	while (n < cap && s[n])
		n++;
	return n;
}

static int equals(struct word w, const char *s)
{
	size_t i = 0;

	while (i < w.len && s[i] && s[i] == w.s[i])
		i++;
	return i == w.len && !s[i];
}

static int has_blank(struct word w)
{
	for (size_t i = 0; i < w.len; i++)
		if (kj_is_blank(w.s[i]))
			return 1;
	return 0;
}

/* Module names as modprobe takes them; they are handed to a shell. */
static int is_modules(struct word w)
{
	for (size_t i = 0; i < w.len; i++) {
		const char c = w.s[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
		    !(c >= '0' && c <= '9') && c != '_' && c != '-' && !kj_is_blank(c))
			return 0;
	}
	return 1;
}

static enum kj_err set_string(const struct kj_conf_def *k, struct word v, char *dst,
			      struct kj_conf_error *err)
{
	if (v.len >= k->cap)
		return fail(err, KJ_ENOSPC, "value is too long", v);
	if (k->kind == TARGET && !kj_conf_is_device(v.s, v.len, 1))
		return fail(err, KJ_EFORMAT, "not a path, PARTUUID=, KJLABEL= or SWAP=path", v);
	if (k->kind == DEVICE && !kj_conf_is_device(v.s, v.len, 0))
		return fail(err, KJ_EFORMAT, "not a /dev path, PARTUUID=, UUID= or LABEL=", v);
	if (k->kind == PLACES && !kj_conf_are_places(v.s, v.len))
		return fail(err, KJ_EFORMAT,
			    "not /dev paths, PARTUUID=, UUID=, LABEL=, ssh user@host, nfs host:/path or luks device",
			    v);
	if (k->kind == NETWORK && !kj_conf_is_network(v.s, v.len))
		return fail(err, KJ_EFORMAT, "not dhcp, or address/prefix and a gateway", v);
	if (k->kind == CARD && !kj_conf_is_card(v.s, v.len))
		return fail(err, KJ_EFORMAT, "not auto, or a hardware address in lower case", v);
	if (k->kind == ABSPATH && (v.s[0] != '/' || has_blank(v)))
		return fail(err, KJ_EFORMAT, "not an absolute path without blanks", v);
	if (k->kind == MODULES && !is_modules(v))
		return fail(err, KJ_EFORMAT, "not a list of module names", v);
	memset(dst, 0, k->cap);
	memcpy(dst, v.s, v.len);
	return KJ_OK;
}

static enum kj_err set_window(struct word v, struct kj_span *dst, struct kj_conf_error *err)
{
	struct kj_span r;
	enum kj_err e;

	if (equals(v, "auto")) {
		*dst = (struct kj_span){ KJ_ANYWHERE, 0 };
		return KJ_OK;
	}
	e = kj_parse_span(v.s, v.len, &r);
	if (e == KJ_EFORMAT)
		return fail(err, e, "not auto, SIZE, SIZE@START or START-END", v);
	if (!e && (r.len % PAGE || (r.start != KJ_ANYWHERE && r.start % PAGE)))
		e = KJ_ERANGE;
	if (e)
		return fail(err, e, "window is not made of whole pages", v);
	*dst = r;
	return KJ_OK;
}

static enum kj_err set_choice(const struct kj_conf_def *k, struct word v, uint32_t *dst,
			      struct kj_conf_error *err)
{
	for (uint32_t i = 0; k->choices[i]; i++) {
		if (equals(v, k->choices[i])) {
			*dst = i;
			return KJ_OK;
		}
	}
	return fail(err, KJ_EFORMAT, "not one of the words that this key takes", v);
}

static enum kj_err set_number(const struct kj_conf_def *k, struct word v, uint32_t *dst,
			      struct kj_conf_error *err)
{
	uint64_t n;
	enum kj_err e;

	if (k->off_word && equals(v, k->off_word)) {
		*dst = 0;
		return KJ_OK;
	}
	if (k->kind == SECONDS)
		e = kj_parse_seconds(v.s, v.len, &n);
	else
		e = kj_parse_u64(v.s, v.len, &n);
	if (e == KJ_EFORMAT)
		return fail(err, e, "not a number", v);
	if (e || n < k->min || n > k->max)
		return fail(err, KJ_ERANGE, "number out of range", v);
	*dst = (uint32_t)n;
	return KJ_OK;
}

static enum kj_err set_size(struct word v, uint64_t *dst, struct kj_conf_error *err)
{
	uint64_t n;
	const enum kj_err e = kj_parse_size(v.s, v.len, &n);

	/* a shell counts with signs */
	if (e == KJ_ERANGE || (!e && n > INT64_MAX))
		return fail(err, KJ_ERANGE, "number out of range", v);
	if (e)
		return fail(err, e, "not a size", v);
	*dst = n;
	return KJ_OK;
}

static enum kj_err set_level(struct word v, int *dst, struct kj_conf_error *err)
{
	const enum kj_err e = kj_parse_int_in(v.s, v.len, LEVEL_MIN, LEVEL_MAX, dst);

	if (e == KJ_EFORMAT)
		return fail(err, e, "not a number", v);
	return e ? fail(err, e, "number out of range", v) : KJ_OK;
}

static enum kj_err set_collector(struct word v, struct kj_conf_dump *dst, struct kj_conf_error *err)
{
	struct word at = v;
	const char *what;
	const enum kj_err e = kj_conf_collector(v.s, v.len, dst, &what, &at.s, &at.len);

	return e ? fail(err, e, what, at) : KJ_OK;
}

static enum kj_err set_value(struct kj_conf *c, const struct kj_conf_def *k, struct word v,
			     struct kj_conf_error *err)
{
	char *const dst = (char *)c + k->off;

	if (!v.len)
		return fail(err, KJ_EFORMAT, "key without a value",
			    (struct word){ k->name, length(k->name, KJ_CONF_WORD) });
	for (size_t i = 0; i < v.len; i++)
		if ((v.s[i] >= 0 && v.s[i] < ' ' && v.s[i] != '\t') || v.s[i] == 127 ||
		    v.s[i] == '\'' || v.s[i] == '"' || v.s[i] == '\\')
			return fail(err, KJ_EFORMAT, "character that no value may hold", v);
	if (kj_is_blank(v.s[0]) || kj_is_blank(v.s[v.len - 1]))
		return fail(err, KJ_EFORMAT, "blank at an end of a quoted value", v);

	switch (k->kind) {
	case TARGET:
	case DEVICE:
	case PLACES:
	case ABSPATH:
	case TEXT:
	case MODULES:
	case NETWORK:
	case CARD:
		return set_string(k, v, dst, err);
	case WINDOW:
		return set_window(v, (struct kj_span *)(void *)dst, err);
	case CHOICE:
		return set_choice(k, v, (uint32_t *)(void *)dst, err);
	case LEVEL:
		return set_level(v, (int *)(void *)dst, err);
	case SECONDS:
	case WORKERS:
		return set_number(k, v, (uint32_t *)(void *)dst, err);
	case SIZE:
		return set_size(v, (uint64_t *)(void *)dst, err);
	case COLLECTOR:
		return set_collector(v, (struct kj_conf_dump *)(void *)dst, err);
	}
	return KJ_EUNSUPP;
}

static enum kj_err set(struct kj_conf *c, const struct kj_conf_def *k, struct word v,
		       struct kj_conf_error *err)
{
	const enum kj_err e = set_value(c, k, v, err);
	const char *why = e ? NULL : kj_conf_contradiction(c);

	return why ? fail(err, KJ_EUNSUPP, why, v) : e;
}

static enum kj_err find_key(struct word w, uint32_t *ret, struct kj_conf_error *err)
{
	for (uint32_t i = 0; i < KJ_CONF_NKEYS; i++) {
		if (equals(w, kj_conf_defs[i].name)) {
			*ret = i;
			return KJ_OK;
		}
	}
	return fail(err, KJ_ENOTFOUND, "unknown key", w);
}

void kj_conf_init(struct kj_conf *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->codec = KJ_CODEC_LZ4;
	ret->deadline = 1800;
	ret->watchdog = 60;
	ret->final_action = KJ_CONF_DO_REBOOT;
	ret->failure_action = KJ_CONF_DO_REBOOT;
	ret->onfail = KJ_CONF_ASK;
	ret->require_test = 1;
	ret->window.start = KJ_ANYWHERE;
	kj_conf_collector_init(&ret->dump);
	memcpy(ret->path, "/var/crash", sizeof("/var/crash"));
	/* where kdump.conf has it */
	memcpy(ret->sshkey, "/root/.ssh/kdump_id_rsa", sizeof("/root/.ssh/kdump_id_rsa"));
	memcpy(ret->known_hosts, "/root/.ssh/known_hosts", sizeof("/root/.ssh/known_hosts"));
	memcpy(ret->network, "dhcp", sizeof("dhcp"));
	memcpy(ret->network_card, "auto", sizeof("auto"));
}

const char *kj_conf_name(enum kj_conf_key key)
{
	return (unsigned int)key < KJ_CONF_NKEYS ? kj_conf_defs[key].name : NULL;
}

enum kj_err kj_conf_set(struct kj_conf *conf, const char *key, size_t keylen, const char *value,
			size_t len, struct kj_conf_error *err)
{
	struct kj_conf c = *conf;
	uint32_t i;
	enum kj_err e = find_key((struct word){ key, keylen }, &i, err);

	err->line = 0;
	if (!e)
		e = set(&c, &kj_conf_defs[i], (struct word){ value, len }, err);
	if (!e) {
		c.given |= (uint64_t)1 << i;
		*conf = c;
	}
	return e;
}

/* The value of a line: @w begins at its first byte and runs to the end of the line. */
static enum kj_err take_value(struct word w, struct word *ret, struct kj_conf_error *err)
{
	const char q = w.len && (w.s[0] == '"' || w.s[0] == '\'') ? w.s[0] : '\0';
	size_t n = 0, after;

	if (q) {
		for (n = 1; n < w.len && w.s[n] != q; n++)
			;
		if (n == w.len)
			return fail(err, KJ_EFORMAT, "quote that is not closed", w);
		for (after = n + 1; after < w.len && kj_is_blank(w.s[after]); after++)
			;
		if (after < w.len && w.s[after] != '#')
			return fail(err, KJ_EFORMAT, "text behind the closing quote", w);
		*ret = (struct word){ w.s + 1, n - 1 };
		return KJ_OK;
	}
	while (n < w.len && w.s[n] != '#')
		n++;
	while (n && kj_is_blank(w.s[n - 1]))
		n--;
	*ret = (struct word){ w.s, n };
	return KJ_OK;
}

static enum kj_err parse_line(struct word line, struct kj_conf *c, struct kj_conf_error *err)
{
	struct word key, value;
	uint32_t i;
	enum kj_err e;

	while (line.len && kj_is_blank(line.s[0]))
		line.s++, line.len--;
	if (!line.len || line.s[0] == '#')
		return KJ_OK;
	key = (struct word){ line.s, 0 };
	while (key.len < line.len && !kj_is_blank(line.s[key.len]) && line.s[key.len] != '#')
		key.len++;
	line.s += key.len;
	line.len -= key.len;
	while (line.len && kj_is_blank(line.s[0]))
		line.s++, line.len--;

	e = find_key(key, &i, err);
	if (!e && c->given & (uint64_t)1 << i)
		e = fail(err, KJ_EOVERLAP, "key given twice", key);
	if (!e)
		e = take_value(line, &value, err);
	if (!e)
		e = set(c, &kj_conf_defs[i], value, err);
	if (!e)
		c->given |= (uint64_t)1 << i;
	return e;
}

enum kj_err kj_conf_parse(const char *text, size_t len, struct kj_conf *ret,
			  struct kj_conf_error *err)
{
	struct kj_conf c;
	size_t pos = 0;

	kj_conf_init(&c);
	err->line = 0;
	while (pos < len) {
		struct word line = { text + pos, 0 };
		enum kj_err e;

		while (pos + line.len < len && line.s[line.len] != '\n')
			line.len++;
		pos += line.len + 1;
		if (line.len && line.s[line.len - 1] == '\r')
			line.len--;
		err->line++;
		e = parse_line(line, &c, err);
		if (e)
			return e;
	}
	*ret = c;
	return KJ_OK;
}
