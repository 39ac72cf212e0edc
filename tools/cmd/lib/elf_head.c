// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Lays out an ELF core for A's memory: direct map addresses for all RAM, and a segment for the
 * kernel's text that points at the same bytes. It must never point a segment outside its run
 * of memory.
 */
#include <errno.h>
#include <string.h>

#include "cmd/lib/elf_head.h"
#include "core/le.h"
#include "core/pgtable.h"
#include "sys/compat.h"
#include "sys/io.h"

#define PT_LOAD_ 1u
#define PT_NOTE_ 4u
#define ET_CORE_ 4u
#define EM_X86_64_ 62u
#define PF_RWX 7u
#define HEAD_MAX (1u << 30) /* far above what amem accepts as notes */

struct ehdr { /* elf(5) */
	uint8_t ident[16];
	le16 type, machine;
	le32 version;
	le64 entry, phoff, shoff;
	le32 flags;
	le16 ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};
_Static_assert(sizeof(struct ehdr) == 64, "elf(5)");

struct phdr {
	le32 type, flags;
	le64 offset, vaddr, paddr, filesz, memsz, align;
};
_Static_assert(sizeof(struct phdr) == 56, "elf(5)");

/* Start of A's direct map; 0: not known. A kdump does not say it, nor does a core that a hypervisor has made. */
static uint64_t page_offset(struct kj_amem *m)
{
	const uint64_t said = kj_get_le64(m->facts.host.page_offset);
	static struct kj_pgtable pt;
	uint64_t found;

	if (said)
		return said;
	if (m->elf.direct)
		return m->elf.direct;
	if (m->vi.text && !kj_pgtable_init(&m->vi, kj_amem_reader, m, &pt) && !kj_pgtable_direct(&pt, &found))
		return found;
	return 0;
}

/* Join runs of the same range that are not more than ->gap apart. */
static void close_gaps(struct kj_elf_runs *r)
{
	uint32_t i, n = 0;

	for (i = 1; i < r->n; i++) {
		if (r->in[i] == r->in[n] && r->run[i].start - r->run[n].end < r->gap) {
			r->run[n].end = r->run[i].end;
			continue;
		}
		n++;
		r->run[n] = r->run[i];
		r->in[n] = r->in[i];
	}
	r->n = n + 1;
}

void kj_elf_runs_add(struct kj_elf_runs *r, uint64_t pa, uint32_t in)
{
	if (!r->gap)
		r->gap = KJ_ELF_GAP;
	if (r->n && r->in[r->n - 1] == in && pa - r->run[r->n - 1].end < r->gap) {
		r->run[r->n - 1].end = pa + KJ_PAGE;
		return;
	}
	/* ends, for a range makes one run at most when the gap is as large as it */
	while (r->n == KJ_ELF_RUNS) {
		r->gap *= 2;
		close_gaps(r);
	}
	if (r->n && r->in[r->n - 1] == in && pa - r->run[r->n - 1].end < r->gap) {
		r->run[r->n - 1].end = pa + KJ_PAGE;
		return;
	}
	r->run[r->n].start = pa;
	r->run[r->n].end = pa + KJ_PAGE;
	r->in[r->n++] = in;
}

void kj_elf_runs_all(struct kj_elf_runs *r, const struct kj_ranges *ram)
{
	_Static_assert(KJ_ELF_RUNS > KJ_RAM_MAX, "one for each RAM range");
	for (r->n = 0; r->n < ram->n; r->n++) {
		r->run[r->n] = ram->r[r->n];
		r->in[r->n] = r->n;
	}
}

