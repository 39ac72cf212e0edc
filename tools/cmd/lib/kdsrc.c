// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A kdump as a source of A's memory. It must never call a page zero that the dump does not have.
 */
#include <errno.h>
#include <string.h>

#include "cmd/lib/amem_open.h"
#include "cmd/lib/kdpages.h"
#include "core/unit.h"
#include "sys/compat.h"
#include "sys/io.h"
#include "sys/vmcore.h"

#define CACHED 32u
#define ERASED_MAX (1u << 20)
#define PAGE ((uint64_t)KJ_PAGE)

struct source {
	struct kj_kdpages *pages;
	uint64_t pfn[CACHED]; /* of ->page, UINT64_MAX: none */
	uint8_t page[CACHED][KJ_PAGE];
};

static uint64_t src_run(void *src, uint64_t pa, uint64_t max)
{
	struct source *s = src;
	uint64_t n = 0;

	while (n < max && kj_kdpages_kept(s->pages, (pa + n) / PAGE))
		n += PAGE - (pa + n) % PAGE;
	return n < max ? n : max;
}

/* What is less than a page is read over and over, page tables above all. */
static int cached(struct source *s, uint64_t pfn, const uint8_t **ret)
{
	const unsigned int i = (unsigned int)(pfn % CACHED);

	if (s->pfn[i] != pfn) {
		s->pfn[i] = UINT64_MAX;
		if (kj_kdpages_read(s->pages, pfn, s->page[i]))
			return -EIO;
		s->pfn[i] = pfn;
	}
	*ret = s->page[i];
	return 0;
}

static int src_read(void *src, uint64_t pa, void *buf, size_t len)
{
	struct source *s = src;
	const uint8_t *page;
	uint8_t *p = buf;
	int err = 0;

	while (!err && len) {
		const size_t at = pa % PAGE, n = PAGE - at < len ? PAGE - at : len;

		if (n == PAGE) {
			err = kj_kdpages_read(s->pages, pa / PAGE, p);
		} else {
			err = cached(s, pa / PAGE, &page);
			if (!err)
				memcpy(p, page + at, n);
		}
		p += n;
		pa += n;
		len -= n;
	}
	return err;
}

static void src_ram(void *src, uint64_t pfn, uint8_t mask[KJ_UNIT_MASK])
{
	struct source *s = src;
	unsigned int i;

	memset(mask, 0, KJ_UNIT_MASK);
	for (i = 0; i < KJ_UNIT_MASK * 8; i++)
		if (kj_kdpages_ram(s->pages, pfn + i))
			kj_unit_set(mask, i);
}

static void src_close(void *src)
{
	struct source *s = src;

	kj_kdpages_close(s->pages);
	kj_munmap(s, sizeof(*s));
}

static const struct kj_amem_ops ops = { src_run, src_read, src_ram, src_close };

/* Runs of RAM, those less than @gap pages apart joined. 0: they are too many. */
static int join_ram(struct source *s, uint64_t gap, struct kj_ranges *ret)
{
	const uint64_t end = kj_kdpages_head(s->pages)->max_mapnr;
	uint64_t pfn = 0, next;

	ret->n = 0;
	while ((pfn = kj_kdpages_next(s->pages, pfn, 1)) < end) {
		struct kj_range *last = ret->n ? &ret->r[ret->n - 1] : NULL;

		next = kj_kdpages_next(s->pages, pfn, 0);
		if (last && pfn - last->end / PAGE < gap) {
			last->end = next * PAGE;
		} else if (ret->n == KJ_RAM_MAX) {
			return 0;
		} else {
			ret->r[ret->n].start = pfn * PAGE;
			ret->r[ret->n++].end = next * PAGE;
		}
		pfn = next;
	}
	return 1;
}

static void window_in_dump(const struct kj_amem *m, struct source *s, uint64_t *held, uint64_t *all)
{
	uint32_t i;
	uint64_t pa;

	*held = *all = 0;
	for (i = 0; i < m->facts.window.n; i++)
		for (pa = m->facts.window.r[i].start; pa < m->facts.window.r[i].end; pa += PAGE, (*all)++)
			*held += (uint64_t)kj_kdpages_ram(s->pages, pa / PAGE);
}

/* Room for a note of ->erase_size bytes; 0: it is none of ours to keep. */
static size_t erased_room(const struct kj_kdump *k)
{
	return k->erase_size <= ERASED_MAX ? (size_t)k->erase_size + KJ_NOTE_VIEW_ROOM : 0;
}

