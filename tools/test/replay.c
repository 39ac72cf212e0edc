// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * main() for a fuzz target without libFuzzer: feeds it every file of its corpus, every
 * truncation and every single-bit flip of the small ones, and the empty input. TAP on
 * stdout; a target that misbehaves dies by its sanitizer. It must never write a file.
 *
 * The corpus is tools/test/data/corpus/NAME, or the directories given as arguments.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tap.h"

#define MAX_FILE (1u << 20)
/* beyond this, all flips of all bits would take the minute that `make check` has */
#define MAX_MUTATED 512u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Exactly @len bytes on the heap, so that reading one more is caught. */
static void feed(const uint8_t *data, size_t len)
{
	uint8_t *copy = malloc(len ? len : 1);

	if (!copy)
		abort();
	if (len)
		memcpy(copy, data, len);
	(void)LLVMFuzzerTestOneInput(copy, len);
	free(copy);
}

static void mutate(uint8_t *data, size_t len)
{
	for (size_t i = 0; i < len; i++)
		feed(data, i);
	for (size_t i = 0; i < len * 8; i++) {
		data[i / 8] ^= (uint8_t)(1u << (i % 8));
		feed(data, len);
		data[i / 8] ^= (uint8_t)(1u << (i % 8));
	}
}

static void replay_file(const char *path)
{
	static uint8_t buf[MAX_FILE];
	FILE *f = fopen(path, "rb");

	if (!f) {
		ok(0, "%s: cannot open", path);
		return;
	}
	size_t len = fread(buf, 1, sizeof(buf), f);

	fclose(f);
	feed(buf, len);
	if (len <= MAX_MUTATED)
		mutate(buf, len);
	ok(1, "%s: %zu bytes", path, len);
}

static int skip_dots(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

static void replay_dir(const char *dir)
{
	struct dirent **list;
	int n = scandir(dir, &list, skip_dots, alphasort);

	for (int i = 0; i < n; i++) {
		char path[4096];
		struct stat st;

		snprintf(path, sizeof(path), "%s/%s", dir, list[i]->d_name);
		if (!stat(path, &st) && S_ISREG(st.st_mode))
			replay_file(path);
		free(list[i]);
	}
	if (n >= 0)
		free(list);
}

int main(int argc, char **argv)
{
	char dir[4096];
	const char *name = strrchr(argv[0], '/');

	feed(NULL, 0);
	ok(1, "empty input");
	snprintf(dir, sizeof(dir), "tools/test/data/corpus/%s", name ? name + 1 : argv[0]);
	if (argc < 2)
		replay_dir(dir);
	for (int i = 1; i < argc; i++)
		replay_dir(argv[i]);
	return tap_done();
}
