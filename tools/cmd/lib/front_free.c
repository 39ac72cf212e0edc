// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One static key of the running kernel, read through /proc/kcore; must never write or map any of it.
 */
#include "cmd/lib/front_free.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "core/elf.h"
#include "core/le.h"
#include "core/parse.h"
#include "sys/io.h"

#define KEY "init_on_free"
#define PHDRS 512u

/* "ffffffff82a1b2c0 D init_on_free": its address; 0: not that line, or hidden. */
static uint64_t symbol_of(const char *line)
{
	const size_t n = strcspn(line, " ");
	uint64_t va;

	if (!line[n] || !line[n + 1] || line[n + 2] != ' ' || strcmp(line + n + 3, KEY "\n") ||
	    kj_parse_hex(line, n, &va))
		return 0;
	return va;
}

static uint64_t find_symbol(const char *root)
{
	char line[1024];
	uint64_t va = 0;
	FILE *f;

	snprintf(line, sizeof(line), "%s/proc/kallsyms", root);
	f = fopen(line, "r");
	if (!f)
		return 0;
	while (!va && fgets(line, sizeof(line), f))
		va = symbol_of(line);
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
static int asked_for(const char *root)
{
	static char text[65536];
	char path[512];
	const char *p = text;
	size_t len;
	int on = 0;

	snprintf(path, sizeof(path), "%s/proc/cmdline", root);
	if (kj_slurp(path, text, sizeof(text), &len))
		return 0;
	while ((p = strstr(p, KEY "=")) != NULL) {
		const int word = p == text || p[-1] == ' ';

		p += strlen(KEY "=");
		if (word)
			on = strchr("yY1tT", p[0]) || ((p[0] == 'o' || p[0] == 'O') && (p[1] == 'n' || p[1] == 'N'));
	}
	return on;
}

int kj_front_clears_free(const char *root)
{
	const uint64_t va = find_symbol(root);
	int32_t key;

	if (va && !read_kernel(root, va, &key))
		return key != 0;
	return asked_for(root);
}
