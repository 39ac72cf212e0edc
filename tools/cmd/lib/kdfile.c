// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The index of a flattened stream's records. It must never let an overlap of records decide by chance.
 */
#include "cmd/lib/kdfile.h"

#include <errno.h>
#include <string.h>

#include "core/kdump.h"
#include "sys/compat.h"
#include "sys/io.h"

#define RECORDS_MAX (1u << 24)
#define ACTIVE_MAX 8u /* records that may claim the same byte */

int kj_kdfile_is(const uint8_t *buf, size_t len)
{
	static const char magic[8] = "KDUMP   ";

	return (len >= sizeof(magic) && !memcmp(buf, magic, sizeof(magic))) ||
	       kj_flat_parse(buf, len) == KJ_OK;
}

static int bad(const char **why, const char *what)
{
	*why = what;
	return -EBADMSG;
}

static int add(struct kj_kdfile *f, uint64_t off, uint64_t at, uint64_t len)
{
	struct kj_kdseg *seg;
	uint32_t room;
	void *p;
	int err;

	if (f->nseg == f->room) {
		room = f->room ? 2 * f->room : 4096;
		err = kj_alloc_pages(room * sizeof(*seg), &p);
		if (err)
			return err;
		if (f->nseg)
			memcpy(p, f->seg, f->nseg * sizeof(*seg));
		kj_munmap(f->seg, f->room * sizeof(*seg));
		f->seg = p;
		f->room = room;
	}
	f->seg[f->nseg++] = (struct kj_kdseg){ off, at, len };
	return 0;
}

static int read_records(struct kj_kdfile *f, uint64_t size, const char **why)
{
	uint64_t at = KJ_FLAT_HEAD, off, len;
	uint8_t rec[KJ_FLAT_RECORD];
	enum kj_err e;
	int err;

	while (size >= at && size - at >= sizeof(rec)) {
		err = kj_pread_full(f->fd, rec, sizeof(rec), at, NULL);
		if (err)
			return err;
		e = kj_flat_next(rec, &off, &len);
		if (e == KJ_ENOTFOUND) {
			f->ended = 1;
			return 0;
		}
		if (e)
			return bad(why, "a record that cannot be");
		at += sizeof(rec);
		if (len > size - at)
			len = size - at;
		if (f->nseg == RECORDS_MAX)
			return bad(why, "too many records");
		err = len ? add(f, off, at, len) : 0;
		if (err)
			return err;
		at += len;
	}
	return 0;
}

/* In the dump; of two at the same place the one that came first in the stream is first. */
static int before(const struct kj_kdseg *a, const struct kj_kdseg *b)
{
	return a->off != b->off ? a->off < b->off : a->at < b->at;
}

static void sift(struct kj_kdseg *s, uint32_t i, uint32_t n)
{
	for (uint32_t c = 2 * i + 1; c < n; i = c, c = 2 * i + 1) {
		const struct kj_kdseg t = s[i];

		if (c + 1 < n && before(&s[c], &s[c + 1]))
			c++;
		if (!before(&t, &s[c]))
			return;
		s[i] = s[c];
		s[c] = t;
	}
}

/* Heap sort: no recursion, no memory, and no bad case that a file could choose. */
static void sort(struct kj_kdseg *s, uint32_t n)
{
	uint32_t i;

	for (i = 1; i < n && !before(&s[i], &s[i - 1]); i++)
		;
	if (i >= n)
		return;
	for (i = n / 2; i--;)
		sift(s, i, n);
	for (i = n; i-- > 1;) {
		const struct kj_kdseg t = s[0];

		s[0] = s[i];
		s[i] = t;
		sift(s, 0, i);
	}
}

static int overlaps(const struct kj_kdfile *f)
{
	uint32_t i;

	for (i = 1; i < f->nseg; i++)
		if (f->seg[i].off - f->seg[i - 1].off < f->seg[i - 1].len)
			return 1;
	return 0;
}

