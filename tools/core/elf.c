// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ELF64 core headers, from bytes to a sorted table of what the file holds of physical memory; must never trust a
 * number in them before it was held against the file's size.
 */
#include "core/elf.h"

#include <string.h>

#include "core/le.h"

#define PT_LOAD 1u
#define PT_NOTE 4u
#define ET_CORE 4u
#define EM_X86_64 62u
#define PN_XNUM 0xffffu
#define NO_PADDR (~0ull)

/* elf(5), as bytes */
struct le_ehdr {
	uint8_t ident[16];
	le16 type;
	le16 machine;
	le32 version;
	le64 entry;
	le64 phoff;
	le64 shoff;
	le32 flags;
	le16 ehsize;
	le16 phentsize;
	le16 phnum;
	le16 shentsize;
	le16 shnum;
	le16 shstrndx;
};
_Static_assert(sizeof(struct le_ehdr) == KJ_ELF_EHDR, "elf(5)");
_Static_assert(offsetof(struct le_ehdr, shstrndx) == 62, "elf(5)");

struct le_phdr {
	le32 type;
	le32 flags;
	le64 offset;
	le64 vaddr;
	le64 paddr;
	le64 filesz;
	le64 memsz;
	le64 align;
};
_Static_assert(sizeof(struct le_phdr) == KJ_ELF_PHDR, "elf(5)");
_Static_assert(offsetof(struct le_phdr, align) == 48, "elf(5)");

#define SHDR_INFO 44u	/* offset of sh_info, a le32 */

static const uint8_t ident[7] = { 0x7f, 'E', 'L', 'F', 2 /* 64 bit */, 1 /* little endian */, 1 /* EV_CURRENT */ };

enum kj_err kj_elf_head(const uint8_t *buf, size_t len, struct kj_elf_head *ret)
{
	struct kj_elf_head h = { 0 };
	struct le_ehdr e;

	if (len < sizeof(e))
		return KJ_ETRUNC;
	memcpy(&e, buf, sizeof(e));
	if (memcmp(e.ident, ident, 6) || kj_get_le16(e.type) != ET_CORE || kj_get_le16(e.machine) != EM_X86_64)
		return KJ_EMAGIC;
	if (e.ident[6] != ident[6] || kj_get_le32(e.version) != 1)
		return KJ_EVERSION;
	h.phoff = kj_get_le64(e.phoff);
	h.phnum = kj_get_le16(e.phnum);
	h.incomplete = kj_get_le32(e.flags) & 1;
	if (kj_get_le16(e.ehsize) < KJ_ELF_EHDR || kj_get_le16(e.phentsize) != KJ_ELF_PHDR || !h.phnum ||
	    h.phoff < KJ_ELF_EHDR)
		return KJ_EFORMAT;
	if (h.phnum == PN_XNUM) {
		h.shoff = kj_get_le64(e.shoff);
		if (h.shoff < KJ_ELF_EHDR || kj_get_le16(e.shentsize) != KJ_ELF_SHDR)
			return KJ_EFORMAT;
		h.xnum = 1;
		h.phnum = 0;
	} else if (h.phnum > KJ_ELF_PHDR_MAX) {
		return KJ_ELIMIT;
	}
	*ret = h;
	return KJ_OK;
}

enum kj_err kj_elf_xnum(struct kj_elf_head *head, const uint8_t *shdr, size_t len)
{
	le32 info;

	if (len < KJ_ELF_SHDR)
		return KJ_ETRUNC;
	memcpy(&info, shdr + SHDR_INFO, sizeof(info));
	/* a smaller number would stand in the ELF header itself */
	if (!head->xnum || kj_get_le32(info) < PN_XNUM)
		return KJ_EFORMAT;
	if (kj_get_le32(info) > KJ_ELF_PHDR_MAX)
		return KJ_ELIMIT;
	head->phnum = kj_get_le32(info);
	head->xnum = 0;
	return KJ_OK;
}

size_t kj_elf_phdrs_size(const struct kj_elf_head *head)
{
	return (size_t)head->phnum * KJ_ELF_PHDR;
}

/* [@off, @off + @size) can be a part of a file of @file_size bytes (0: unknown, but no file is larger than 2^63). */
static enum kj_err check_file_range(uint64_t off, uint64_t size, uint64_t file_size)
{
	if (off > (uint64_t)INT64_MAX || size > (uint64_t)INT64_MAX - off)
		return KJ_ERANGE;
	if (file_size && (off > file_size || size > file_size - off))
		return KJ_ETRUNC;
	return KJ_OK;
}

