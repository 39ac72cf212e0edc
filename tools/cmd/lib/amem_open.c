// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Joins ELF headers, notes and the backup pages map. It must never take a part of the window for A's.
 */
#include "cmd/lib/amem_open.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/corehdr.h"
#include "sys/compat.h"
#include "sys/io.h"
#include "sys/vmcore.h"

#define NOTES_MAX (16u << 20)
#define PHDRS 72u	/* read at a time */
#define PAGE_MASK ((uint64_t)KJ_PAGE - 1)

int kj_amem_fail(struct kj_amem *m, int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(m->why, sizeof(m->why), fmt, ap);
	va_end(ap);
	return err;
}

/* @what of the file, which lies there if the file is honest. */
static int read_part(struct kj_amem *m, uint64_t off, void *buf, size_t len, const char *what)
{
	int err = kj_pread_full(m->fd, buf, len, off, NULL);

	if (err == -ENODATA)
		return kj_amem_fail(m, -EBADMSG, "%s: the file ends before it does", what);
	return err ? kj_amem_fail(m, -EIO, "%s: %s", what, strerror(-err)) : 0;
}

/* A piece at a time: there may be a quarter of a million. */
static int read_phdrs(struct kj_amem *m, const struct kj_elf_head *head)
{
	uint8_t buf[PHDRS * KJ_ELF_PHDR];
	uint32_t done = 0, n;
	enum kj_err e;
	void *room;
	int err = kj_alloc_pages(head->phnum * sizeof(*m->loads), &room);

	if (err)
		return kj_amem_fail(m, err, "program headers: %s", strerror(-err));
	m->loads = room;
	m->loads_bytes = head->phnum * sizeof(*m->loads);
	e = kj_elf_begin(head, m->size, m->loads, head->phnum, &m->elf);
	for (; !e && done < head->phnum; done += n) {
		n = head->phnum - done < PHDRS ? head->phnum - done : PHDRS;
		err = read_part(m, head->phoff + (uint64_t)done * KJ_ELF_PHDR, buf, n * KJ_ELF_PHDR, "program headers");
		if (err)
			return err;
		e = kj_elf_add(&m->elf, buf, n);
	}
	if (!e)
		e = kj_elf_end(&m->elf);
	return e ? kj_amem_fail(m, -EBADMSG, "program headers: %s", kj_strerror(e)) : 0;
}

static int read_elf(struct kj_amem *m)
{
	uint8_t ehdr[KJ_ELF_EHDR], shdr[KJ_ELF_SHDR];
	struct kj_elf_head head;
	enum kj_err e;
	size_t got = 0;
	int err = kj_pread_full(m->fd, ehdr, sizeof(ehdr), 0, &got);

	if (err && err != -ENODATA)
		return kj_amem_fail(m, -EIO, "ELF header: %s", strerror(-err));
	e = kj_elf_head(ehdr, got, &head);
	if (e == KJ_ETRUNC || e == KJ_EMAGIC)
		return kj_amem_fail(m, -ENOEXEC, "no ELF64 x86-64 core");
	if (e)
		return kj_amem_fail(m, -EBADMSG, "ELF header: %s", kj_strerror(e));
	m->incomplete = head.incomplete;
	if (head.xnum) {
		err = read_part(m, head.shoff, shdr, sizeof(shdr), "section header");
		if (err)
			return err;
		e = kj_elf_xnum(&head, shdr, sizeof(shdr));
		if (e)
			return kj_amem_fail(m, -EBADMSG, "section header: %s", kj_strerror(e));
	}
	return read_phdrs(m, &head);
}

static int read_notes(struct kj_amem *m)
{
	uint64_t total = 0;
	void *p;
	int err;

	for (uint32_t i = 0; i < m->elf.nnote; i++) {
		if (m->elf.note[i].size > NOTES_MAX || total > NOTES_MAX)
			return kj_amem_fail(m, -EBADMSG, "notes: %s", kj_strerror(KJ_ELIMIT));
		/* each area starts aligned, as its notes are; zeros between them are padding */
		total += (m->elf.note[i].size + 3) & ~(uint64_t)3;
	}
	if (!total)
		return 0;
	err = kj_alloc_pages(total + KJ_NOTE_VIEW_ROOM, &p);
	if (err)
		return kj_amem_fail(m, err, "notes: %s", strerror(-err));
	m->notes = p;
	m->notes_len = total;
	m->notes_bytes = total + KJ_NOTE_VIEW_ROOM;
	total = 0;
	for (uint32_t i = 0; i < m->elf.nnote; i++) {
		err = read_part(m, m->elf.note[i].off, m->notes + total, m->elf.note[i].size, "notes");
		if (err)
			return err;
		total += (m->elf.note[i].size + 3) & ~(uint64_t)3;
	}
	return kj_amem_take_notes(m);
}