int kj_elf_plan_place(const struct kj_elf_plan *p, uint64_t pa, uint64_t *off, uint64_t *end)
{
	uint32_t lo = 0, hi = p->runs->n;

	while (lo < hi) {
		const uint32_t mid = lo + (hi - lo) / 2;

		if (p->runs->run[mid].start <= pa)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (!lo || pa >= p->runs->run[lo - 1].end)
		return 0;
	*off = p->off[lo - 1] + (pa - p->runs->run[lo - 1].start);
	*end = p->runs->run[lo - 1].end;
	return 1;
}

/*
 * The kernel's text: as the source's own program header has it, else from VMCOREINFO: phys_base
 * maps KJ_ELF_TEXT_BASE, the image starts at _stext, and nothing is mapped behind
 * KERNEL_IMAGE_SIZE (arch/x86/include/asm/page_64_types.h). Its end is not told: up to there.
 * Returns 0 if it is not known.
 */
static int find_text(const struct kj_amem *m, struct kj_elf_text *ret)
{
	const uint64_t base = KJ_ELF_TEXT_BASE;
	uint64_t stext;
	int64_t phys_base, size;

	if (m->elf.text.filesz) {
		*ret = m->elf.text;
		return 1;
	}
	if (kj_vmcoreinfo_hex(&m->vi, "SYMBOL(_stext)", &stext) ||
	    kj_vmcoreinfo_num(&m->vi, "NUMBER(phys_base)", &phys_base) ||
	    kj_vmcoreinfo_num(&m->vi, "NUMBER(KERNEL_IMAGE_SIZE)", &size))
		return 0;
	if (size <= 0 || (uint64_t)size > -base || stext < base || stext - base >= (uint64_t)size)
		return 0;
	ret->vaddr = stext & ~4095ULL;
	ret->paddr = ret->vaddr - base + (uint64_t)phys_base;
	ret->memsz = (uint64_t)size - (ret->vaddr - base);
	return !(ret->paddr & 4095) && ret->paddr < KJ_ELF_PA_LIMIT;
}

static void put_phdr(struct phdr *p, uint32_t type, uint64_t off, uint64_t vaddr, uint64_t paddr,
		     uint64_t size)
{
	p->type = kj_put_le32(type);
	p->flags = kj_put_le32(type == PT_LOAD_ ? PF_RWX : 0);
	p->offset = kj_put_le64(off);
	p->vaddr = kj_put_le64(vaddr);
	p->paddr = kj_put_le64(paddr);
	p->filesz = p->memsz = kj_put_le64(size);
	/* as /proc/vmcore: crash(8) takes a core with aligned segments for one that netdump wrote, and then knows nothing of
	 * KASLR */
	p->align = kj_put_le64(type == PT_LOAD_ ? 0 : 4);
}

static void put_ehdr(struct ehdr *h, uint32_t phnum)
{
	memcpy(h->ident, "\177ELF\2\1\1", 7);
	h->type = kj_put_le16(ET_CORE_);
	h->machine = kj_put_le16(EM_X86_64_);
	h->version = kj_put_le32(1);
	h->phoff = kj_put_le64(sizeof(*h));
	h->ehsize = kj_put_le16(sizeof(*h));
	h->phentsize = kj_put_le16(sizeof(struct phdr));
	h->phnum = kj_put_le16((uint16_t)phnum);
}

/* The parts of the text that are there, each as a header of its own; returns how many. @ph NULL: just count. How far it
 * goes may not be known: never beyond the RAM range that it begins in. */
static uint32_t put_text(const struct kj_elf_plan *p, const struct kj_elf_text *text, struct phdr *ph)
{
	uint64_t start, end, stop = text->paddr + text->memsz;
	uint32_t i, n = 0, in = UINT32_MAX;

	for (i = 0; i < p->runs->n; i++) {
		const struct kj_range *r = &p->runs->run[i];

		if (text->paddr >= r->start && text->paddr < r->end)
			in = p->runs->in[i];
		if (p->runs->in[i] != in)
			continue;
		start = r->start > text->paddr ? r->start : text->paddr;
		end = r->end < stop ? r->end : stop;
		if (start >= end)
			continue;
		if (ph)
			put_phdr(ph + n, PT_LOAD_, p->off[i] + (start - r->start),
				 text->vaddr + (start - text->paddr), start, end - start);
		n++;
	}
	return n;
}

int kj_elf_plan_make(struct kj_elf_plan *p, struct kj_amem *m, const struct kj_elf_runs *runs)
{
	const uint64_t direct = page_offset(m);
	struct kj_elf_text text = { 0 };
	uint32_t i, ntext = 0;
	uint64_t notes_off, off;
	struct phdr *ph;
	void *mem;
	int err;

	memset(p, 0, sizeof(*p));
	p->runs = runs;
	if (find_text(m, &text))
		ntext = put_text(p, &text, NULL);
	notes_off = sizeof(struct ehdr) + (1 + ntext + runs->n) * sizeof(struct phdr);
	if (m->notes_len > HEAD_MAX)
		return -EOVERFLOW;
	p->head_len = (notes_off + m->notes_len + 4095) & ~(size_t)4095;
	err = kj_alloc_pages(p->head_len, &mem);
	if (err)
		return err;
	p->head = mem;
	for (i = 0, off = p->head_len; i < runs->n; i++) {
		p->off[i] = off;
		off += runs->run[i].end - runs->run[i].start;
	}
	p->total = off;
	put_ehdr(mem, 1 + ntext + runs->n);
	ph = (void *)(p->head + sizeof(struct ehdr));
	put_phdr(ph++, PT_NOTE_, notes_off, 0, 0, m->notes_len);
	if (ntext)
		ph += put_text(p, &text, ph);
	for (i = 0; i < runs->n; i++)
		put_phdr(ph++, PT_LOAD_, p->off[i], direct + runs->run[i].start, runs->run[i].start,
			 runs->run[i].end - runs->run[i].start);
	if (m->notes_len)
		memcpy(p->head + notes_off, m->notes, m->notes_len);
	return 0;
}

void kj_elf_plan_free(struct kj_elf_plan *p)
{
	kj_munmap(p->head, p->head_len);
	p->head = NULL;
}

void kj_elf_plan_mark(struct kj_elf_plan *p, int incomplete)
{
	((struct ehdr *)(void *)p->head)->flags = kj_put_le32(incomplete ? 1 : 0);
}

int kj_elf_plan_verify(const struct kj_elf_plan *p, int fd)
{
	uint8_t buf[4096];
	size_t at;
	int err = 0;

	for (at = 0; !err && at < p->head_len; at += sizeof(buf)) {
		err = kj_pread_full(fd, buf, sizeof(buf), at, NULL);
		if (!err && memcmp(buf, p->head + at, sizeof(buf)))
			err = -EIO;
	}
	return err;
}
