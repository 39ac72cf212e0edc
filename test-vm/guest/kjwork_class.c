// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kjwork classes FILE: a process that holds memory of every class that a dump may leave out or must keep, and says how
 * much of each. Must never say of memory that it is huge when the kernel gave small pages.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "kjwork.h"
#include "kjwork_page.h"

#define MIB (1u << 20)
#define HUGE_BYTES (2u * MIB)
#define ANON (24u * MIB)
#define THP (16u * MIB)
#define SHMEM (12u * MIB)
#define HUGETLB (8u * MIB)

/* No two pages alike, and none of them zeros. */
static void fill(uint8_t *mem, size_t len, uint64_t tag)
{
	for (size_t i = 0; i < len; i += 8) {
		uint64_t v = kj_mix64(tag << 40 ^ (i / 4096 * 8 + i % 64));

		memcpy(mem + i, &v, sizeof(v));
	}
}

static uint8_t *map(size_t len, int flags, int fd, uint64_t tag)
{
	uint8_t *p = mmap(NULL, len, PROT_READ | PROT_WRITE, flags, fd, 0);

	if (p == MAP_FAILED)
		return NULL;
	fill(p, len, tag);
	return p;
}

/* Anonymous memory in whole huge pages, if the kernel gives them. */
static uint8_t *map_thp(void)
{
	uint8_t *p = mmap(NULL, THP + HUGE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return NULL;
	p = (uint8_t *)(((uintptr_t)p + HUGE_BYTES - 1) & ~(uintptr_t)(HUGE_BYTES - 1));
	(void)madvise(p, THP, MADV_HUGEPAGE);
	fill(p, THP, 2);
	return p;
}

/* KiB of that line of smaps_rollup. */
static unsigned long rollup(const char *key)
{
	FILE *f = fopen("/proc/self/smaps_rollup", "r");
	char line[160];
	unsigned long kib = 0;

	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, key, strlen(key)))
			kib = strtoul(line + strlen(key), NULL, 10);
	if (f)
		fclose(f);
	return kib;
}

/* Read a file so that it stays in the page cache; its first bytes tell the judge which page it is looking at. */
static unsigned long cache_file(const char *path)
{
	static char buf[65536];
	unsigned long kib = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		kj_die(EX_NOINPUT, "%s: %s", path, strerror(errno));
	while ((n = read(fd, buf, sizeof(buf))) > 0)
		kib += (unsigned long)n / 1024;
	if (n < 0)
		kj_die(EX_IOERR, "%s: %s", path, strerror(errno));
	return kib; /* the file stays open, and so its inode in memory */
}

/* The process: maps all of it, tells, and waits to be dumped. */
__attribute__((noreturn)) static void hold(const char *file, int tell)
{
	uint8_t *anon = map(ANON, MAP_PRIVATE | MAP_ANONYMOUS, -1, 1), *thp = map_thp(), *shmem, *huge;
	const int fd = memfd_create("kjclasses", MFD_CLOEXEC);
	char text[200];
	int n;

	(void)prctl(PR_SET_NAME, "kjclasses");
	if (fd < 0 || ftruncate(fd, SHMEM))
		kj_die(EX_OSERR, "memfd: %s", strerror(errno));
	shmem = map(SHMEM, MAP_SHARED, fd, 3);
	if (!anon || !thp || !shmem)
		kj_die(EX_OSERR, "classes: %s", strerror(errno));
	huge = map(HUGETLB, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 4);
	n = snprintf(text, sizeof(text), "PID=%d\nADDR=0x%lx\nTHP_KIB=%lu\nHUGETLB_KIB=%u\nCACHE_KIB=%lu\n",
		     (int)getpid(), (unsigned long)anon, rollup("AnonHugePages:"), huge ? HUGETLB / 1024 : 0,
		     cache_file(file));
	if (kj_write_full(tell, text, (size_t)n))
		_exit(EX_IOERR);
	close(tell);
	for (;;)
		pause();
}

int kj_classes(int argc, char **argv)
{
	char text[256];
	ssize_t n;
	int p[2];
	pid_t pid;

	if (argc != 2)
		kj_die(EX_USAGE, "classes: a file is needed, and nothing else");
	if (pipe2(p, O_CLOEXEC))
		kj_die(EX_OSERR, "pipe: %s", strerror(errno));
	pid = fork();
	if (pid < 0)
		kj_die(EX_OSERR, "fork: %s", strerror(errno));
	if (!pid) {
		close(p[0]);
		(void)setsid();
		hold(argv[1], p[1]);
	}
	close(p[1]);
	/* one write of less than a pipe's atomic size; nothing at all if it died */
	n = read(p[0], text, sizeof(text));
	if (n <= 0)
		kj_die(EX_OSERR, "classes: its process ended");
	fwrite(text, 1, (size_t)n, stdout);
	return 0;
}
