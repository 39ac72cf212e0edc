// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Joins the ELF headers, the notes and the backup pages map into A's memory; must never read a page of the window as
 * it lies there now, for that is B's.
 */
#include "cmd/lib/amem.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "sys/compat.h"
#include "sys/io.h"
#include "sys/vmcore.h"

#define NOTES_MAX (16u << 20)
#define PAGE_MASK ((uint64_t)KJ_PAGE - 1)

__attribute__((format(printf, 3, 4))) static int fail(struct kj_amem *m, int err, const char *fmt, ...)
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
		return fail(m, -EBADMSG, "%s: the file ends before it does", what);
	return err ? fail(m, -EIO, "%s: %s", what, strerror(-err)) : 0;
}

static int read_elf(struct kj_amem *m)
{
	uint8_t ehdr[KJ_ELF_EHDR], shdr[KJ_ELF_SHDR];
	struct kj_elf_head head;
	enum kj_err e;
	size_t len, got = 0;
	void *phdrs;
	int err = kj_pread_full(m->fd, ehdr, sizeof(ehdr), 0, &got);

	if (err && err != -ENODATA)
		return fail(m, -EIO, "ELF header: %s", strerror(-err));
	e = kj_elf_head(ehdr, got, &head);
	if (e == KJ_ETRUNC || e == KJ_EMAGIC)
		return fail(m, -ENOEXEC, "no ELF64 x86-64 core");
	if (e)
		return fail(m, -EBADMSG, "ELF header: %s", kj_strerror(e));
	if (head.xnum) {
		err = read_part(m, head.shoff, shdr, sizeof(shdr), "section header");
		if (err)
			return err;
		e = kj_elf_xnum(&head, shdr, sizeof(shdr));
		if (e)
			return fail(m, -EBADMSG, "section header: %s", kj_strerror(e));
	}
	len = kj_elf_phdrs_size(&head);
	err = kj_alloc_pages(len, &phdrs);
	if (err)
		return fail(m, err, "program headers: %s", strerror(-err));
	err = read_part(m, head.phoff, phdrs, len, "program headers");
	if (!err) {
		e = kj_elf_parse(&head, phdrs, len, m->size, &m->elf);
		if (e)
			err = fail(m, -EBADMSG, "program headers: %s", kj_strerror(e));
	}
	kj_munmap(phdrs, len);
	return err;
}

static int read_notes(struct kj_amem *m)
{
	uint64_t total = 0;
	enum kj_err e;
	void *p;
	int err;

	for (uint32_t i = 0; i < m->elf.nnote; i++) {
		if (m->elf.note[i].size > NOTES_MAX || total > NOTES_MAX)
			return fail(m, -EBADMSG, "notes: %s", kj_strerror(KJ_ELIMIT));
		/* each area starts aligned, as its notes are; zeros between them are padding */
		total += (m->elf.note[i].size + 3) & ~(uint64_t)3;
	}
	if (!total)
		return 0;
	err = kj_alloc_pages(total, &p);
	if (err)
		return fail(m, err, "notes: %s", strerror(-err));
	m->notes = p;
	m->notes_len = m->notes_bytes = total;
	total = 0;
	for (uint32_t i = 0; i < m->elf.nnote; i++) {
		err = read_part(m, m->elf.note[i].off, m->notes + total, m->elf.note[i].size, "notes");
		if (err)
			return err;
		total += (m->elf.note[i].size + 3) & ~(uint64_t)3;
	}
	e = kj_note_parse(m->notes, m->notes_len, &m->facts);
	if (e) {
		memset(&m->facts, 0, sizeof(m->facts));
		return fail(m, -EBADMSG, "notes: %s", kj_strerror(e));
	}
	if (m->facts.vmcoreinfo_len)
		kj_vmcoreinfo_init((const char *)m->notes + m->facts.vmcoreinfo_off, m->facts.vmcoreinfo_len, &m->vi);
	return 0;
}

