// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Marks of loaded images. It must never load or unload one.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/lib/load_mark.h"
#include "core/parse.h"
#include "sys/io.h"
#include "sys/kexec.h"
#include "sys/log.h"

#define PAGES_MAX (1ull << 20)	/* 4 GiB: no window is larger */

static const char *mark_path(int crash)
{
	return crash ? KJ_LOAD_MARK_DIR "/loaded-crash" : KJ_LOAD_MARK_DIR "/loaded";
}

int kj_mark_look(const char *root, int crash)
{
	char path[512];
	struct stat st;

	if (kj_kexec_loaded(root, crash) != 1)
		return 0;
	if ((size_t)snprintf(path, sizeof(path), "%s%s", root, mark_path(crash)) >= sizeof(path))
		return -EEXIST;
	return stat(path, &st) ? -EEXIST : 1;
}

uint64_t kj_mark_pages(const char *root)
{
	static const char key[] = "\nBACKUP_PAGES=";
	char path[512], text[4096];
	const char *p;
	uint64_t n;
	size_t len;

	if (kj_mark_look(root, 0) != 1)
		return 0;
	snprintf(path, sizeof(path), "%s%s", root, mark_path(0));
	if (kj_slurp(path, text, sizeof(text), &len))
		return 0;
	p = strstr(text, key);
	if (!p)
		return 0;
	p += sizeof(key) - 1;
	return kj_parse_u64_in(p, strcspn(p, "\n"), 0, PAGES_MAX, &n) ? 0 : n;
}

void kj_mark_forget(int crash)
{
	(void)unlink(mark_path(crash));
}

void kj_mark_write(int crash, const char *text)
{
	int fd, err;

	(void)mkdir(KJ_LOAD_MARK_DIR, 0755);
	kj_mark_forget(crash);
	fd = kj_open_new(mark_path(crash));
	err = fd < 0 ? fd : kj_write_full(fd, text, strlen(text));
	(void)kj_close(fd);
	if (err)
		kj_log(KJ_LOG_WARN, "%s: %s", mark_path(crash), strerror(-err));
}
