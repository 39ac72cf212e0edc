// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ELF core header for /proc/vmcore, and sums of memory ranges; must never write behind the buffer given.
 */
#include <string.h>

#include "core/corehdr.h"

#define ET_CORE 4u
#define EM_X86_64 62u
#define PT_LOAD 1u
#define PT_NOTE 4u
#define RWX 7u

struct le_ehdr {
	uint8_t ident[16];
	le16 type, machine;
	le32 version;
	le64 entry, phoff, shoff;
	le32 flags;
	le16 ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};
_Static_assert(sizeof(struct le_ehdr) == 64, "elf(5)");

struct le_phdr {
	le32 type, flags;
	le64 offset, vaddr, paddr, filesz, memsz, align;
};
_Static_assert(sizeof(struct le_phdr) == 56, "elf(5)");

static enum kj_err push(struct kj_ranges *r, uint64_t start, uint64_t end)
{
	if (r->n >= KJ_RAM_MAX)
		return KJ_ELIMIT;
	r->r[r->n++] = (struct kj_range){ start, end };
	return KJ_OK;
}

enum kj_err kj_ranges_minus(const struct kj_ranges *a, const struct kj_ranges *b, struct kj_ranges *ret)
{
	ret->n = 0;
	for (uint32_t i = 0; i < a->n; i++) {
		uint64_t at = a->r[i].start;
		const uint64_t end = a->r[i].end;

		for (uint32_t k = 0; k < b->n && at < end; k++) {
			if (b->r[k].end <= at || b->r[k].start >= end)
				continue;
			if (b->r[k].start > at && push(ret, at, b->r[k].start))
				return KJ_ELIMIT;
			at = b->r[k].end;
		}
		if (at < end && push(ret, at, end))
			return KJ_ELIMIT;
	}
	return KJ_OK;
}

enum kj_err kj_ranges_add(struct kj_ranges *r, uint64_t start, uint64_t end)
{
	uint32_t first = 0, last;

	if (start >= end)
		return KJ_ERANGE;
	while (first < r->n && r->r[first].end < start)
		first++;
	/* [first, last) touch or overlap the new one: they become one with it */
	for (last = first; last < r->n && r->r[last].start <= end; last++) {
		if (r->r[last].start < start)
			start = r->r[last].start;
		if (r->r[last].end > end)
			end = r->r[last].end;
	}
	if (first == last && r->n >= KJ_RAM_MAX)
		return KJ_ELIMIT;
	memmove(&r->r[first + 1], &r->r[last], (r->n - last) * sizeof(r->r[0]));
	r->n = r->n - (last - first) + 1;
	r->r[first] = (struct kj_range){ start, end };
	return KJ_OK;
}

size_t kj_corehdr_size(uint32_t nnotes, uint32_t nloads)
{
	return sizeof(struct le_ehdr) + ((size_t)nnotes + nloads) * sizeof(struct le_phdr);
}

static void emit_ehdr(uint8_t *buf, uint32_t phnum)
{
	struct le_ehdr h;

	memset(&h, 0, sizeof(h));
	memcpy(h.ident, "\177ELF\2\1\1", 7);	/* ELFCLASS64, ELFDATA2LSB, EV_CURRENT */
	h.type = kj_put_le16(ET_CORE);
	h.machine = kj_put_le16(EM_X86_64);
	h.version = kj_put_le32(1);
	h.phoff = kj_put_le64(sizeof(h));
	h.ehsize = kj_put_le16(sizeof(h));
	h.phentsize = kj_put_le16(sizeof(struct le_phdr));
	h.phnum = kj_put_le16((uint16_t)phnum);
	memcpy(buf, &h, sizeof(h));
}

enum kj_err kj_corehdr_emit(const struct kj_core_note *note, uint32_t nnotes, const struct kj_ranges *load,
			    uint64_t page_offset, uint8_t *buf, size_t cap, size_t *used)
{
	struct le_phdr p;

	if (nnotes > KJ_COREHDR_NOTES || load->n > KJ_RAM_MAX)
		return KJ_ELIMIT;
	if (cap < kj_corehdr_size(nnotes, load->n))
		return KJ_ENOSPC;
	*used = kj_corehdr_size(nnotes, load->n);
	emit_ehdr(buf, nnotes + load->n);
	buf += sizeof(struct le_ehdr);
	for (uint32_t i = 0; i < nnotes; i++, buf += sizeof(p)) {
		memset(&p, 0, sizeof(p));
		p.type = kj_put_le32(PT_NOTE);
		p.offset = p.paddr = kj_put_le64(note[i].pa);
		p.filesz = p.memsz = kj_put_le64(note[i].size);
		p.align = kj_put_le64(4);
		memcpy(buf, &p, sizeof(p));
	}
	for (uint32_t i = 0; i < load->n; i++, buf += sizeof(p)) {
		const struct kj_range *r = &load->r[i];

		memset(&p, 0, sizeof(p));
		p.type = kj_put_le32(PT_LOAD);
		p.flags = kj_put_le32(RWX);
		p.offset = p.paddr = kj_put_le64(r->start);
		p.vaddr = kj_put_le64(page_offset ? page_offset + r->start : 0);
		p.filesz = p.memsz = kj_put_le64(r->end - r->start);
		memcpy(buf, &p, sizeof(p));
	}
	return KJ_OK;
}
