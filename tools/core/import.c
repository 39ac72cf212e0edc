// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reading the files of other crash dump tools: lines, comments and quotes. It must never hand on a value that the shell
 * which those files are written for would see differently.
 */
#include <string.h>

#include "core/import.h"
#include "core/import_map.h"

#define VALUE_MAX 1024u

static void copy_text(char *dst, size_t cap, struct kj_word w)
{
	size_t n = w.len < cap - 1 ? w.len : cap - 1;

	for (size_t i = 0; i < n; i++)
		dst[i] = w.s[i] < ' ' || w.s[i] > '~' ? '?' : w.s[i];
	dst[n] = '\0';
}

void kj_import_tell(struct kj_import_run *r, int lost, const char *what, struct kj_word token)
{
	struct kj_import_note n = { .line = r->line, .lost = lost, .what = what };

	copy_text(n.name, sizeof(n.name), r->name);
	copy_text(n.token, sizeof(n.token), token);
	r->say(r->arg, &n);
}

static int is_name(char c, int first)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (!first && c >= '0' && c <= '9');
}

static size_t name_length(const char *s, size_t len)
{
	size_t n = 0;

	while (n < len && is_name(s[n], !n))
		n++;
	return n;
}

static struct kj_word trim(struct kj_word w)
{
	while (w.len && kj_word_blank(w.s[0]))
		w.s++, w.len--;
	while (w.len && (kj_word_blank(w.s[w.len - 1]) || w.s[w.len - 1] == '\r'))
		w.len--;
	return w;
}

/* The line that begins at @pos, without its end; *@next is where the one after it begins. */
static struct kj_word line_at(const char *text, size_t len, size_t pos, size_t *next)
{
	struct kj_word w = { text + pos, 0 };

	while (pos + w.len < len && w.s[w.len] != '\n')
		w.len++;
	*next = pos + w.len + (pos + w.len < len);
	return w;
}

/* ---- key value ---- */

static void key_line(struct kj_import_run *r, struct kj_word line)
{
	struct kj_word value = line;

	for (size_t i = 0; i < line.len; i++) {
		if (line.s[i] == '#') {
			line.len = i;
			break;
		}
	}
	line = trim(line);
	if (!line.len)
		return;
	value = line;
	r->name = kj_word_next(&value);
	value = trim(value);
	if (!value.len)
		kj_import_tell(r, 1, "key without a value", value);
	else
		kj_import_key(r, value);
}

/* ---- shell assignments ---- */

/* A value as it is read: at @s, one byte after the other. */
struct scan {
	const char *s;
	size_t len, pos;
	unsigned int lines;	/* ends of lines that it holds */
	char value[VALUE_MAX];
	size_t n;
	const char *bad;	/* why it is no plain value, or NULL */
	int lost;		/* nobody knows where it ends */
};

static void keep(struct scan *k, char c)
{
	if (c == '\n') {
		k->lines++;
		k->bad = "value of several lines";
	}
	if (k->n < sizeof(k->value))
		k->value[k->n++] = c;
	else if (!k->bad)
		k->bad = "value is too long";
}

/* A character that makes a shell think. Not every one ends our knowledge of where the value ends. */
static void expand(struct scan *k)
{
	const char c = k->s[k->pos], next = k->pos + 1 < k->len ? k->s[k->pos + 1] : '\0';

	k->bad = "a shell would have to expand it";
	if (c == '~')
		return;
	if (c != '$' && c != '`')
		k->bad = "a command behind the value";
	if (c != '$' || next == '(' || next == '{' || next == '\'')
		k->lost = 1;
}

/* From the quote on; behind the closing one afterwards. */
static void quoted(struct scan *k)
{
	const char q = k->s[k->pos++];

	while (k->pos < k->len && k->s[k->pos] != q) {
		const char c = k->s[k->pos];

		if (q == '"' && (c == '$' || c == '`'))
			expand(k);
		if (q == '"' && c == '\\') {
			k->bad = "a shell would have to expand it";
			if (++k->pos == k->len)
				break;
		}
		keep(k, k->s[k->pos++]);
	}
	if (k->pos == k->len) {
		k->bad = "quote that is not closed";
		k->lost = 1;
		return;
	}
	k->pos++;
}

