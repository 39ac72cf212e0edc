// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A's memory, page by page, wherever it lies; must never read a page of the window as it lies there now, for that is
 * B's.
 */
#include "cmd/lib/amem.h"

#include <errno.h>
#include <string.h>

#include "sys/badpage.h"
#include "sys/compat.h"
#include "sys/io.h"
#include "sys/vmcore.h"

#define PAGE_MASK ((uint64_t)KJ_PAGE - 1)

void kj_amem_close(struct kj_amem *m)
{
	if (m->ops)
		m->ops->close(m->src);
	m->ops = NULL;
	m->src = NULL;
	m->kdump = NULL;
	kj_close(m->fd);
	kj_munmap(m->notes, m->notes_bytes);
	kj_munmap(m->map.run, m->map_bytes);
	kj_munmap(m->loads, m->loads_bytes);
	m->fd = -1;
	m->notes = NULL;
	m->loads = NULL;
	m->elf.nload = 0;
	m->notes_len = m->notes_bytes = m->map_bytes = m->loads_bytes = 0;
	memset(&m->vi, 0, sizeof(m->vi));
	memset(&m->map, 0, sizeof(m->map));
	m->is_jump = 0;
}

/* Bytes from @pa on, at most @max, that lie in one piece in the file and not in the window. */
static uint64_t phys_run(const struct kj_amem *m, uint64_t pa, uint64_t max, uint64_t *off)
{
	uint64_t run;

	if (m->ops) {
		*off = pa;
		run = m->ops->run(m->src, pa, max);
	} else if (kj_elf_find(&m->elf, pa, off, &run)) {
		return 0;
	}
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
		err = m->ops ? m->ops->read(m->src, pa, p, run) : kj_pread_full(m->fd, p, run, off, NULL);
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

/* A copy; pages that cannot be read are as those of a mapping. */
static int copy(struct kj_amem *m, uint64_t pa, size_t len, const uint8_t **ret)
{
	uint8_t *p;
	void *mem;
	size_t at;
	int err = kj_alloc_pages(len, &mem);

	if (err)
		return err;
	for (p = mem, at = 0; at < len; at += KJ_PAGE) {
		if (!m->ops->read(m->src, pa + at, p + at, KJ_PAGE))
			continue;
		memset(p + at, 0, KJ_PAGE);
		kj_bad_note(p + at);
	}
	*ret = p;
	return 0;
}

int kj_amem_map(struct kj_amem *m, uint64_t pa, size_t len, const uint8_t **ret)
{
	uint64_t off;

	if (!len || (pa | len) & PAGE_MASK)
		return -EINVAL;
	if (phys_run(m, pa, len, &off) < len)
		return -EFAULT;
	return m->ops ? copy(m, pa, len, ret) : kj_vmcore_map(m->fd, off, len, ret);
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

uint64_t kj_amem_hole(const struct kj_amem *m, uint64_t pa, uint64_t max)
{
	uint64_t off, hole;

	/* a page of the window stands in the file, and a source of another kind is asked page by page */
	if (m->ops || !kj_elf_find(&m->elf, pa, &off, &hole))
		return KJ_PAGE;
	/* a load that begins within a page does not make it whole */
	hole = hole > max ? max : (hole + PAGE_MASK) & ~PAGE_MASK;
	return hole > max ? max : hole;
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

void kj_amem_ram(const struct kj_amem *m, uint64_t pfn, uint8_t mask[32])
{
	if (m->ops)
		m->ops->ram(m->src, pfn, mask);
	else
		memset(mask, 0xff, 32);
}

uint64_t kj_amem_pfn_end(const struct kj_amem *m)
{
	for (uint32_t i = m->ram.n; i--;) {
		uint64_t at = m->ram.r[i].end;

		while (!m->is_jump && !m->ops && at > m->ram.r[i].start && !kj_amem_run(m, at - KJ_PAGE, KJ_PAGE))
			at -= KJ_PAGE;
		if (at > m->ram.r[i].start)
			return at / KJ_PAGE;
	}
	return 0;
}