/* From @pos on, the piece that counts is the newest of the active ones, up to where something begins or ends. */
static int resolve(const struct kj_kdfile *from, struct kj_kdfile *to, const char **why)
{
	const struct kj_kdseg *act[ACTIVE_MAX], *top;
	uint64_t pos = 0, next;
	uint32_t i = 0, n = 0, k, m;
	int err = 0;

	while (!err && (i < from->nseg || n)) {
		if (!n && from->seg[i].off > pos)
			pos = from->seg[i].off;
		for (; i < from->nseg && from->seg[i].off <= pos; i++) {
			if (n == ACTIVE_MAX)
				return bad(why, "too many records for the same bytes");
			act[n++] = &from->seg[i];
		}
		next = i < from->nseg ? from->seg[i].off : UINT64_MAX;
		for (top = NULL, k = 0; k < n; k++) {
			if (!top || act[k]->at > top->at)
				top = act[k];
			if (act[k]->off + act[k]->len < next)
				next = act[k]->off + act[k]->len;
		}
		if (top)
			err = add(to, pos, top->at + (pos - top->off), next - pos);
		pos = next;
		for (k = m = 0; k < n; k++)
			if (act[k]->off + act[k]->len > pos)
				act[m++] = act[k];
		n = m;
	}
	return err;
}

static int open_flat(struct kj_kdfile *f, uint64_t size, const char **why)
{
	struct kj_kdfile clean;
	int err = read_records(f, size, why);

	if (err)
		return err;
	if (!f->nseg)
		return bad(why, f->ended ? "an empty stream" : "headers are cut");
	sort(f->seg, f->nseg);
	if (overlaps(f)) {
		clean = *f;
		clean.seg = NULL;
		clean.nseg = clean.room = 0;
		err = resolve(f, &clean, why);
		kj_kdfile_close(err ? &clean : f);
		if (err)
			return err;
		*f = clean;
	}
	f->size = f->seg[f->nseg - 1].off + f->seg[f->nseg - 1].len;
	return 0;
}

int kj_kdfile_open(struct kj_kdfile *f, int fd, uint64_t size, const char **why)
{
	uint8_t buf[32];
	int err = kj_pread_full(fd, buf, sizeof(buf), 0, NULL);

	*why = "";
	memset(f, 0, sizeof(*f));
	f->fd = fd;
	if (err)
		return err == -ENODATA ? bad(why, "headers are cut") : err;
	f->flat = kj_flat_parse(buf, sizeof(buf)) == KJ_OK;
	if (!f->flat) {
		f->size = size;
		f->ended = 1;
		return 0;
	}
	err = open_flat(f, size, why);
	if (err)
		kj_kdfile_close(f);
	return err;
}

void kj_kdfile_close(struct kj_kdfile *f)
{
	kj_munmap(f->seg, f->room * sizeof(*f->seg));
	f->seg = NULL;
	f->nseg = f->room = 0;
}

/* How many pieces begin at @off or before it. */
static uint32_t begun(const struct kj_kdfile *f, uint64_t off)
{
	uint32_t lo = 0, hi = f->nseg;

	while (lo < hi) {
		const uint32_t mid = lo + (hi - lo) / 2;

		if (f->seg[mid].off <= off)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* Bytes from @off on that no piece has, and that are zeros in the file which the stream makes; @next: number of the piece
 * behind them. Nobody knows what was still to come there in a stream that is cut, but in the headers, which come first. */
static uint64_t hole(const struct kj_kdfile *f, uint64_t off, uint32_t next)
{
	const uint64_t end = next < f->nseg ? f->seg[next].off : off;

	if (f->ended || end <= off)
		return end - off;
	return off >= KJ_KDUMP_HEAD ? 0 : (end < KJ_KDUMP_HEAD ? end : KJ_KDUMP_HEAD) - off;
}

int kj_kdfile_read(const struct kj_kdfile *f, void *buf, size_t len, uint64_t off, size_t *got)
{
	size_t done = 0, part;
	uint64_t at, n;
	int err = 0;

	if (!f->flat)
		return off > INT64_MAX ? -ENODATA : kj_pread_full(f->fd, buf, len, off, got);
	while (!err && done < len) {
		const uint32_t next = begun(f, off + done);
		const struct kj_kdseg *s = next ? &f->seg[next - 1] : NULL;
		const int in = s && off + done - s->off < s->len;

		at = off + done;
		n = in ? s->len - (at - s->off) : hole(f, at, next);
		n = n < len - done ? n : len - done;
		part = (size_t)n;
		if (in)
			err = kj_pread_full(f->fd, (uint8_t *)buf + done, (size_t)n, s->at + (at - s->off), &part);
		else if (n)
			memset((uint8_t *)buf + done, 0, (size_t)n);
		else
			err = -ENODATA;
		done += part;
	}
	if (got)
		*got = done;
	return err;
}
