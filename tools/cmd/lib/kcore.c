// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /proc/kcore: where the direct map is, and the VMCOREINFO note; must never read more of it than headers and notes.
 */
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

void kj_kcore_read(const char *root, struct kj_kcore *ret)
{
	static struct kj_elf elf;
	static struct kj_elf_load loads[PHDRS];
	static uint8_t phdrs[PHDRS * KJ_ELF_PHDR];
	uint8_t ehdr[KJ_ELF_EHDR];
	struct kj_elf_head head;
	char path[512];
	void *notes;
	int fd;

	memset(ret, 0, sizeof(*ret));
	snprintf(path, sizeof(path), "%s/proc/kcore", root);
	fd = kj_open_read(path);
	if (fd < 0)
		return;
	if (!kj_pread_full(fd, ehdr, sizeof(ehdr), 0, NULL) && !kj_elf_head(ehdr, sizeof(ehdr), &head) && !head.xnum &&
	    kj_elf_phdrs_size(&head) <= sizeof(phdrs) &&
	    !kj_pread_full(fd, phdrs, kj_elf_phdrs_size(&head), head.phoff, NULL) &&
	    !kj_elf_parse(&head, phdrs, kj_elf_phdrs_size(&head), 0, loads, PHDRS, &elf)) {
		ret->page_offset = elf.direct;
		if (elf.nnote && elf.note[0].size <= NOTES_MAX && !kj_alloc_pages(elf.note[0].size, &notes)) {
			if (!kj_pread_full(fd, notes, elf.note[0].size, elf.note[0].off, NULL))
				take_vmcoreinfo(notes, elf.note[0].size, ret);
			kj_munmap(notes, elf.note[0].size);
		}
	}
	(void)kj_close(fd);
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
