// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Two static keys of the running kernel, read through /proc/kcore; must never write or map any of it.
 */
#include "cmd/lib/front_free.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "core/elf.h"
#include "core/job.h"
#include "core/le.h"
#include "core/parse.h"
#include "sys/io.h"

#define PHDRS 512u
#define CHUNK (64u << 10) /* the kernel takes its time for each read() */
#define NAME_AT 19u	  /* in a line: behind 16 digits, a blank, a letter and a blank */
#define HABITS 2u

/* What a kernel may do, its static key, and its word on the command line. */
struct habit {
	const char *symbol, *word;
};

enum { POISONS, CLEARS };

static const struct habit habits[HABITS] = {
	[POISONS] = { "_page_poisoning_enabled", "page_poison=" },
	[CLEARS] = { "init_on_free", "init_on_free=" },
};

/* "ffffffff82a1b2c0 D init_on_free", @len bytes: its address to that of the habit; a hidden one is 0. */
static void take_symbol(const char *line, size_t len, uint64_t va[HABITS])
{
	for (unsigned int i = 0; i < HABITS; i++) {
		const size_t n = strlen(habits[i].symbol);

		if (len != NAME_AT + n || line[16] != ' ' || line[18] != ' ' || memcmp(line + NAME_AT, habits[i].symbol, n))
			continue;
		if (kj_parse_hex(line, 16, &va[i]))
			va[i] = 0;
	}
}

/* A hundred thousand lines, read once. */
static void find_symbols(const char *root, uint64_t va[HABITS])
{
	static char text[CHUNK];
	size_t have = 0, got;
	int fd, err = 0;

	snprintf(text, sizeof(text), "%s/proc/kallsyms", root);
	fd = kj_open_read(text);
	if (fd < 0)
		return;
	while (!err && !(va[POISONS] && va[CLEARS])) {
		const char *p = text, *nl;

		err = kj_read_full(fd, text + have, sizeof(text) - have, &got);
		have += got;
		while ((nl = memchr(p, '\n', (size_t)(text + have - p))) != NULL) {
			take_symbol(p, (size_t)(nl - p), va);
			p = nl + 1;
		}
		/* a line that fills it all is none of the kernel's */
		if (p == text && have == sizeof(text))
			break;
		have -= (size_t)(p - text);
		memmove(text, p, have);
	}
	kj_close(fd);
}

/* The int at @va of the kernel's own mapping; 0: read. */
static int read_kernel(const char *root, uint64_t va, int32_t *ret)
{
	static struct kj_elf elf;
	static struct kj_elf_load loads[PHDRS];
	static uint8_t phdrs[PHDRS * KJ_ELF_PHDR];
	uint8_t ehdr[KJ_ELF_EHDR];
	struct kj_elf_head head;
	char path[512];
	le32 v;
	int fd, err = -1;

	snprintf(path, sizeof(path), "%s/proc/kcore", root);
	fd = kj_open_read(path);
	if (fd < 0)
		return fd;
	if (!kj_pread_full(fd, ehdr, sizeof(ehdr), 0, NULL) && !kj_elf_head(ehdr, sizeof(ehdr), &head) &&
	    !head.xnum && kj_elf_phdrs_size(&head) <= sizeof(phdrs) &&
	    !kj_pread_full(fd, phdrs, kj_elf_phdrs_size(&head), head.phoff, NULL) &&
	    !kj_elf_parse(&head, phdrs, kj_elf_phdrs_size(&head), 0, loads, PHDRS, &elf) && elf.text.filesz >= sizeof(v) &&
	    va >= elf.text.vaddr && va - elf.text.vaddr <= elf.text.filesz - sizeof(v))
		err = kj_pread_full(fd, &v, sizeof(v), elf.text.off + (va - elf.text.vaddr), NULL);
	kj_close(fd);
	if (!err)
		*ret = (int32_t)kj_get_le32(v);
	return err;
}

/* The last one counts, and is read as kstrtobool() does. */
static int asked_for(const char *root, const char *key)
{
	static char text[65536];
	char path[512];
	const char *p = text;
	size_t len;
	int on = 0;

	snprintf(path, sizeof(path), "%s/proc/cmdline", root);
	if (kj_slurp(path, text, sizeof(text), &len))
		return 0;
	while ((p = strstr(p, key)) != NULL) {
		const int word = p == text || p[-1] == ' ';

		p += strlen(key);
		if (word)
			on = strchr("yY1tT", p[0]) || ((p[0] == 'o' || p[0] == 'O') && (p[1] == 'n' || p[1] == 'N'));
	}
	return on;
}

static int has(const char *root, const struct habit *h, uint64_t va)
{
	int32_t key;

	if (va && !read_kernel(root, va, &key))
		return key != 0;
	return asked_for(root, h->word);
}

uint32_t kj_front_free_flags(const char *root)
{
	uint64_t va[HABITS] = { 0 };

	find_symbols(root, va);
	/* it takes precedence (linux 6.12 mm/mm_init.c, mem_debugging_and_hardening_init) */
	if (has(root, &habits[POISONS], va[POISONS]))
		return KJ_JOB_FREE_POISON;
	return has(root, &habits[CLEARS], va[CLEARS]) ? KJ_JOB_FREE_ZERO : 0;
}
