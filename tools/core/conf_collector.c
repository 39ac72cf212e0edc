// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The key core_collector: kjump-dump and those of its options that say what a dump is like. It must never accept what
 * kjump-dump would refuse: a dump kernel is no place to find out.
 */
#include <string.h>

#include "core/conf_table.h"
#include "core/image.h"
#include "core/job.h"
#include "core/packmix.h"
#include "core/parse.h"

#define ELF_FILTER 0u

/* What each codec of a kdump takes for a level, as cmd/lib/pagecodec.c has it. */
static const struct {
	const char *name;
	uint32_t codec;
	int lo, hi;
} codecs[] = {
	{ "zstd", KJ_CODEC_ZSTD, -7, 9 },
	{ "lzo", KJ_CODEC_LZO, 0, 0 },
	{ "zlib", KJ_CODEC_ZLIB, 0, 9 },
	{ "none", KJ_CODEC_STORED, 0, 0 },
	{ "auto", KJ_CODEC_AUTO, 0, KJ_MIX_MAX },
};
#define NCODECS (sizeof(codecs) / sizeof(codecs[0]))

enum option { OPT_FORMAT, OPT_CODEC, OPT_LEVEL, OPT_FILTER, OPT_RETRY, OPT_TRIM, NOPTS };
static const char opts[] = "fcldre";

struct word {
	const char *s;
	size_t len;
};

static int equals(struct word w, const char *s)
{
	size_t i = 0;

	while (i < w.len && s[i] && s[i] == w.s[i])
		i++;
	return i == w.len && !s[i];
}

/* The next word of @rest, which loses it; empty at the end. */
static struct word next(struct word *rest)
{
	struct word w;

	while (rest->len && kj_is_blank(rest->s[0]))
		rest->s++, rest->len--;
	w = (struct word){ rest->s, 0 };
	while (w.len < rest->len && !kj_is_blank(w.s[w.len]))
		w.len++;
	rest->s += w.len;
	rest->len -= w.len;
	return w;
}

static enum kj_err find_codec(struct word v, size_t *ret)
{
	for (size_t i = 0; i < NCODECS; i++) {
		if (equals(v, codecs[i].name)) {
			*ret = i;
			return KJ_OK;
		}
	}
	return KJ_EFORMAT;
}

/* One of the options that take a value. *@what is set only on error. */
static enum kj_err take(char opt, struct word v, struct kj_conf_dump *d, size_t *codec, const char **what)
{
	uint64_t n;
	enum kj_err e;

	switch (opt) {
	case 'f':
		*what = "not kdump or elf";
		d->elf = equals(v, "elf") ? 1 : 0;
		return d->elf || equals(v, "kdump") ? KJ_OK : KJ_EFORMAT;
	case 'c':
		*what = "not zstd, lzo, zlib, none or auto";
		return find_codec(v, codec);
	case 'l':
		*what = "not a level of that codec";
		return kj_parse_int_in(v.s, v.len, -64, 64, &d->level);
	case 'd':
	case 'r':
		*what = "not a number from 0 to 31";
		e = kj_parse_u64(v.s, v.len, &n);
		if (!e && n > KJ_JOB_FILTER_MAX)
			e = KJ_ERANGE;
		if (!e)
			*(opt == 'd' ? &d->filter : &d->retry) = (uint32_t)n;
		return e;
	}
	return KJ_EUNSUPP;
}

/* Which option @w is, an index of opts[]; NOPTS: none. */
static unsigned int find_option(struct word w)
{
	unsigned int i = 0;

	if (equals(w, "--trim"))
		return OPT_TRIM;
	while (i < NOPTS && !(w.len == 2 && w.s[0] == '-' && w.s[1] == opts[i]))
		i++;
	return i;
}

/* What @seen, a bit per option, says that cannot be had together; the rest of @d follows. */
static enum kj_err fit(struct kj_conf_dump *d, unsigned int seen, size_t codec, const char **what)
{
	if (d->elf) {
		*what = "an ELF dump has neither codec nor level";
		if (seen & (1u << OPT_CODEC | 1u << OPT_LEVEL))
			return KJ_EFORMAT;
		*what = "an ELF dump keeps its struct pages";
		if (d->trim)
			return KJ_EFORMAT;
		d->codec = KJ_CODEC_STORED;
		if (!(seen >> OPT_FILTER & 1))
			d->filter = ELF_FILTER;
	} else {
		d->codec = codecs[codec].codec;
	}
	*what = "-r leaves out no more than -d does, or not all of that";
	if (seen >> OPT_RETRY & 1 && ((d->retry & d->filter) != d->filter || d->retry == d->filter))
		return KJ_EFORMAT;
	return KJ_OK;
}

void kj_conf_collector_init(struct kj_conf_dump *ret)
{
	*ret = (struct kj_conf_dump){ .codec = KJ_CODEC_ZSTD, .filter = KJ_JOB_FILTER_MAX };
}

enum kj_err kj_conf_collector(const char *s, size_t len, struct kj_conf_dump *ret, const char **what, const char **at,
			      size_t *n)
{
	struct word rest = { s, len }, w = next(&rest), v, level = { s, 0 };
	struct kj_conf_dump d;
	size_t codec = 0;
	unsigned int seen = 0, i;
	enum kj_err e;

	kj_conf_collector_init(&d);
	*what = "the only collector is kjump-dump, not";
	*at = w.s;
	*n = w.len;
	if (!equals(w, "kjump-dump"))
		return KJ_EFORMAT;
	for (w = next(&rest); w.len; w = next(&rest)) {
		*at = w.s;
		*n = w.len;
		i = find_option(w);
		*what = "no option of a dump: -e, or one of -f, -c, -l, -d, -r and its value";
		if (i == NOPTS)
			return KJ_EFORMAT;
		*what = "option given twice";
		if (seen >> i & 1)
			return KJ_EFORMAT;
		seen |= 1u << i;
		if (i == OPT_TRIM) {
			d.trim = 1;
			continue;
		}
		v = next(&rest);
		*what = "option without a value";
		if (!v.len)
			return KJ_EFORMAT;
		if (i == OPT_LEVEL)
			level = v;
		*at = v.s;
		*n = v.len;
		e = take(opts[i], v, &d, &codec, what);
		if (e)
			return e;
	}
	*at = s;
	*n = len;
	e = fit(&d, seen, codec, what);
	if (e)
		return e;
	*what = "not a level of that codec";
	*at = level.s;
	*n = level.len;
	if (d.level < codecs[codec].lo || d.level > codecs[codec].hi)
		return KJ_ERANGE;
	*ret = d;
	return KJ_OK;
}
