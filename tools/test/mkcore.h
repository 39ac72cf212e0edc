/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A little A of 4 MiB that has jumped into a window of 80 pages, as the ELF core that B would see; must never be used
 * outside tests.
 *
 * RAM      0x1000-0x9f000, 0x100000-0x400000
 * window   0x1000-0x11000, 0x200000-0x240000; each eighth page was free in A; backup pages from 0x300000 on
 * A        control page 0x110000, table, swap, list page behind it; job 0x120000, mailbox 0x121000
 * Word i of a page that was A's page P holds mk_word(P, i).
 */
#ifndef KJ_TEST_MKCORE_H
#define KJ_TEST_MKCORE_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/job.h"
#include "core/le.h"
#include "core/map.h"
#include "core/note.h"

#define MK_RE 0x1101a5ull
#define MK_CP 0x110000u
#define MK_LIST 0x113000u
#define MK_JOB 0x120000u
#define MK_MBOX 0x121000u
#define MK_NOTES 0x1000u	/* in the file */
#define MK_DATA 0x4000u
#define MK_MAX (5u << 20)
#define MK_WINDOW_PAGES 80u

enum mk_kind {
	MK_JUMP,	/* /proc/vmcore of B after a jump */
	MK_JUMP_NEW,	/* the same, A is 6.14 or later */
	MK_JUMP_LIE,	/* MK_JUMP, and a note that leads nowhere */
	MK_JUMP_NOTE,	/* the same, A publishes its map in a note, its control page is unreadable */
	MK_JUMP_PAGES,	/* A writes the core header, with the map in a note; neither its list nor its control page can be read */
	MK_LOGICAL,	/* what kjump-dump -f elf writes */
	MK_CRASH,	/* /proc/vmcore of a crash kernel, nothing of ours in it */
};

struct mk_core {
	uint8_t *file;		/* MK_MAX bytes, the caller's */
	size_t size, notes_len, job_desc, pages_desc;
	unsigned int nph;
};

static const struct kj_ranges mk_ram = { 2, { { 0x1000, 0x9f000 }, { 0x100000, 0x400000 } } };
static const struct kj_ranges mk_window = { 2, { { 0x1000, 0x11000 }, { 0x200000, 0x240000 } } };
static const uint8_t mk_nonce[16] = "a nonce, 16 byte";

static inline uint64_t mk_word(uint64_t page, unsigned int i)
{
	return (page + 8 * i) * 0x9e3779b97f4a7c15ull;
}

/* Page number @i of the window, and the page that holds its content. */
static inline uint64_t mk_dst(unsigned int i)
{
	return i < 16 ? 0x1000 + i * 4096ull : 0x200000 + (i - 16) * 4096ull;
}

static inline uint64_t mk_src(unsigned int i)
{
	if (i % 8 == 7)
		return mk_dst(i);
	return 0x300000 + (i < 40 ? i ^ 1u : i) * 4096ull;
}

static inline uint64_t mk_owner(uint64_t page)
{
	for (unsigned int i = 0; i < MK_WINDOW_PAGES; i++)
		if (mk_src(i) == page)
			return mk_dst(i);
	return page;
}

/* A window page in which A had nothing, or a backup page. */
static inline int mk_is_hole(uint64_t page)
{
	for (unsigned int i = 0; i < MK_WINDOW_PAGES; i++)
		if (mk_src(i) == page)
			return 1;
	return 0;
}

static inline void mk_put(uint8_t *p, uint64_t v, int len)
{
	for (int i = 0; i < len; i++)
		p[i] = (uint8_t)(v >> (8 * i));
}

static inline void mk_phdr(struct mk_core *c, uint32_t type, uint64_t off, uint64_t vaddr, uint64_t paddr,
			   uint64_t size)
{
	uint8_t *p = c->file + 64 + 56 * c->nph++;

	mk_put(p, type, 4);
	mk_put(p + 8, off, 8);
	mk_put(p + 16, vaddr, 8);
	mk_put(p + 24, paddr, 8);
	mk_put(p + 32, size, 8);
	mk_put(p + 40, size, 8);
	mk_put(c->file + 56, c->nph, 2);
}

/* Where @pa stands in the file; NULL: nowhere. */
static inline uint8_t *mk_at(const struct mk_core *c, uint64_t pa)
{
	for (unsigned int i = 0; i < c->nph; i++) {
		const uint8_t *p = c->file + 64 + 56 * i;
		le64 off, paddr, size;

		memcpy(&off, p + 8, 8);
		memcpy(&paddr, p + 24, 8);
		memcpy(&size, p + 32, 8);
		if (p[0] == 1 && kj_get_le64(off) >= MK_DATA && pa - kj_get_le64(paddr) < kj_get_le64(size))
			return c->file + kj_get_le64(off) + (pa - kj_get_le64(paddr));
	}
	return NULL;
}

