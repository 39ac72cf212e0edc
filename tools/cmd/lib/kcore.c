// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /proc/kcore: where the direct map is, and the VMCOREINFO note; must never read more of it than headers and notes.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cmd/lib/kcore.h"
#include "core/elf.h"
#include "core/note.h"
#include "core/vmcoreinfo.h"
#include "sys/compat.h"
#include "sys/io.h"

#define PHDRS 512u
#define NOTES_MAX (1u << 20)	/* one PRSTATUS and the text */
#define KIMAGE_MAX 65536	/* no offset in a struct kimage is beyond this */

/* The VMCOREINFO text among the notes, which are the kernel's own; kept in memory of ours. */
static void take_vmcoreinfo(const uint8_t *notes, size_t len, struct kj_kcore *ret)
{
	static struct kj_facts facts;
	void *p;

	if (kj_note_parse(notes, len, &facts) || !facts.vmcoreinfo_len ||
	    kj_alloc_pages(facts.vmcoreinfo_len, &p))
		return;
	memcpy(p, notes + facts.vmcoreinfo_off, facts.vmcoreinfo_len);
	ret->vmcoreinfo = p;
	ret->vmcoreinfo_len = facts.vmcoreinfo_len;
}

/* An fd, with what is where; -1: it cannot be read. */
static int open_kcore(const char *root, struct kj_elf *elf)
{
	static struct kj_elf_load loads[PHDRS];
	static uint8_t phdrs[PHDRS * KJ_ELF_PHDR];
	uint8_t ehdr[KJ_ELF_EHDR];
	struct kj_elf_head head;
	char path[512];
	int fd;

	snprintf(path, sizeof(path), "%s/proc/kcore", root);
	fd = kj_open_read(path);
	if (fd < 0)
		return -1;
	if (!kj_pread_full(fd, ehdr, sizeof(ehdr), 0, NULL) && !kj_elf_head(ehdr, sizeof(ehdr), &head) && !head.xnum &&
	    kj_elf_phdrs_size(&head) <= sizeof(phdrs) &&
	    !kj_pread_full(fd, phdrs, kj_elf_phdrs_size(&head), head.phoff, NULL) &&
	    !kj_elf_parse(&head, phdrs, kj_elf_phdrs_size(&head), 0, loads, PHDRS, elf))
		return fd;
	(void)kj_close(fd);
	return -1;
}

static void read_kcore(int fd, const struct kj_elf *elf, struct kj_kcore *ret)
{
	void *notes;

	ret->page_offset = elf->direct;
	if (!elf->nnote || elf->note[0].size > NOTES_MAX || kj_alloc_pages(elf->note[0].size, &notes))
		return;
	if (!kj_pread_full(fd, notes, elf->note[0].size, elf->note[0].off, NULL))
		take_vmcoreinfo(notes, elf->note[0].size, ret);
	kj_munmap(notes, elf->note[0].size);
}

void kj_kcore_read(const char *root, struct kj_kcore *ret)
{
	static struct kj_elf elf;
	int fd = open_kcore(root, &elf);

	memset(ret, 0, sizeof(*ret));
	if (fd < 0)
		return;
	read_kcore(fd, &elf, ret);
	(void)kj_close(fd);
}

/* A word of the kernel's own, or of what it has allocated. */
static int read_word(int fd, const struct kj_elf *elf, uint64_t va, uint64_t *ret)
{
	uint64_t off, run;
	le64 word;

	if (elf->text.filesz >= 8 && va >= elf->text.vaddr && va - elf->text.vaddr <= elf->text.filesz - 8)
		off = elf->text.off + (va - elf->text.vaddr);
	else if (!elf->direct || va < elf->direct || kj_elf_find(elf, va - elf->direct, &off, &run) || run < 8)
		return -ENOENT;
	if (kj_pread_full(fd, &word, sizeof(word), off, NULL))
		return -ENOENT;
	*ret = kj_get_le64(word);
	return 0;
}

static int read_image(int fd, const struct kj_elf *elf, const struct kj_kcore *k, struct kj_kimage *ret)
{
	struct kj_vmcoreinfo vi;
	int64_t head, start;
	uint64_t symbol;

	if (!k->vmcoreinfo_len)
		return -ENOENT;
	kj_vmcoreinfo_init(k->vmcoreinfo, k->vmcoreinfo_len, &vi);
	if (kj_vmcoreinfo_hex(&vi, "SYMBOL(kexec_image)", &symbol) || kj_vmcoreinfo_num(&vi, "OFFSET(kimage.head)", &head) ||
	    kj_vmcoreinfo_num(&vi, "OFFSET(kimage.start)", &start) || head < 0 || start < 0 || head > KIMAGE_MAX ||
	    start > KIMAGE_MAX || read_word(fd, elf, symbol, &ret->addr))
		return -ENOENT;
	ret->head = ret->start = 0;
	if (!ret->addr)
		return 0;
	if (ret->addr > UINT64_MAX - KIMAGE_MAX || read_word(fd, elf, ret->addr + (uint64_t)head, &ret->head))
		return -ENOENT;
	return read_word(fd, elf, ret->addr + (uint64_t)start, &ret->start);
}

int kj_kcore_image(const char *root, struct kj_kimage *ret)
{
	static struct kj_elf elf;
	struct kj_kcore k = { 0 };
	int err, fd = open_kcore(root, &elf);

	if (fd < 0)
		return -ENOENT;
	read_kcore(fd, &elf, &k);
	err = read_image(fd, &elf, &k, ret);
	(void)kj_close(fd);
	return err;
}

int kj_kcore_publishes(const struct kj_kcore *k)
{
	struct kj_vmcoreinfo vi;
	int64_t version;

	if (!k->vmcoreinfo_len)
		return 0;
	kj_vmcoreinfo_init(k->vmcoreinfo, k->vmcoreinfo_len, &vi);
	return !kj_vmcoreinfo_num(&vi, "NUMBER(KEXEC_JUMP_INFO_VERSION)", &version) && version == KJ_NOTE_VERSION;
}