/* Neither file names nor braces are expanded in an assignment. */
static int is_special(char c)
{
	static const char special[] = "$`;&|<>()~";

	for (size_t i = 0; special[i]; i++)
		if (special[i] == c)
			return 1;
	return 0;
}

/* Up to the blank or the end of the line behind the value. */
static void scan_value(struct scan *k)
{
	while (k->pos < k->len && !kj_word_blank(k->s[k->pos]) && k->s[k->pos] != '\n') {
		const char c = k->s[k->pos];

		if (c == '\'' || c == '"') {
			quoted(k);
			continue;
		}
		if (c == '\r' && (k->pos + 1 == k->len || k->s[k->pos + 1] == '\n')) {
			k->pos++;
			continue;
		}
		if (c == '\\') {
			k->bad = "a shell would have to expand it";
			if (++k->pos == k->len)
				return;
		} else if (is_special(c)) {
			expand(k);
		}
		keep(k, k->s[k->pos++]);
	}
}

/* One assignment, its name being read already; returns how many bytes of @s it took, up to the end of its last line. */
static size_t assignment(struct kj_import_run *r, const char *s, size_t len, int *uncertain)
{
	static const struct kj_word none = { "", 0 };
	struct scan k = { .s = s, .len = len };
	struct kj_word rest;
	size_t next;

	scan_value(&k);
	rest = trim(line_at(s, len, k.pos, &next));
	if (!k.bad && rest.len && rest.s[0] != '#')
		k.bad = "a command behind the value";
	if (*uncertain)
		kj_import_tell(r, 1, "behind a line that is no assignment, so it may not always count", none);
	else if (k.bad)
		kj_import_tell(r, 1, k.bad, k.lines ? none : (struct kj_word){ s, k.pos });
	else if (k.n)
		kj_import_variable(r, (struct kj_word){ k.value, k.n });
	if (k.lost || (k.bad && rest.len && rest.s[0] != '#'))
		*uncertain = 1;
	r->line += k.lines;
	return next;
}

static void shell_text(struct kj_import_run *r, const char *text, size_t len)
{
	size_t pos = 0, next;
	int uncertain = 0;

	for (; pos < len; pos = next, r->line++) {
		struct kj_word line = trim(line_at(text, len, pos, &next)), rest;
		size_t n;

		if (!line.len || line.s[0] == '#')
			continue;
		if (kj_word_begins(line, "export ", &rest))
			line = trim(rest);
		n = name_length(line.s, line.len);
		r->name = (struct kj_word){ line.s, n };
		if (n && n < line.len && line.s[n] == '=') {
			const size_t at = (size_t)(line.s - text) + n + 1;

			next = at + assignment(r, text + at, len - at, &uncertain);
			continue;
		}
		r->name.len = 0;
		kj_import_tell(r, 1, "not an assignment", line);
		uncertain = 1;
	}
}

/* Does the first line that says something assign a variable? */
static int is_shell(const char *text, size_t len)
{
	size_t pos = 0, next;

	for (; pos < len; pos = next) {
		struct kj_word line = trim(line_at(text, len, pos, &next)), rest;
		size_t n;

		if (!line.len || line.s[0] == '#')
			continue;
		if (kj_word_begins(line, "export ", &rest))
			line = trim(rest);
		n = name_length(line.s, line.len);
		return n && n < line.len && line.s[n] == '=';
	}
	return 0;
}

void kj_import(const char *text, size_t len, struct kj_conf *conf, kj_import_say say, void *arg)
{
	struct kj_import_run r = { .conf = conf, .say = say, .arg = arg, .line = 1, .before = conf->given };
	size_t pos = 0, next;

	r.name = (struct kj_word){ "", 0 };
	if (is_shell(text, len)) {
		shell_text(&r, text, len);
	} else {
		for (; pos < len; pos = next, r.line++)
			key_line(&r, line_at(text, len, pos, &next));
	}
	kj_import_end(&r);
}