static inline void mk_load(struct mk_core *c, uint64_t start, uint64_t end, int logical)
{
	uint8_t *p = c->file + c->size;

	mk_phdr(c, 1, c->size, 0xffff888000000000ull + start, start, end - start);
	for (uint64_t pa = start; pa < end; pa += 4096)
		for (unsigned int i = 0; i < 512; i++, p += 8)
			mk_put(p, mk_word(logical ? pa : mk_owner(pa), i), 8);
	c->size += end - start;
}

static inline void mk_note(struct mk_core *c, const char *name, uint32_t type, const void *desc, size_t len)
{
	size_t off;

	if (kj_note_append(c->file + MK_NOTES, MK_DATA - MK_NOTES, &c->notes_len, name, type, desc, len, &off))
		abort();
	if (type == KJ_NT_JOB)
		c->job_desc = MK_NOTES + off;
	if (type == KJ_NT_PAGES)
		c->pages_desc = MK_NOTES + off;
}

static inline struct kj_note_hdr mk_hdr(size_t size)
{
	return (struct kj_note_hdr){ kj_put_le32(KJ_NOTE_VERSION), kj_put_le32((uint32_t)size) };
}

static inline void mk_ranges(struct mk_core *c, enum kj_note_type type, const struct kj_ranges *r)
{
	if (kj_note_append_ranges(c->file + MK_NOTES, MK_DATA - MK_NOTES, &c->notes_len, type, r))
		abort();
}

/* The segments in no order, as a loader may have them. */
static inline void mk_pages_note(struct mk_core *c)
{
	static uint8_t d[16 + 2 * 16 + 8 * MK_WINDOW_PAGES];
	struct kj_note_pages h = { mk_hdr(sizeof(d)), kj_put_le32(2), kj_put_le32(0) };

	memcpy(d, &h, sizeof(h));
	for (unsigned int i = 0; i < 2; i++) {
		const struct kj_range *r = &mk_window.r[1 - i];

		mk_put(d + 16 + 16 * i, r->start, 8);
		mk_put(d + 24 + 16 * i, r->end - r->start, 8);
	}
	for (unsigned int i = 0; i < MK_WINDOW_PAGES; i++)
		mk_put(d + 48 + 8 * i, mk_src(i < 64 ? 16 + i : i - 64), 8);
	mk_note(c, "KJUMP", KJ_NT_PAGES, d, sizeof(d));
}

static inline void mk_our_notes(struct mk_core *c, enum mk_kind kind)
{
	struct kj_note_reentry re = { mk_hdr(sizeof(re)), kj_put_le64(MK_RE) };
	struct kj_note_job job = { .h = mk_hdr(sizeof(job)), .job_pa = kj_put_le64(MK_JOB),
				   .mbox_pa = kj_put_le64(MK_MBOX) };
	struct kj_note_host host = { .h = mk_hdr(sizeof(host)) };
	struct kj_note_core core = { mk_hdr(sizeof(core)), kj_put_le64(0x2000), kj_put_le64(4096), kj_put_le64(0x3000),
				     kj_put_le64(4096) };
	struct kj_note_map map = { mk_hdr(sizeof(map)), kj_put_le64((kind == MK_JUMP_LIE ? MK_CP : MK_LIST) | 2),
				   kj_put_le64(MK_CP + 0x1000), kj_put_le64(MK_CP + 0x2000), kj_put_le64(0x1020) };

	memcpy(job.job_nonce, mk_nonce, 16);
	memcpy(job.mbox_nonce, mk_nonce, 16);
	memcpy(host.host.release, "6.12.90-kj`reboot`", 18);
	memcpy(host.host.vendor, "GenuineIntel", 12);
	memset(host.host.boot_id, 0xb0, 16);
	memset(host.host.build_id, 0xbd, 20);
	host.host.build_id_len = kj_put_le32(20);
	host.host.e820_crc = kj_put_le32(0xdeadbeef);
	host.host.physpages = kj_put_le64(1000);
	host.host.page_offset = kj_put_le64(0xffff888000000000ull);
	mk_note(c, "KJUMP", KJ_NT_REENTRY, &re, sizeof(re));
	mk_ranges(c, KJ_NT_WINDOW, &mk_window);
	mk_ranges(c, KJ_NT_RAM, &mk_ram);
	mk_note(c, "KJUMP", KJ_NT_JOB, &job, sizeof(job));
	mk_note(c, "KJUMP", KJ_NT_HOST, &host, sizeof(host));
	mk_note(c, "KJUMP", KJ_NT_CORE, &core, sizeof(core));
	if (kind == MK_JUMP_NOTE || kind == MK_JUMP_LIE || kind == MK_JUMP_PAGES)
		mk_note(c, "KJUMP", KJ_NT_MAP, &map, sizeof(map));
	if (kind == MK_JUMP_PAGES)
		mk_pages_note(c);
}