/* Whole pages of the PT_LOADs, touching ones joined. */
static int ram_from_loads(struct kj_amem *m)
{
	for (uint32_t i = 0; i < m->elf.nload; i++) {
		const struct kj_elf_load *l = &m->elf.load[i];
		uint64_t start = (l->paddr + PAGE_MASK) & ~PAGE_MASK;
		uint64_t end = (l->paddr + l->filesz) & ~PAGE_MASK;

		if (start >= end)
			continue;
		if (m->ram.n && m->ram.r[m->ram.n - 1].end == start) {
			m->ram.r[m->ram.n - 1].end = end;
			continue;
		}
		if (m->ram.n == KJ_RAM_MAX)
			return fail(m, -EBADMSG, "more than %u separate PT_LOADs", KJ_RAM_MAX);
		m->ram.r[m->ram.n].start = start;
		m->ram.r[m->ram.n++].end = end;
	}
	return 0;
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

/* Build the map whose list starts at @head.  -EBADMSG with *why if it is none. */
static int build_map(struct kj_amem *m, uint64_t head, enum kj_err *why)
{
	const struct kj_ranges *window = &m->facts.window;
	size_t n;
	void *p;
	int err;

	*why = kj_map_build(head, window, &m->ram, read_for_map, m, NULL, 0, NULL, &n);
	if (*why != KJ_ENOSPC)
		return -EBADMSG;
	err = kj_alloc_pages(n * sizeof(struct kj_map_run), &p);
	if (err)
		return err;
	*why = kj_map_build(head, window, &m->ram, read_for_map, m, p, n, &m->map, NULL);
	if (*why) {
		kj_munmap(p, n * sizeof(struct kj_map_run));
		return -EBADMSG;
	}
	m->map_bytes = n * sizeof(struct kj_map_run);
	return 0;
}

/* Up to 6.13 at a fixed place, later anywhere in the page: the triple whose list is a map is the one. */
static int find_map(struct kj_amem *m)
{
	uint64_t cp = m->facts.re & ~PAGE_MASK;
	enum kj_err why = KJ_ENOTFOUND;
	uint8_t page[KJ_PAGE];
	uint32_t pos = 0;
	int err;

	if (!kj_ranges_contain(&m->ram, cp, KJ_PAGE) || kj_ranges_overlap(&m->facts.window, cp, KJ_PAGE))
		return fail(m, -EBADMSG, "re-entry address 0x%llx: not in A's memory", (unsigned long long)m->facts.re);
	if (m->facts.have & KJ_HAVE(KJ_NT_MAP)) {
		m->cp = (struct kj_map_page){ .cp = cp, .table = m->facts.map_table, .swap = m->facts.map_swap,
					      .head = m->facts.map_head, .cr4 = m->facts.map_cr4 };
		err = build_map(m, m->cp.head, &why);
	} else {
		if (kj_amem_read_phys(m, cp, page, sizeof(page)))
			return fail(m, -EBADMSG, "control page 0x%llx: cannot be read", (unsigned long long)cp);
		err = -EBADMSG;
		while (err == -EBADMSG &&
		       !kj_map_page_next(page, cp, &m->ram, &m->facts.window, &pos, &m->cp))
			err = build_map(m, m->cp.head, &why);
	}
	if (err == -EBADMSG)
		return fail(m, err, "backup pages map of control page 0x%llx: %s", (unsigned long long)cp,
			    kj_strerror(why));
	return err ? fail(m, err, "backup pages map: %s", strerror(-err)) : 0;
}

static int join_notes(struct kj_amem *m)
{
	const uint32_t both = KJ_HAVE(KJ_NT_WINDOW) | KJ_HAVE(KJ_NT_RAM);
	uint64_t held, all;
	int err;

	if (m->facts.ram.n) {
		m->ram = m->facts.ram;
	} else {
		err = ram_from_loads(m);
		if (err)
			return err;
	}
	if (!m->facts.re)
		return 0;
	if ((m->facts.have & both) != both)
		return fail(m, -EBADMSG, "notes: a re-entry address, but no window or no memory ranges");
	window_in_loads(m, &held, &all);
	if (held == all) {
		m->is_logical = 1;
		return 0;
	}
	if (held)
		return fail(m, -EBADMSG, "program headers: they hold a part of the window");
	err = find_map(m);
	m->is_jump = !err;
	return err;
}

int kj_amem_open(struct kj_amem *m, const char *path)
{
	int err;

	memset(m, 0, sizeof(*m));
	m->path = path;
	m->fd = kj_vmcore_open(path, &m->size);
	if (m->fd < 0)
		return fail(m, m->fd, "%s", strerror(-m->fd));
	err = read_elf(m);
	if (!err)
		err = read_notes(m);
	if (!err)
		err = join_notes(m);
	if (err)
		kj_amem_close(m);
	return err;
}

void kj_amem_close(struct kj_amem *m)
{
	kj_close(m->fd);
	kj_munmap(m->notes, m->notes_bytes);
	kj_munmap(m->map.run, m->map_bytes);
	m->fd = -1;
	m->notes = NULL;
	m->notes_len = m->notes_bytes = m->map_bytes = 0;
	memset(&m->vi, 0, sizeof(m->vi));
	memset(&m->map, 0, sizeof(m->map));
	m->is_jump = 0;
}

/* Bytes from @pa on, at most @max, that lie in one piece in the file and not in the window. */
static uint64_t phys_run(const struct kj_amem *m, uint64_t pa, uint64_t max, uint64_t *off)
{
	uint64_t run;

	if (kj_elf_find(&m->elf, pa, off, &run))
		return 0;
	if (run > max)
		run = max;
	for (uint32_t i = 0; !m->is_logical && m->facts.re && i < m->facts.window.n; i++) {
		const struct kj_range *w = &m->facts.window.r[i];

		if (pa >= w->start && pa < w->end)
			return 0;
		if (pa < w->start && run > w->start - pa)
			run = w->start - pa;
	}
	return run;
}

int kj_amem_read_phys(struct kj_amem *m, uint64_t pa, void *buf, size_t len)
{
	uint8_t *p = buf;

	while (len) {
		uint64_t off, run = phys_run(m, pa, len, &off);
		int err;

		if (!run)
			return -EFAULT;
		err = kj_pread_full(m->fd, p, run, off, NULL);
		if (err)
			return -EIO;
		p += run;
		pa += run;
		len -= run;
	}
	return 0;
}

/*
 * What holds the bytes from @pa on: *ret is an address in the physical view, and *run (at most @max) how many bytes
 * from there on are A's at @pa.  -ENXIO: A had nothing in those *run bytes.
 */
static int locate(const struct kj_amem *m, uint64_t pa, uint64_t max, uint64_t *ret, uint64_t *run)
{
	const struct kj_map_run *r;
	uint64_t left;

	*ret = pa;
	*run = max;
	if (!m->is_jump)
		return 0;
	r = kj_map_by_dst(&m->map, pa);
	if (r) {
		left = (uint64_t)r->n * KJ_PAGE - (pa - r->dst);
		if (left < max)
			*run = left;
		*ret = r->src + (pa - r->dst);
		return r->src == r->dst ? -ENXIO : 0;
	}
	for (uint32_t i = 0; i < m->facts.window.n; i++) {
		uint64_t start = m->facts.window.r[i].start;

		if (start > pa && start - pa < *run)
			*run = start - pa;
	}
	r = kj_map_next_src(&m->map, pa);
	if (!r)
		return 0;
	if (pa < r->src) {
		if (r->src - pa < *run)
			*run = r->src - pa;
		return 0;
	}
	/* a backup page; r->src == r->dst would be in the window */
	left = (uint64_t)r->n * KJ_PAGE - (pa - r->src);
	if (left < *run)
		*run = left;
	return -ENXIO;
}

int kj_amem_read(struct kj_amem *m, uint64_t pa, void *buf, size_t len)
{
	uint8_t *p = buf;

	while (len) {
		uint64_t at, run;
		int err = locate(m, pa, len, &at, &run);

		if (err == -ENXIO) {
			memset(p, 0, run);
			err = 0;
		} else {
			err = kj_amem_read_phys(m, at, p, run);
		}
		if (err)
			return err;
		p += run;
		pa += run;
		len -= run;
	}
	return 0;
}

int kj_amem_reader(void *ctx, uint64_t pa, void *buf, size_t len)
{
	return kj_amem_read(ctx, pa, buf, len);
}

int kj_amem_map(struct kj_amem *m, uint64_t pa, size_t len, const uint8_t **ret)
{
	uint64_t off;

	if (!len || (pa | len) & PAGE_MASK)
		return -EINVAL;
	if (phys_run(m, pa, len, &off) < len)
		return -EFAULT;
	return kj_vmcore_map(m->fd, off, len, ret);
}

void kj_amem_unmap(struct kj_amem *m, const uint8_t *p, size_t len)
{
	(void)m;
	kj_vmcore_unmap(p, len);
}

uint64_t kj_amem_run(const struct kj_amem *m, uint64_t pa, uint64_t max)
{
	uint64_t off;

	return pa & PAGE_MASK ? 0 : phys_run(m, pa, max, &off) & ~PAGE_MASK;
}

int kj_amem_locate(const struct kj_amem *m, uint64_t pa, uint64_t *ret)
{
	uint64_t at, run;
	int err = locate(m, pa, KJ_PAGE, &at, &run);

	if (err)
		return err;
	if (kj_amem_run(m, at, KJ_PAGE) != KJ_PAGE)
		return -EFAULT;
	*ret = at;
	return 0;
}

int kj_amem_is_backup(const struct kj_amem *m, uint64_t pa)
{
	const struct kj_map_run *r = kj_map_by_src(&m->map, pa);

	return r && r->src != r->dst;
}