/*
 * What makedumpfile has erased of the memory, of which pages look like any other: in a kdump a text of its own, here a
 * note, as it is in an ELF core. It is there for people to read, so a dump does without rather than not be read.
 */
static int read_erased(struct kj_amem *m, const struct kj_kdfile *f, const struct kj_kdump *k)
{
	const size_t len = (size_t)k->erase_size;
	size_t before, at;
	int err;

	if (!len)
		return 0;
	if (!erased_room(k))
		return kj_amem_fail(m, 0, "the list of what was erased is too long, and not kept");
	/* newer than what the notes of the source had to say */
	err = m->facts.erased_len ? kj_amem_drop_note(m, KJ_NOTE_ERASED, m->facts.erased_off, m->facts.erased_len) : 0;
	if (err)
		return err;
	before = m->notes_len;
	if (kj_note_append(m->notes, m->notes_bytes, &m->notes_len, KJ_NOTE_ERASED, 0, NULL, len, &at))
		return kj_amem_fail(m, -EBADMSG, "notes: no room");
	if (kj_kdfile_read(f, m->notes + at, len, k->erase_off, NULL)) {
		m->notes_len = before;
		return kj_amem_fail(m, 0, "the list of what was erased cannot be read, and is not kept");
	}
	return kj_amem_take_notes(m);
}

/* Versions below 4 have no notes, but from 3 on the text of VMCOREINFO. */
static int read_notes(struct kj_amem *m, const struct kj_kdfile *f, const struct kj_kdump *k)
{
	const uint64_t off = k->notes_size ? k->notes_off : k->vi_off;
	const size_t len = (size_t)(k->notes_size ? k->notes_size : k->vi_size);
	size_t at = 0, room = ((len + 3) & ~(size_t)3) + 2 * KJ_NOTE_VIEW_ROOM + erased_room(k);
	void *mem;
	int err;

	if (!len && !k->erase_size)
		return 0;
	err = kj_alloc_pages(room, &mem);
	if (err)
		return kj_amem_fail(m, err, "notes: %s", strerror(-err));
	m->notes = mem;
	m->notes_bytes = room;
	if (!k->notes_size && len) {
		/* the text is there already when its note is put in front of it */
		err = kj_note_append(mem, room, &m->notes_len, "VMCOREINFO", 0, NULL, len, &at);
		if (err)
			return kj_amem_fail(m, -EBADMSG, "notes: no room");
	} else {
		m->notes_len = (len + 3) & ~(size_t)3;
	}
	err = kj_kdfile_read(f, m->notes + at, len, off, NULL);
	if (err)
		return kj_amem_fail(m, err == -ENODATA ? -EBADMSG : err, "notes: %s",
				    err == -ENODATA ? "the file ends before they do" : strerror(-err));
	err = kj_amem_take_notes(m);
	return err ? err : read_erased(m, f, k);
}

static int open_kdump(struct kj_amem *m)
{
	uint64_t gap = 1, held, all;
	struct source *s;
	const char *why;
	void *mem;
	int err = kj_alloc_pages(sizeof(*s), &mem);

	if (err)
		return kj_amem_fail(m, err, "%s", strerror(-err));
	s = mem;
	memset(s->pfn, 0xff, sizeof(s->pfn));
	err = kj_kdpages_open(m->fd, m->size, &s->pages, &why);
	if (err) {
		kj_munmap(s, sizeof(*s));
		return kj_amem_fail(m, err, "kdump: %s", err == -EBADMSG ? why : strerror(-err));
	}
	m->ops = &ops;
	m->src = s;
	m->kdump = kj_kdpages_head(s->pages);
	err = read_notes(m, kj_kdpages_file(s->pages), m->kdump);
	if (err)
		return err;
	m->ram = m->facts.ram;
	while (!m->facts.ram.n && !join_ram(s, gap, &m->ram))
		gap *= 2;
	window_in_dump(m, s, &held, &all);
	return kj_amem_join(m, held, all);
}

int kj_amem_open_any(struct kj_amem *m, const char *path, int raw)
{
	uint8_t head[64];
	size_t got = 0;
	int err;

	memset(m, 0, sizeof(*m));
	m->path = path;
	m->raw = raw;
	m->fd = kj_vmcore_open(path, &m->size);
	if (m->fd < 0)
		return kj_amem_fail(m, m->fd, "%s", strerror(-m->fd));
	(void)kj_pread_full(m->fd, head, sizeof(head), 0, &got);
	err = kj_kdfile_is(head, got) ? open_kdump(m) : kj_amem_open_elf(m);
	if (err)
		kj_amem_close(m);
	return err;
}
