// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * core_collector out of a command line of makedumpfile's, and out of openSUSE's KDUMP_DUMPFORMAT and KDUMP_DUMPLEVEL. It
 * must never choose a dump with fewer pages than was asked for.
 */
#include <string.h>

#include "core/import.h"
#include "core/import_map.h"
#include "core/parse.h"

#define FILTER_MAX 31u

struct wish {
	int elf;
	const char *codec;
	uint64_t filter;
};

static size_t put(char *dst, size_t cap, size_t n, const char *s)
{
	while (*s && n < cap)
		dst[n++] = *s++;
	return n;
}

static void set_wish(struct kj_import_run *r, const struct wish *w)
{
	char text[64], number[3];
	size_t n = put(text, sizeof(text), 0, w->elf ? "kjump-dump -f elf -d " : "kjump-dump -c ");

	if (!w->elf) {
		n = put(text, sizeof(text), n, w->codec);
		n = put(text, sizeof(text), n, " -d ");
	}
	number[0] = (char)('0' + w->filter / 10);
	number[1] = (char)('0' + w->filter % 10);
	number[2] = '\0';
	n = put(text, sizeof(text), n, w->filter < 10 ? number + 1 : number);
	kj_import_set(r, "core_collector", (struct kj_word){ text, n });
}

/* A level of makedumpfile's: the pages to leave out. */
static int level(struct kj_import_run *r, struct kj_word v, struct wish *w)
{
	if (v.len && !kj_parse_u64_in(v.s, v.len, 0, FILTER_MAX, &w->filter))
		return 1;
	kj_import_tell(r, 1, "not a level from 0 to 31", v);
	return 0;
}

/* One option of @rest; 0: it is one that we must not pass over. */
static int option(struct kj_import_run *r, struct kj_word o, struct kj_word *rest, struct wish *w)
{
	struct kj_word v;

	if (kj_word_is(o, "-c")) {
		w->codec = "zlib";
	} else if (kj_word_is(o, "-l")) {
		w->codec = "lzo";
	} else if (kj_word_is(o, "-p")) {
		w->codec = "lzo";
		kj_import_tell(r, 0, "kjump writes no snappy, lzo is as fast", o);
	} else if (kj_word_is(o, "-z")) {
		w->codec = "zstd";
	} else if (kj_word_is(o, "-E")) {
		w->elf = 1;
	} else if (kj_word_is(o, "-d")) {
		return level(r, kj_word_next(rest), w);
	} else if (kj_word_begins(o, "-d", &v)) {
		return level(r, v, w);
	} else if (kj_word_is(o, "-F")) {
		/* flattened is how a pipe takes it; kjump knows where it writes to */
	} else if (kj_word_is(o, "--message-level") || kj_word_is(o, "--num-threads") ||
		   kj_word_is(o, "--num-buffers")) {
		kj_word_next(rest);
	} else if (!kj_word_begins(o, "--message-level=", &v) && !kj_word_begins(o, "--num-threads=", &v)) {
		kj_import_tell(r, 1, "an option of makedumpfile that kjump-dump has not", o);
		return 0;
	}
	return 1;
}

void kj_import_collector(struct kj_import_run *r, struct kj_word options)
{
	struct wish w = { 0, "none", 0 };
	struct kj_word o;

	for (o = kj_word_next(&options); o.len; o = kj_word_next(&options))
		if (!option(r, o, &options, &w))
			return;
	set_wish(r, &w);
}

void kj_import_command(struct kj_import_run *r, struct kj_word command)
{
	struct kj_word rest = command, program = kj_word_next(&rest);
	static const struct wish all = { 1, "none", 0 };

	if (kj_word_is(program, "makedumpfile"))
		kj_import_collector(r, rest);
	else if ((kj_word_is(program, "cp") || kj_word_is(program, "scp")) && !kj_word_next(&rest).len)
		set_wish(r, &all);
	else
		kj_import_tell(r, 1, "a collector other than makedumpfile, cp and scp", command);
}

static struct kj_word word_of(const char *s)
{
	struct kj_word w = { s, 0 };

	while (s[w.len])
		w.len++;
	return w;
}

void kj_import_format(struct kj_import_run *r)
{
	static const struct {
		const char *format, *codec;
		int elf, whole;
	} known[] = {
		/* nothing said: our own default */
		{ "", "zstd", 0, 0 },
		{ "lzo", "lzo", 0, 0 },
		{ "compressed", "zlib", 0, 0 },
		{ "snappy", "lzo", 0, 0 },
		{ "zstd", "zstd", 0, 0 },
		{ "ELF", "none", 1, 0 },
		{ "raw", "none", 1, 1 },
	};
	const struct kj_word format = word_of(r->format);
	struct wish w = { 0, "zstd", FILTER_MAX };

	r->line = r->level_line;
	r->name = word_of("KDUMP_DUMPLEVEL");
	if (r->level_line && !level(r, word_of(r->level), &w))
		return;
	r->line = r->format_line ? r->format_line : r->level_line;
	if (r->format_line)
		r->name = word_of("KDUMP_DUMPFORMAT");
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (!kj_word_is(format, known[i].format))
			continue;
		w.elf = known[i].elf;
		w.codec = known[i].codec;
		if (known[i].whole)
			w.filter = 0;
		if (kj_word_is(format, "snappy"))
			kj_import_tell(r, 0, "kjump writes no snappy, lzo is as fast", format);
		set_wish(r, &w);
		return;
	}
	kj_import_tell(r, 1, "no format of a dump that kjump writes", format);
}