int kj_amem_take_notes(struct kj_amem *m)
{
	enum kj_err e = kj_note_parse(m->notes, m->notes_len, &m->facts);

	if (e && m->raw) {
		/* what is not understood says nothing about memory, which is there all the same */
		m->notes_len = kj_note_whole(m->notes, m->notes_len) & ~(size_t)3;
		if (kj_note_parse(m->notes, m->notes_len, &m->facts))
			m->notes_len = 0;
		(void)kj_amem_fail(m, 0, "notes: %s: %s", kj_strerror(e),
				   m->notes_len && m->facts.vmcoreinfo_len ? "used as far as they go" :
									     "no VMCOREINFO, all pages kept");
		e = KJ_OK;
	}
	if (e || !m->notes_len)
		memset(&m->facts, 0, sizeof(m->facts));
	if (e)
		return kj_amem_fail(m, -EBADMSG, "notes: %s", kj_strerror(e));
	if (m->facts.vmcoreinfo_len)
		kj_vmcoreinfo_init((const char *)m->notes + m->facts.vmcoreinfo_off, m->facts.vmcoreinfo_len, &m->vi);
	return 0;
}

/* Whole pages of the PT_LOADs, touching ones joined, and those @gap apart. 0: they are too many. */
static int join_loads(struct kj_amem *m, uint64_t gap)
{
	m->ram.n = 0;
	for (uint32_t i = 0; i < m->elf.nload; i++) {
		const struct kj_elf_load *l = &m->elf.load[i];
		uint64_t start = (l->paddr + PAGE_MASK) & ~PAGE_MASK;
		uint64_t end = (l->paddr + l->filesz) & ~PAGE_MASK;

		if (start >= end)
			continue;
		if (m->ram.n && start - m->ram.r[m->ram.n - 1].end <= gap) {
			m->ram.r[m->ram.n - 1].end = end;
			continue;
		}
		if (m->ram.n == KJ_RAM_MAX)
			return 0;
		m->ram.r[m->ram.n].start = start;
		m->ram.r[m->ram.n++].end = end;
	}
	return 1;
}

/* A dump that was filtered may have many: gaps become pages that are not there. */
static void ram_from_loads(struct kj_amem *m)
{
	uint64_t gap = 0;

	while (!join_loads(m, gap))
		gap = gap ? 2 * gap : KJ_PAGE;
}

/* A kernel that writes the core header itself does so at each jump: memory that was plugged in since B was loaded is in
 * there, and not in the loader's note.  0: too many ranges. */
static int ram_now(struct kj_amem *m)
{
	int fits = join_loads(m, 0);

	for (uint32_t i = 0; fits && i < m->facts.window.n; i++)
		fits = !kj_ranges_add(&m->ram, m->facts.window.r[i].start, m->facts.window.r[i].end);
	return fits && m->ram.n;
}

/* Bytes of the window that the PT_LOADs claim to hold, and all of it. */
static void window_in_loads(const struct kj_amem *m, uint64_t *held, uint64_t *all)
{
	*held = *all = 0;
	for (uint32_t i = 0; i < m->facts.window.n; i++) {
		const struct kj_range *w = &m->facts.window.r[i];

		*all += w->end - w->start;
		for (uint32_t j = 0; j < m->elf.nload; j++) {
			const struct kj_elf_load *l = &m->elf.load[j];
			uint64_t start = l->paddr > w->start ? l->paddr : w->start;
			uint64_t end = l->paddr + l->filesz < w->end ? l->paddr + l->filesz : w->end;

			if (start < end)
				*held += end - start;
		}
	}
}

static int read_for_map(void *ctx, uint64_t pa, void *buf, size_t len)
{
	return kj_amem_read_phys(ctx, pa, buf, len);
}

/* The list at @head, or if that is 0 the PAGES note. */
static enum kj_err walk(struct kj_amem *m, uint64_t head, struct kj_map_run *run, size_t cap, size_t *needed)
{
	const struct kj_facts *f = &m->facts;

	return head ? kj_map_build(head, &f->window, &m->ram, read_for_map, m, run, cap, &m->map, needed) :
		      kj_map_list(m->notes + f->pages_off, f->pages_len, &f->window, &m->ram, run, cap, &m->map, needed);
}

/* Build the map whose list starts at @head, see walk().  -EBADMSG with *why if it is none. */
static int build_map(struct kj_amem *m, uint64_t head, enum kj_err *why)
{
	size_t n;
	void *p;
	int err;

	*why = walk(m, head, NULL, 0, &n);
	if (*why != KJ_ENOSPC)
		return -EBADMSG;
	err = kj_alloc_pages(n * sizeof(struct kj_map_run), &p);
	if (err)
		return err;
	*why = walk(m, head, p, n, NULL);
	if (*why) {
		kj_munmap(p, n * sizeof(struct kj_map_run));
		return -EBADMSG;
	}
	m->map_bytes = n * sizeof(struct kj_map_run);
	return 0;
}

/* From the notes of a kernel that publishes it, in one of them or where one says.  Else out of the control page, up to
 * 6.13 at a fixed place, later anywhere in the page: the triple whose list is a map is the one. */