/* A's control page and its list. */
static inline void mk_jump_pages(struct mk_core *c, enum mk_kind kind)
{
	uint8_t *cp = mk_at(c, MK_CP) + (kind == MK_JUMP_NEW ? 0x3e0 : 0x820), *list = mk_at(c, MK_LIST);
	unsigned int n = 0;

	if (kind == MK_JUMP_PAGES)
		return;
	if (kind == MK_JUMP_NEW) {
		mk_put(cp - 8, 0xffff888000000000ull + MK_CP, 8);
		mk_put(cp - 16, 0x1020, 8);
	} else {
		mk_put(cp - 8, 0x1020, 8);
	}
	if (kind != MK_JUMP_NOTE) {
		mk_put(cp, MK_CP + 0x1000, 8);
		mk_put(cp + 8, MK_CP + 0x2000, 8);
		mk_put(cp + 16, MK_LIST | 2, 8);
	}
	for (unsigned int i = 0; i < MK_WINDOW_PAGES; i++) {
		if (i == 0 || i == 16)
			mk_put(list + 8 * n++, mk_dst(i) | 1, 8);
		mk_put(list + 8 * n++, mk_src(i) | 8, 8);
	}
	mk_put(list + 8 * n, 4, 8);
}

static inline void mk_job_page(struct mk_core *c)
{
	static struct kj_le_job j;

	memset(&j, 0, sizeof(j));
	j.armed = kj_put_le32(1);
	memcpy(j.nonce, mk_nonce, 16);
	memset(j.id, 0x1d, 16);
	j.mode = kj_put_le32(KJ_MODE_HIBERNATE);
	j.format = kj_put_le32(KJ_DUMP_IMAGE);
	j.codec = kj_put_le32(2);
	j.level = kj_put_le32((uint32_t)-3);
	j.deadline = kj_put_le32(600);
	j.nextents = kj_put_le32(1);
	j.dev_size = kj_put_le64(1 << 20);
	j.extent[0].len = kj_put_le64(kj_target_usable(1 << 20));
	kj_block_seal(&j, KJ_JOB_MAGIC);
	memcpy(mk_at(c, MK_JOB), &j, sizeof(j));
}

/* Build the core into c->file. */
static inline void mk_core(struct mk_core *c, enum mk_kind kind)
{
	static const char vi[] = "OSRELEASE=6.12.90-kj\nCRASHTIME=1700000000\nNUMBER(phys_base)=-4096\n";
	uint8_t *file = c->file, regs[336] = { 0 };

	memset(c, 0, sizeof(*c));
	c->file = file;
	c->size = MK_DATA;
	memset(file, 0, MK_DATA);
	memcpy(file, "\177ELF\2\1\1", 7);
	mk_put(file + 16, 4, 2);
	mk_put(file + 18, 62, 2);
	mk_put(file + 20, 1, 4);
	mk_put(file + 32, 64, 8);
	mk_put(file + 52, 64, 2);
	mk_put(file + 54, 56, 2);
	if (kind != MK_CRASH)
		mk_our_notes(c, kind);
	for (int i = 0; kind == MK_CRASH && i < 2; i++) {
		/* as kexec-tools: a note area for each CPU, padded */
		mk_note(c, "CORE", 1, regs, sizeof(regs));
		mk_phdr(c, 4, MK_NOTES + i * c->notes_len / 2, 0, 0, c->notes_len / (i + 1));
	}
	if (kind == MK_CRASH) {
		size_t used = c->notes_len;

		mk_note(c, "VMCOREINFO", 0, vi, sizeof(vi) - 1);
		mk_phdr(c, 4, MK_NOTES + used, 0, 0, c->notes_len - used);
		mk_phdr(c, 1, MK_DATA, 0xffffffff81000000ull, 0x11000, 0x2000);
	} else {
		mk_note(c, "VMCOREINFO", 0, vi, sizeof(vi) - 1);
		mk_phdr(c, 4, MK_NOTES, 0, 0, c->notes_len);
	}
	if (kind == MK_LOGICAL) {
		mk_load(c, 0x1000, 0x9f000, 1);
		mk_load(c, 0x100000, 0x400000, 1);
	} else {
		mk_load(c, 0x11000, 0x9f000, 0);
		mk_load(c, 0x100000, 0x200000, 0);
		mk_load(c, 0x240000, 0x400000, 0);
	}
	/* plugged in since the loader made its notes */
	if (kind == MK_JUMP_PAGES)
		mk_load(c, 0x500000, 0x502000, 0);
	if (kind != MK_CRASH) {
		mk_jump_pages(c, kind);
		mk_job_page(c);
	}
}

#endif
