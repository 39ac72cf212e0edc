// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads /proc/iomem; must never make a range larger than the kernel said, save the kernel's own, which are kept clear of.
 */
#include <string.h>

#include "core/iomem.h"
#include "core/parse.h"

#define PAGE 4096ull

struct line {
	uint64_t start, last;
	const char *name;
	size_t len;
	int top;	/* not indented */
};

static const char *find(const char *s, size_t n, char c)
{
	for (size_t i = 0; i < n; i++)
		if (s[i] == c)
			return s + i;
	return NULL;
}

static enum kj_err parse_line(const char *s, size_t n, struct line *ret)
{
	size_t indent = 0;
	const char *dash, *blank;

	while (indent < n && s[indent] == ' ')
		indent++;
	ret->top = indent == 0;
	s += indent;
	n -= indent;
	dash = find(s, n, '-');
	blank = find(s, n, ' ');
	if (!dash || !blank || blank < dash || (size_t)(s + n - blank) < 3 || memcmp(blank, " : ", 3))
		return KJ_EFORMAT;
	if (kj_parse_hex(s, (size_t)(dash - s), &ret->start) ||
	    kj_parse_hex(dash + 1, (size_t)(blank - dash - 1), &ret->last) || ret->last < ret->start)
		return KJ_EFORMAT;
	ret->name = blank + 3;
	ret->len = n - (size_t)(blank + 3 - s);
	return KJ_OK;
}

/* Bytes of @name if the line's name begins with it, else 0. */
static size_t begins(const struct line *l, const char *name)
{
	size_t i = 0;

	for (; name[i]; i++)
		if (i == l->len || l->name[i] != name[i])
			return 0;
	return i;
}

static int is(const struct line *l, const char *name)
{
	return begins(l, name) == l->len && l->len;
}

/* Append a range that lies behind the last one; whole pages of it. */
static enum kj_err add(struct kj_ranges *r, uint64_t start, uint64_t end)
{
	if (start >= end)
		return KJ_OK;
	if (r->n && start < r->r[r->n - 1].end)
		return KJ_EOVERLAP;
	if (r->n && start == r->r[r->n - 1].end) {
		r->r[r->n - 1].end = end;
		return KJ_OK;
	}
	if (r->n >= KJ_RAM_MAX)
		return KJ_ELIMIT;
	r->r[r->n++] = (struct kj_range){ start, end };
	return KJ_OK;
}

static enum kj_err add_inward(struct kj_ranges *r, const struct line *l)
{
	uint64_t start = l->start > UINT64_MAX - PAGE ? UINT64_MAX : (l->start + PAGE - 1) & ~(PAGE - 1);
	uint64_t end = l->last == UINT64_MAX ? l->last & ~(PAGE - 1) : (l->last + 1) & ~(PAGE - 1);

	return add(r, start, end);
}

static enum kj_err add_outward(struct kj_ranges *r, const struct line *l)
{
	uint64_t start = l->start & ~(PAGE - 1);
	uint64_t end = l->last >= UINT64_MAX - PAGE ? UINT64_MAX & ~(PAGE - 1) : (l->last + PAGE) & ~(PAGE - 1);

	/* code, rodata, data and bss may share a page */
	if (r->n && start < r->r[r->n - 1].end)
		start = r->r[r->n - 1].end;
	return add(r, start, end);
}

/* RAM, of which *run is what has been seen but not yet added.  e820__reserve_setup_data() cuts a range within a page where
 * the boot loader left data, and the page on the cut is memory of A's like any other: lines are joined before rounding. */
static enum kj_err take_ram(const struct line *l, struct line *run, struct kj_iomem *ret)
{
	enum kj_err e;

	if (run->name && l->start && l->start - 1 == run->last) {
		run->last = l->last;
		return KJ_OK;
	}
	e = run->name ? add_inward(&ret->ram, run) : KJ_OK;
	*run = *l;
	return e;
}

static enum kj_err take(const struct line *l, struct line *run, struct kj_iomem *ret)
{
	const int ram = is(l, "System RAM") || begins(l, "System RAM (");
	enum kj_err e = KJ_OK;

	if (ram)
		e = take_ram(l, run, ret);
	else if (is(l, "Crash kernel"))
		e = add_inward(&ret->crash, l);
	else if (is(l, "Kernel code") || is(l, "Kernel rodata") || is(l, "Kernel data") || is(l, "Kernel bss"))
		e = add_outward(&ret->kernel, l);
	if (e || !l->top || l->last == UINT64_MAX)
		return e;
	/* devices are no memory: only what e820 made a resource of */
	if (ram || kj_e820_type(l->name, l->len) != KJ_E820_RESERVED || is(l, "Reserved"))
		e = kj_e820_append(&ret->map, l->start, l->last + 1,
				   ram ? (uint32_t)KJ_E820_RAM : kj_e820_type(l->name, l->len));
	return e;
}

enum kj_err kj_iomem_parse(const char *text, size_t len, struct kj_iomem *ret)
{
	struct line run = { .name = NULL };
	uint64_t highest = 0;
	enum kj_err e;

	memset(ret, 0, sizeof(*ret));
	while (len) {
		const char *nl = find(text, len, '\n');
		size_t n = nl ? (size_t)(nl - text) : len;
		struct line l;

		if (n) {
			e = parse_line(text, n, &l);
			if (!e)
				e = take(&l, &run, ret);
			if (e)
				return e;
			if (l.last > highest)
				highest = l.last;
		}
		text += n + (nl != NULL);
		len -= n + (nl != NULL);
	}
	e = run.name ? add_inward(&ret->ram, &run) : KJ_OK;
	if (e)
		return e;
	if (!ret->ram.n)
		return highest ? KJ_ENOTFOUND : KJ_EUNSUPP;
	return KJ_OK;
}
