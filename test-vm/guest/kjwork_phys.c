// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads /proc/PID/pagemap and /proc/iomem for kjwork. Must never guess: a page
 * whose frame is unknown is counted nowhere.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "kjwork_phys.h"

/* Documentation/admin-guide/mm/pagemap.rst */
#define PM_PRESENT (1ull << 63)
#define PM_PFN_MASK ((1ull << 55) - 1)

int kj_phys_pfns(int pid, uint64_t addr, uint64_t n, uint64_t *ret)
{
	char path[64];
	uint64_t done = 0;

	if (pid)
		snprintf(path, sizeof(path), "/proc/%d/pagemap", pid);
	else
		snprintf(path, sizeof(path), "/proc/self/pagemap");
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	while (done < n) {
		ssize_t got = pread(fd, ret + done, (n - done) * sizeof(*ret),
				    (off_t)((addr / KJ_PAGE + done) * sizeof(*ret)));

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0 || got % (ssize_t)sizeof(*ret)) {
			int err = got < 0 ? errno : EIO;

			close(fd);
			return -err;
		}
		done += (uint64_t)got / sizeof(*ret);
	}
	close(fd);
	for (uint64_t i = 0; i < n; i++) {
		uint64_t pfn = ret[i] & PM_PFN_MASK;

		ret[i] = (ret[i] & PM_PRESENT) && pfn ? pfn : KJ_NO_PFN;
	}
	return 0;
}

bool kj_phys_inside(const struct kj_windows *w, uint64_t pfn)
{
	if (pfn == KJ_NO_PFN)
		return false;
	for (uint32_t i = 0; i < w->n; i++)
		if (pfn * KJ_PAGE >= w->w[i].start && pfn * KJ_PAGE < w->w[i].end)
			return true;
	return false;
}

struct ram {
	uint64_t start;
	uint64_t len;
};

#define MAX_RAM 64

/* Top-level "System RAM" lines, which the kernel prints in rising order. */
static unsigned int read_ram(struct ram *ram)
{
	char line[256];
	unsigned int n = 0;
	FILE *f = fopen("/proc/iomem", "re");

	if (!f)
		kj_die(EX_NOINPUT, "/proc/iomem: %s", strerror(errno));
	while (fgets(line, sizeof(line), f)) {
		unsigned long long a, b;
		char what[64];

		if (line[0] == ' ' || sscanf(line, "%llx-%llx : %63[^\n]", &a, &b, what) != 3)
			continue;
		if (strcmp(what, "System RAM") != 0 || b <= a)
			continue;
		if (n == MAX_RAM)
			kj_die(EX_DATAERR, "/proc/iomem: more than %u ranges of RAM", MAX_RAM);
		ram[n].start = a;
		ram[n++].len = b - a + 1;
	}
	fclose(f);
	if (n == 0)
		kj_die(EX_NOPERM, "/proc/iomem: shows no System RAM");
	return n;
}

uint64_t kj_phys_half(void)
{
	struct ram ram[MAX_RAM];
	unsigned int n = read_ram(ram);
	uint64_t half = 0;

	for (unsigned int i = 0; i < n; i++)
		half += ram[i].len;
	half /= 2;
	for (unsigned int i = 0; i < n; i++) {
		if (half < ram[i].len)
			return (ram[i].start + half) / KJ_PAGE;
		half -= ram[i].len;
	}
	kj_die(EX_SOFTWARE, "/proc/iomem: has no middle");
}
