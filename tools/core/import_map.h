/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What import.c (grammars) and import_map.c (meanings) share. Private to them.
 */
#ifndef KJ_CORE_IMPORT_MAP_H
#define KJ_CORE_IMPORT_MAP_H

#include "core/import.h"

struct kj_word {
	const char *s;
	size_t len;
};

/* One call of kj_import(). */
struct kj_import_run {
	struct kj_conf *conf;
	kj_import_say say;
	void *arg;
	unsigned int line;		/* where we are */
	uint64_t before;		/* conf->given when this text began */
	struct kj_word name;		/* of the setting that is looked at */
	int seen_path, seen_target;	/* in this text */
	/* openSUSE spreads over two settings what core_collector is one of */
	unsigned int level_line, format_line;	/* 0: not there */
	char level[4], format[12];
};

static inline int kj_word_is(struct kj_word w, const char *s)
{
	size_t i = 0;

	while (i < w.len && s[i] && s[i] == w.s[i])
		i++;
	return i == w.len && !s[i];
}

/* Does @w begin with @s? Then *@rest is what follows. */
static inline int kj_word_begins(struct kj_word w, const char *s, struct kj_word *rest)
{
	size_t i = 0;

	while (i < w.len && s[i] && s[i] == w.s[i])
		i++;
	if (s[i])
		return 0;
	*rest = (struct kj_word){ w.s + i, w.len - i };
	return 1;
}

static inline int kj_word_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* The next word of @rest, which loses it; empty at the end. */
static inline struct kj_word kj_word_next(struct kj_word *rest)
{
	struct kj_word w;

	while (rest->len && kj_word_blank(rest->s[0]))
		rest->s++, rest->len--;
	w = (struct kj_word){ rest->s, 0 };
	while (w.len < rest->len && !kj_word_blank(rest->s[w.len]))
		w.len++;
	rest->s += w.len;
	rest->len -= w.len;
	return w;
}

/* import.c: a note about r->line and r->name. */
void kj_import_tell(struct kj_import_run *r, int lost, const char *what, struct kj_word token);

/* import_map.c: one setting, r->name, of kdump.conf or of a shell file. */
void kj_import_key(struct kj_import_run *r, struct kj_word value);
void kj_import_variable(struct kj_import_run *r, struct kj_word value);
/* When the text has ended: what needs more than one line. */
void kj_import_end(struct kj_import_run *r);
/* Set a key of kjump.conf, with a note if that fails or replaces something. 0: it was not set. */
int kj_import_set(struct kj_import_run *r, const char *key, struct kj_word value);

/* import_keep.c: openSUSE counts old dumps, and mebibytes; Debian all dumps. */
void kj_import_keep(struct kj_import_run *r, struct kj_word value);
void kj_import_keep_old(struct kj_import_run *r, struct kj_word value);
void kj_import_min_free(struct kj_import_run *r, struct kj_word value);

/* import_collector.c: core_collector from the options of makedumpfile; openSUSE's two settings. */
void kj_import_collector(struct kj_import_run *r, struct kj_word options);
void kj_import_command(struct kj_import_run *r, struct kj_word command);
void kj_import_format(struct kj_import_run *r);

#endif
