// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The handler of SIGBUS, and the list of what it met. It must never return from a fault that it did not mend.
 */
#include "sys/badpage.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#define PAGE 4096u
#define RANGES 16u
#define PAGES 1024u

#ifndef SA_SIGINFO
#define SA_SIGINFO 4
#endif

struct range {
	uintptr_t start, end; /* both 0: free */
};

/* A handler has no other way to be told. */
static struct range watched[RANGES];
static uintptr_t bad[PAGES];
static unsigned int nbad;

static int is_watched(uintptr_t at)
{
	unsigned int i;

	for (i = 0; i < RANGES; i++)
		if (at >= watched[i].start && at < watched[i].end)
			return 1;
	return 0;
}

/* siginfo_t, as far as a SIGBUS needs it (include/uapi/asm-generic/siginfo.h): klibc has none. */
struct bus_info {
	int signo, err, code, pad;
	uintptr_t addr;
};

static void on_bus(int sig, const struct bus_info *info)
{
	const uintptr_t at = info->addr & ~(uintptr_t)(PAGE - 1);
	const int saved = errno;

	if (is_watched(at) && nbad < PAGES &&
	    mmap((void *)at, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != MAP_FAILED)
		bad[nbad++] = at;
	else
		(void)signal(sig, SIG_DFL); /* it comes again, and ends us */
	errno = saved;
}

int kj_bad_catch(void)
{
	struct sigaction sa;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = (void (*)(int))(void (*)(void))on_bus;
	sa.sa_flags = SA_SIGINFO;
	return sigaction(SIGBUS, &sa, NULL) ? -errno : 0;
}

void kj_bad_watch(const void *p, size_t len)
{
	unsigned int i;

	for (i = 0; i < RANGES; i++) {
		if (watched[i].end)
			continue;
		watched[i].start = (uintptr_t)p;
		watched[i].end = (uintptr_t)p + len;
		return;
	}
}

void kj_bad_forget(const void *p, size_t len)
{
	const uintptr_t start = (uintptr_t)p, end = start + len;
	unsigned int i, n = 0;

	for (i = 0; i < RANGES; i++) {
		if (watched[i].start != start || !watched[i].end)
			continue;
		watched[i].start = watched[i].end = 0;
		break;
	}
	for (i = 0; i < nbad; i++)
		if (bad[i] < start || bad[i] >= end)
			bad[n++] = bad[i];
	nbad = n;
}

void kj_bad_note(const void *p)
{
	if (nbad < PAGES)
		bad[nbad++] = (uintptr_t)p & ~(uintptr_t)(PAGE - 1);
	else
		(void)raise(SIGBUS); /* as for a page that was mapped */
}

unsigned int kj_bad_count(const void *p, size_t len)
{
	const uintptr_t start = (uintptr_t)p & ~(uintptr_t)(PAGE - 1), end = (uintptr_t)p + len;
	unsigned int i, n = 0;

	for (i = 0; i < nbad; i++)
		n += bad[i] >= start && bad[i] < end;
	return n;
}