static enum kj_err add_note(struct kj_elf *e, const struct le_phdr *p, uint64_t file_size)
{
	struct kj_elf_note n = { .off = kj_get_le64(p->offset), .size = kj_get_le64(p->filesz) };
	enum kj_err err;

	if (!n.size) {
		e->nskipped++;
		return KJ_OK;
	}
	err = check_file_range(n.off, n.size, file_size);
	if (err)
		return err;
	if (e->nnote == KJ_ELF_NOTE_MAX)
		return KJ_ELIMIT;
	e->note[e->nnote++] = n;
	return KJ_OK;
}

static enum kj_err add_load(struct kj_elf *e, const struct le_phdr *p, uint64_t file_size)
{
	struct kj_elf_load l = {
		.paddr = kj_get_le64(p->paddr),
		.filesz = kj_get_le64(p->filesz),
		.memsz = kj_get_le64(p->memsz),
		.off = kj_get_le64(p->offset),
		.vaddr = kj_get_le64(p->vaddr),
	};
	enum kj_err err;
	uint32_t i;

	/* /proc/kcore has such loads for vmalloc and vmemmap */
	if (!l.filesz || l.paddr == NO_PADDR) {
		e->nskipped++;
		return KJ_OK;
	}
	if (l.filesz > l.memsz)
		return KJ_EFORMAT;
	if (l.paddr >= KJ_ELF_PA_LIMIT || l.memsz > KJ_ELF_PA_LIMIT - l.paddr)
		return KJ_ERANGE;
	err = check_file_range(l.off, l.filesz, file_size);
	if (err)
		return err;
	if (l.vaddr >= KJ_ELF_TEXT_BASE) {
		if (!e->ntext++)
			e->text = l;
		return KJ_OK;
	}
	if (e->nload == KJ_ELF_LOAD_MAX)
		return KJ_ELIMIT;
	/* nearly always in order already, so one step */
	for (i = e->nload; i && e->load[i - 1].paddr > l.paddr; i--)
		e->load[i] = e->load[i - 1];
	e->load[i] = l;
	e->nload++;
	return KJ_OK;
}

enum kj_err kj_elf_parse(const struct kj_elf_head *head, const uint8_t *phdrs, size_t len, uint64_t file_size,
			 struct kj_elf *ret)
{
	enum kj_err err;
	uint32_t i;

	if (head->xnum)
		return KJ_EFORMAT;
	if (len < kj_elf_phdrs_size(head))
		return KJ_ETRUNC;
	err = check_file_range(head->phoff, kj_elf_phdrs_size(head), file_size);
	if (err)
		return err;
	memset(ret, 0, sizeof(*ret));
	for (i = 0; i < head->phnum && !err; i++) {
		struct le_phdr p;

		memcpy(&p, phdrs + (size_t)i * KJ_ELF_PHDR, sizeof(p));
		switch (kj_get_le32(p.type)) {
		case PT_NOTE:
			err = add_note(ret, &p, file_size);
			break;
		case PT_LOAD:
			err = add_load(ret, &p, file_size);
			break;
		default:
			ret->nskipped++;
		}
	}
	if (err)
		return err;
	for (i = 1; i < ret->nload; i++)
		if (ret->load[i].paddr - ret->load[i - 1].paddr < ret->load[i - 1].filesz)
			return KJ_EOVERLAP;
	return ret->nload || ret->nnote ? KJ_OK : KJ_ENOTFOUND;
}

const struct kj_elf_load *kj_elf_load_of(const struct kj_elf *e, uint64_t pa)
{
	uint32_t lo = 0, hi = e->nload;

	/* the last load that starts at or below pa */
	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (e->load[mid].paddr <= pa)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (!lo || pa - e->load[lo - 1].paddr >= e->load[lo - 1].filesz)
		return NULL;
	return &e->load[lo - 1];
}

enum kj_err kj_elf_find(const struct kj_elf *e, uint64_t pa, uint64_t *off, uint64_t *run)
{
	const struct kj_elf_load *l = kj_elf_load_of(e, pa);

	if (!l)
		return KJ_ENOTFOUND;
	*off = l->off + (pa - l->paddr);
	*run = l->filesz - (pa - l->paddr);
	return KJ_OK;
}