static int find_map(struct kj_amem *m)
{
	uint64_t cp = m->facts.re & ~PAGE_MASK;
	enum kj_err why = KJ_ENOTFOUND;
	uint8_t page[KJ_PAGE];
	uint32_t pos = 0;
	int err = -EBADMSG;

	if (!kj_ranges_contain(&m->ram, cp, KJ_PAGE) || kj_ranges_overlap(&m->facts.window, cp, KJ_PAGE))
		return kj_amem_fail(m, -EBADMSG, "re-entry address 0x%llx: not in A's memory", (unsigned long long)m->facts.re);
	if (m->facts.have & KJ_HAVE(KJ_NT_MAP)) {
		m->cp = (struct kj_map_page){ .cp = cp, .table = m->facts.map_table, .swap = m->facts.map_swap,
					      .head = m->facts.map_head, .cr4 = m->facts.map_cr4 };
		m->map_from = KJ_MAP_GIVEN;
		if (m->facts.have & KJ_HAVE(KJ_NT_PAGES))
			err = build_map(m, 0, &why);
		if (err == -EBADMSG) {
			m->map_from = KJ_MAP_TOLD;
			err = build_map(m, m->cp.head, &why);
		}
	}
	if (err == -EBADMSG) {
		m->map_from = KJ_MAP_SEARCHED;
		if (kj_amem_read_phys(m, cp, page, sizeof(page)))
			return kj_amem_fail(m, -EBADMSG, "control page 0x%llx: cannot be read", (unsigned long long)cp);
		while (err == -EBADMSG &&
		       !kj_map_page_next(page, cp, &m->ram, &m->facts.window, &pos, &m->cp))
			err = build_map(m, m->cp.head, &why);
	}
	if (err == -EBADMSG)
		return kj_amem_fail(m, err, "backup pages map of control page 0x%llx: %s", (unsigned long long)cp,
			    kj_strerror(why));
	return err ? kj_amem_fail(m, err, "backup pages map: %s", strerror(-err)) : 0;
}

int kj_amem_drop_note(struct kj_amem *m, const char *name, size_t desc, size_t len)
{
	const size_t at = desc - ((strlen(name) + 1 + 3) & ~(size_t)3) - 12;	/* a name and an Elf64_Nhdr before it */
	size_t end = (desc + len + 3) & ~(size_t)3;

	if (end > m->notes_len)
		end = m->notes_len;
	memmove(m->notes + at, m->notes + end, m->notes_len - end);
	m->notes_len -= end - at;
	return kj_amem_take_notes(m);
}

/* The PAGES note has done its work: a dump, where each page is in its place, has no use for it. */
static int drop_pages(struct kj_amem *m)
{
	if (!(m->facts.have & KJ_HAVE(KJ_NT_PAGES)))
		return 0;
	return kj_amem_drop_note(m, KJ_NOTE_NAME, m->facts.pages_off, m->facts.pages_len);
}

/* Dumps are made in the logical view: say so in their notes, for they may lack pages of the window. */
static int add_view(struct kj_amem *m)
{
	const struct kj_note_view v = {
		.h = { kj_put_le32(KJ_NOTE_VERSION), kj_put_le32(sizeof(v)) },
		.view = kj_put_le32(KJ_VIEW_LOGICAL),
	};

	return kj_note_append(m->notes, m->notes_bytes, &m->notes_len, KJ_NOTE_NAME, KJ_NT_VIEW, &v, sizeof(v), NULL)
		       ? kj_amem_fail(m, -EBADMSG, "notes: no room")
		       : 0;
}

int kj_amem_join(struct kj_amem *m, uint64_t held, uint64_t all)
{
	const uint32_t both = KJ_HAVE(KJ_NT_WINDOW) | KJ_HAVE(KJ_NT_RAM);
	int err;

	if (!m->facts.re)
		return 0;
	if ((m->facts.have & both) != both)
		return kj_amem_fail(m, -EBADMSG, "notes: a re-entry address, but no window or no memory ranges");
	if (held == all || m->facts.have & KJ_HAVE(KJ_NT_VIEW)) {
		m->is_logical = 1;
		return 0;
	}
	if (held)
		return kj_amem_fail(m, -EBADMSG, "program headers: they hold a part of the window");
	err = find_map(m);
	if (!err)
		err = drop_pages(m);
	if (!err)
		err = add_view(m);
	m->is_jump = !err;
	return err;
}

static int join_notes(struct kj_amem *m)
{
	uint64_t held, all;

	if (!(m->facts.have & KJ_HAVE(KJ_NT_PAGES)) || !ram_now(m)) {
		if (m->facts.ram.n)
			m->ram = m->facts.ram;
		else
			ram_from_loads(m);
	}
	window_in_loads(m, &held, &all);
	return kj_amem_join(m, held, all);
}

int kj_amem_open_elf(struct kj_amem *m)
{
	int err = read_elf(m);

	if (!err)
		err = read_notes(m);
	return err ? err : join_notes(m);
}

int kj_amem_open(struct kj_amem *m, const char *path)
{
	int err;

	memset(m, 0, sizeof(*m));
	m->path = path;
	m->fd = kj_vmcore_open(path, &m->size);
	if (m->fd < 0)
		return kj_amem_fail(m, m->fd, "%s", strerror(-m->fd));
	err = kj_amem_open_elf(m);
	if (err)
		kj_amem_close(m);
	return err;
}
