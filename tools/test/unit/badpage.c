// SPDX-License-Identifier: GPL-2.0-or-later
/* badpage: a file cut under its mapping reads as zeros and is known; any other fault still kills. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/badpage.h"
#include "sys/compat.h"
#include "sys/io.h"
#include "sys/vmcore.h"
#include "tap.h"

#define N 2000u

static char path[] = "/tmp/kjbad.XXXXXX";
static int fd;
static volatile uint8_t sink;

static void make_file(void)
{
	static uint8_t page[4096];
	unsigned int i;

	for (i = 0; i < N; i++) {
		memset(page, (int)(i % 255) + 1, sizeof(page));
		if (kj_pwrite_full(fd, page, sizeof(page), i * 4096ull))
			abort();
	}
}

static void test_cut(void)
{
	const uint8_t *p = NULL;
	unsigned int i, zeros = 0;

	make_file();
	is(kj_vmcore_map(fd, 0, 64 * 4096, &p), 0, "map");
	is(p[10 * 4096], 11, "its bytes");
	ok(!ftruncate(fd, 60 * 4096), "cut the file");
	is(kj_bad_count(p, 64 * 4096), 0, "nothing is bad before it is touched");
	for (i = 0; i < 4096; i++)
		zeros += !p[61 * 4096 + i];
	is(zeros, 4096, "a page that went is zeros");
	is(kj_bad_count(p, 64 * 4096), 1, "and known");
	is(kj_bad_count(p + 61 * 4096 + 5, 1), 1, "by any byte of it");
	is(kj_bad_count(p + 62 * 4096, 4096), 0, "its neighbour is not");
	is(p[59 * 4096], 60, "what is left can be read");
	kj_vmcore_unmap(p, 64 * 4096);
	is(kj_bad_count(NULL, SIZE_MAX), 0, "forgotten with the mapping");
	kj_vmcore_unmap(NULL, 4096);
}

/* An offset that cannot be mapped is copied. */
static void test_copy(void)
{
	const uint8_t *p = NULL;

	make_file();
	ok(!ftruncate(fd, 3 * 4096 + 100), "a file of three pages and 100 bytes");
	is(kj_vmcore_map(fd, 100, 4 * 4096, &p), 0, "copy");
	is(kj_bad_count(p, 4 * 4096), 1, "one page could not be read");
	is(kj_bad_count(p + 3 * 4096, 4096), 1, "the last one");
	is(p[2 * 4096], 3, "the others are there");
	is(p[3 * 4096], 0, "it is zeros");
	kj_vmcore_unmap(p, 4 * 4096);
	is(kj_vmcore_map(fd, 0, 0, &p), -EINVAL, "nothing");
}

/* @fn in a child: the signal that ended it, 0: none. */
static int ends_by(void (*fn)(void))
{
	int status = 0;
	pid_t pid = fork();

	if (!pid) {
		(void)kj_bad_catch();
		fn();
		_exit(0);
	}
	if (waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void touch_unwatched(void)
{
	void *p = NULL;

	if (kj_mmap(4096, PROT_READ, MAP_PRIVATE, fd, 1ull << 30, &p))
		_exit(1);
	sink = *(volatile uint8_t *)p;
}

static void too_many(void)
{
	const uint8_t *p = NULL;
	unsigned int i;

	if (kj_vmcore_map(fd, 0, N * 4096, &p) || ftruncate(fd, 4096))
		_exit(1);
	for (i = 0; i < N; i++)
		sink = *(volatile const uint8_t *)(p + i * 4096ull);
}

static void note_too_many(void)
{
	uintptr_t i;

	for (i = 0; i < N; i++)
		kj_bad_note((void *)(i * 4096));
}

int main(void)
{
	fd = mkstemp(path);
	if (fd < 0)
		abort();
	is(kj_bad_catch(), 0, "catch");
	test_cut();
	test_copy();
	is(ends_by(touch_unwatched), SIGBUS, "a fault anywhere else kills");
	make_file();
	is(ends_by(too_many), SIGBUS, "more than can be noted kills");
	is(ends_by(note_too_many), SIGBUS, "the same of pages read");
	(void)close(fd);
	(void)unlink(path);
	return tap_done();
}
