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

/* What a kernel may do, its static key, and its word on the command line. */
struct habit {
	const char *symbol, *word;
};

static const struct habit clears = { "init_on_free", "init_on_free=" };
static const struct habit poisons = { "_page_poisoning_enabled", "page_poison=" };

/* "ffffffff82a1b2c0 D init_on_free": its address; 0: not that line, or hidden. */
static uint64_t symbol_of(const char *line, const char *symbol)
{
	const size_t len = strlen(symbol);
	const size_t n = strcspn(line, " ");
	uint64_t va;

	if (!line[n] || !line[n + 1] || line[n + 2] != ' ' || strncmp(line + n + 3, symbol, len) ||
	    strcmp(line + n + 3 + len, "\n") ||
	    kj_parse_hex(line, n, &va))
		return 0;
	return va;
}

static uint64_t find_symbol(const char *root, const char *symbol)
{
	char line[1024];
	uint64_t va = 0;
	FILE *f;

	snprintf(line, sizeof(line), "%s/proc/kallsyms", root);
	f = fopen(line, "r");
	if (!f)
		return 0;
	while (!va && fgets(line, sizeof(line), f))
		va = symbol_of(line, symbol);
	fclose(f);
	return va;
}

/* The int at @va of the kernel's own mapping; 0: read. */
static int read_kernel(const char *root, uint64_t va, int32_t *ret)
{
	static struct kj_elf elf;
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
	    !kj_elf_parse(&head, phdrs, kj_elf_phdrs_size(&head), 0, &elf) && elf.text.filesz >= sizeof(v) &&
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

static int has(const char *root, const struct habit *h)
{
	const uint64_t va = find_symbol(root, h->symbol);
	int32_t key;

	if (va && !read_kernel(root, va, &key))
		return key != 0;
	return asked_for(root, h->word);
}

uint32_t kj_front_free_flags(const char *root)
{
	/* it takes precedence (linux 6.12 mm/mm_init.c, mem_debugging_and_hardening_init) */
	if (has(root, &poisons))
		return KJ_JOB_FREE_POISON;
	return has(root, &clears) ? KJ_JOB_FREE_ZERO : 0;
}
