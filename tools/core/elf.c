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
#define DISAGREE (~0ull)	/* no address above another is that far away */

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

static enum kj_err add_note(struct kj_elf *e, const struct le_phdr *p)
{
	struct kj_elf_note n = { .off = kj_get_le64(p->offset), .size = kj_get_le64(p->filesz) };
	enum kj_err err;

	if (!n.size) {
		e->nskipped++;
		return KJ_OK;
	}
	err = check_file_range(n.off, n.size, e->file_size);
	if (err)
		return err;
	if (e->nnote == KJ_ELF_NOTE_MAX)
		return KJ_ELIMIT;
	e->note[e->nnote++] = n;
	return KJ_OK;
}

/* The first one counts; of a core that was filtered it may be in pieces, with holes in between. */
static void add_text(struct kj_elf *e, const struct kj_elf_text *t)
{
	if (!e->ntext++) {
		e->text = *t;
		return;
	}
	if (t->paddr > e->text.paddr && t->vaddr - t->paddr == e->text.vaddr - e->text.paddr &&
	    t->paddr - e->text.paddr + t->memsz > e->text.memsz)
		e->text.memsz = t->paddr - e->text.paddr + t->memsz;
}

/* Where RAM is mapped: all loads that say so have to agree. */
static void add_direct(struct kj_elf *e, uint64_t vaddr, uint64_t paddr)
{
	if (!(vaddr >> 63) || vaddr <= paddr)
		return;
	if (!e->direct)
		e->direct = vaddr - paddr;
	else if (e->direct != vaddr - paddr)
		e->direct = DISAGREE;
}

static enum kj_err add_load(struct kj_elf *e, const struct le_phdr *p)
{
	struct kj_elf_text t = {
		.paddr = kj_get_le64(p->paddr),
		.vaddr = kj_get_le64(p->vaddr),
		.filesz = kj_get_le64(p->filesz),
		.off = kj_get_le64(p->offset),
		.memsz = kj_get_le64(p->memsz),
	};
	enum kj_err err;

	/* /proc/kcore has such loads for vmalloc and vmemmap */
	if (!t.filesz || t.paddr == NO_PADDR) {
		e->nskipped++;
		return KJ_OK;
	}
	if (t.filesz > t.memsz)
		return KJ_EFORMAT;
	if (t.paddr >= KJ_ELF_PA_LIMIT || t.memsz > KJ_ELF_PA_LIMIT - t.paddr)
		return KJ_ERANGE;
	err = check_file_range(t.off, t.filesz, e->file_size);
	if (err)
		return err;
	if (t.vaddr >= KJ_ELF_TEXT_BASE) {
		add_text(e, &t);
		return KJ_OK;
	}
	if (e->nload == e->room)
		return KJ_ELIMIT;
	e->load[e->nload++] = (struct kj_elf_load){ t.paddr, t.filesz, t.off };
	add_direct(e, t.vaddr, t.paddr);
	return KJ_OK;
}

enum kj_err kj_elf_begin(const struct kj_elf_head *head, uint64_t file_size, struct kj_elf_load *room, uint32_t nroom,
			 struct kj_elf *ret)
{
	if (head->xnum)
		return KJ_EFORMAT;
	memset(ret, 0, sizeof(*ret));
	ret->load = room;
	ret->room = nroom;
	ret->file_size = file_size;
	return check_file_range(head->phoff, kj_elf_phdrs_size(head), file_size);
}

enum kj_err kj_elf_add(struct kj_elf *e, const uint8_t *phdrs, uint32_t n)
{
	enum kj_err err = KJ_OK;

	for (; n && !err; n--, phdrs += KJ_ELF_PHDR) {
		struct le_phdr p;

		memcpy(&p, phdrs, sizeof(p));
		switch (kj_get_le32(p.type)) {
		case PT_NOTE:
			err = add_note(e, &p);
			break;
		case PT_LOAD:
			err = add_load(e, &p);
			break;
		default:
			e->nskipped++;
		}
	}
	return err;
}

static void sift(struct kj_elf_load *l, uint32_t i, uint32_t n)
{
	for (uint32_t c = 2 * i + 1; c < n; i = c, c = 2 * i + 1) {
		const struct kj_elf_load t = l[i];

		if (c + 1 < n && l[c].paddr < l[c + 1].paddr)
			c++;
		if (t.paddr >= l[c].paddr)
			return;
		l[i] = l[c];
		l[c] = t;
	}
}

/* Nearly always in order already. Heap sort: no recursion, no memory, and no bad case that a file could choose. */
static void sort(struct kj_elf_load *l, uint32_t n)
{
	uint32_t i;

	for (i = 1; i < n && l[i].paddr >= l[i - 1].paddr; i++)
		;
	if (i >= n)
		return;
	for (i = n / 2; i--;)
		sift(l, i, n);
	for (i = n; i-- > 1;) {
		const struct kj_elf_load t = l[0];

		l[0] = l[i];
		l[i] = t;
		sift(l, 0, i);
	}
}

enum kj_err kj_elf_end(struct kj_elf *e)
{
	sort(e->load, e->nload);
	for (uint32_t i = 1; i < e->nload; i++)
		if (e->load[i].paddr - e->load[i - 1].paddr < e->load[i - 1].filesz)
			return KJ_EOVERLAP;
	if (e->direct == DISAGREE)
		e->direct = 0;
	return e->nload || e->nnote ? KJ_OK : KJ_ENOTFOUND;
}

enum kj_err kj_elf_parse(const struct kj_elf_head *head, const uint8_t *phdrs, size_t len, uint64_t file_size,
			 struct kj_elf_load *room, uint32_t nroom, struct kj_elf *ret)
{
	enum kj_err err = kj_elf_begin(head, file_size, room, nroom, ret);

	if (!err && len < kj_elf_phdrs_size(head))
		err = KJ_ETRUNC;
	if (!err)
		err = kj_elf_add(ret, phdrs, head->phnum);
	return err ? err : kj_elf_end(ret);
}

/* How many loads begin at or below @pa. */
static uint32_t begun(const struct kj_elf *e, uint64_t pa)
{
	uint32_t lo = 0, hi = e->nload;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (e->load[mid].paddr <= pa)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

int kj_elf_same(const struct kj_elf *a, const struct kj_elf *b)
{
	if (a->nload != b->nload)
		return 0;
	for (uint32_t i = 0; i < a->nload; i++)
		if (a->load[i].paddr != b->load[i].paddr || a->load[i].filesz != b->load[i].filesz)
			return 0;
	return 1;
}

enum kj_err kj_elf_find(const struct kj_elf *e, uint64_t pa, uint64_t *off, uint64_t *run)
{
	const uint32_t n = begun(e, pa);
	const struct kj_elf_load *l = n ? &e->load[n - 1] : NULL;

	if (!l || pa - l->paddr >= l->filesz) {
		*run = (n < e->nload ? e->load[n].paddr : UINT64_MAX) - pa;
		/* behind the last address of all there is nothing either */
		*run += !*run;
		return KJ_ENOTFOUND;
	}
	*off = l->off + (pa - l->paddr);
	*run = l->filesz - (pa - l->paddr);
	return KJ_OK;
}
