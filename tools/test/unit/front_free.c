// SPDX-License-Identifier: GPL-2.0-or-later
/* front_free.h: a made-up /proc with one static key in it. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/lib/front_free.h"
#include "core/job.h"
#include "core/le.h"
#include "tap.h"

#define TEXT 0xffffffff81000000ull

static char dir[] = "/tmp/kj-free-XXXXXX";

static void put(const char *name, const void *buf, size_t len)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/proc/%s", dir, name);
	FILE *f = fopen(path, "w");

	if (!f || fwrite(buf, 1, len, f) != len || fclose(f))
		abort();
}

static void drop(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/proc/%s", dir, name);
	unlink(path);
}

static void text(const char *name, const char *s)
{
	put(name, s, strlen(s));
}

static void put64(uint8_t *p, uint64_t v)
{
	le64 le = kj_put_le64(v);

	memcpy(p, &le, sizeof(le));
}

/* Program header @i of two: 64 bytes at 192 of the file. */
static void load(uint8_t *b, unsigned int i, uint64_t va, uint64_t pa)
{
	uint8_t *p = b + 64 + 56 * i;

	p[0] = 1;
	p[4] = 7;
	put64(p + 8, 192);
	put64(p + 16, va);
	put64(p + 24, pa);
	put64(p + 32, 64);
	put64(p + 40, 64);
}

/* As the kernel's: its own mapping, which holds the key at 32, and the direct map. */
static void kcore(uint8_t key)
{
	uint8_t b[256] = "\177ELF\2\1\1";

	b[16] = 4;
	b[18] = 62;
	b[20] = 1;
	b[32] = 64;
	b[52] = 64;
	b[54] = 56;
	b[56] = 2;
	load(b, 0, TEXT, 0x1000000);
	load(b, 1, 0xffff888001000000ull, 0x1000000);
	memset(b + 192, 0xee, 64);
	memset(b + 224, 0, 4);
	b[224] = key;
	put("kcore", b, sizeof(b));
}

/* The line at every place around the first 64 KiB: at how many is it not found? */
static int far_behind(void)
{
	static const char line[] = "ffffffff81000020 D init_on_free\n";
	static char b[70000];
	const size_t n = sizeof(line) - 1;
	int missed = 0;

	for (size_t at = 65536 - n - 1; at <= 65536 + 1; at++) {
		memset(b, 'x', sizeof(b));
		for (size_t i = 0; i < at; i += 1000)
			b[i] = '\n';
		b[at - 1] = '\n';
		memcpy(b + at, line, n);
		b[sizeof(b) - 1] = '\n';
		put("kallsyms", b, sizeof(b));
		missed += kj_front_free_flags(dir) != KJ_JOB_FREE_ZERO;
	}
	return missed;
}

int main(void)
{
	char path[64];

	if (!mkdtemp(dir))
		abort();
	snprintf(path, sizeof(path), "%s/proc", dir);
	mkdir(path, 0700);
	is(kj_front_free_flags(dir), 0, "no files");
	text("cmdline", "init_on_free=1 x=init_on_free=0\n");
	is(kj_front_free_flags(dir), KJ_JOB_FREE_ZERO, "asked for");
	text("cmdline", "quiet init_on_free=on init_on_free=off\n");
	is(kj_front_free_flags(dir), 0, "the last one counts");
	text("cmdline", "init_on_free=On");
	is(kj_front_free_flags(dir), KJ_JOB_FREE_ZERO, "in any spelling");
	text("kallsyms", "ffffffff81000000 T _text\nffffffff81000010 D init_on_free_x\nffffffff81000020 D init_on_free\n");
	is(kj_front_free_flags(dir), KJ_JOB_FREE_ZERO, "no kcore: the command line");
	kcore(0);
	is(kj_front_free_flags(dir), 0, "the key is off, whatever was asked for");
	text("cmdline", "quiet\n");
	kcore(1);
	is(kj_front_free_flags(dir), KJ_JOB_FREE_ZERO, "the key is on, though nobody asked");
	text("kallsyms", "ffffffff81000024 D init_on_free\nffffffff81000020 D _page_poisoning_enabled\n");
	is(kj_front_free_flags(dir), KJ_JOB_FREE_POISON, "the other key");
	text("kallsyms", "ffffffff81000020 D init_on_free\n");
	text("cmdline", "page_poison=1\n");
	is(kj_front_free_flags(dir), KJ_JOB_FREE_POISON, "both: poison takes precedence");
	text("cmdline", "page_poison=0\n");
	is(kj_front_free_flags(dir), KJ_JOB_FREE_ZERO, "switched off");
	text("cmdline", "quiet\n");
	text("kallsyms", "0000000000000000 D init_on_free\n");
	is(kj_front_free_flags(dir), 0, "a hidden address");
	text("kallsyms", "ffffffff8100003d D init_on_free\n");
	is(kj_front_free_flags(dir), 0, "an address that the file does not hold");
	text("kallsyms", "ffffffff81000020 D init_on_free\t[mod]\n");
	is(kj_front_free_flags(dir), 0, "a module's symbol");
	is(far_behind(), 0, "symbols that lie where two reads meet");
	drop("kallsyms");
	drop("kcore");
	drop("cmdline");
	rmdir(path);
	rmdir(dir);
	return tap_done();
}
