// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Jumps between A and a kernel B that stays in memory. Must never be shipped: it enters whatever is loaded.
 *
 * Usage: kexec_warm a N COMMAND PLUG ADDRESS
 *            A: COMMAND loads B, with the address of a page in $PAGE; then enter it N times, each time with the number in that
 *            page; half way, PLUG brings memory at ADDRESS, and the number is in a page of that as well; afterwards other
 *            memory has to be as it was
 *        kexec_warm b RE PAGE HOLD
 *            B: say what /proc/vmcore has in these pages, go back, and the same when entered again; the file stays mapped from
 *            entry HOLD to the next, and has to be as it was then
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kexec.h>
#include <linux/reboot.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define PAGE 4096ul
#define WORDS (8ul << 20)	/* 64 MiB */
#define JUMPS 1000

static _Noreturn void die(const char *what)
{
	perror(what);
	exit(1);
}

static void jump(void)
{
	if (syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_KEXEC, 0))
		die("reboot");
}

static uint64_t *pages(size_t len)
{
	void *p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (p == MAP_FAILED || mlock(p, len))
		die("memory");
	return p;
}

static uint64_t address(const void *p)
{
	int fd = open("/proc/self/pagemap", O_RDONLY);
	uint64_t e = 0;

	if (fd < 0 || pread(fd, &e, 8, (off_t)((uintptr_t)p / PAGE * 8)) != 8 || !(e >> 63))
		die("/proc/self/pagemap");
	close(fd);
	return (e & ((1ull << 55) - 1)) * PAGE;
}

/* A's clocks stand still, or are set by the second, while it is away; its time stamp counter goes on. */
static uint64_t stamp(void)
{
	return __builtin_ia32_rdtsc();
}

static double per_ms(void)
{
	struct timespec a, b, wait = { 0, 200000000 };
	uint64_t from;

	clock_gettime(CLOCK_MONOTONIC, &a);
	from = stamp();
	nanosleep(&wait, NULL);
	clock_gettime(CLOCK_MONOTONIC, &b);
	return (double)(stamp() - from) / ((double)(b.tv_sec - a.tv_sec) * 1e3 + (double)(b.tv_nsec - a.tv_nsec) / 1e6);
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* A page at @from or above: of memory that is movable, which is given to programs first. */
static uint64_t *plugged_page(uint64_t from)
{
	for (int i = 0; i < 1000; i++) {
		uint64_t *page = pages(PAGE);

		if (address(page) >= from)
			return page;
	}
	errno = ENOMEM;
	die("a page of the memory that was plugged in");
}

static int run_a(int n, const char *command, const char *plug, uint64_t from_pa)
{
	static double ms[JUMPS];
	uint64_t *page = pages(PAGE), *rest = pages(WORDS * 8), *plugged = NULL;
	char text[32];
	double unit = per_ms();

	if (n < 2 || n > JUMPS)
		return 64;
	for (uint64_t i = 0; i < WORDS; i++)
		rest[i] = i * 0x9e3779b97f4a7c15ull;
	snprintf(text, sizeof(text), "0x%llx", (unsigned long long)address(page));
	setenv("PAGE", text, 1);
	if (system(command))
		die(command);
	for (int i = 0; i < n; i++) {
		uint64_t from;

		if (i == n / 2) {
			if (system(plug))
				die(plug);
			plugged = plugged_page(from_pa);
			page[1] = address(plugged);
		}
		page[0] = (uint64_t)i + 1;
		if (plugged)
			plugged[0] = page[0];
		from = stamp();
		jump();
		ms[i] = (double)(stamp() - from) / unit;
	}
	for (uint64_t i = 0; i < WORDS; i++)
		if (rest[i] != i * 0x9e3779b97f4a7c15ull)
			return printf("word %llu is wrong\n", (unsigned long long)i), 1;
	printf("COLD_MS=%.0f\n", ms[0]);
	qsort(ms + 1, (size_t)n - 1, sizeof(ms[0]), by_size);
	printf("WARM_MS=%.0f\nWARM_MIN_MS=%.0f\nWARM_MAX_MS=%.0f\n", ms[1 + (n - 1) / 2], ms[1], ms[n - 1]);
	return 0;
}

/* The word at @pa, 0 if it is not there, by the program headers as they are now. */
static uint64_t look(uint64_t pa)
{
	int fd = open("/proc/vmcore", O_RDONLY);
	uint64_t word = 0;
	Elf64_Ehdr e;
	Elf64_Phdr p;

	if (fd < 0 || read(fd, &e, sizeof(e)) != sizeof(e))
		die("/proc/vmcore");
	for (int i = 0; i < e.e_phnum; i++) {
		if (pread(fd, &p, sizeof(p), (off_t)(e.e_phoff + (uint64_t)i * sizeof(p))) != sizeof(p))
			die("program header");
		if (p.p_type == PT_LOAD && pa >= p.p_paddr && pa - p.p_paddr < p.p_filesz &&
		    pread(fd, &word, 8, (off_t)(p.p_offset + (pa - p.p_paddr))) != 8)
			die("page");
	}
	close(fd);
	return word;
}

static void *map_headers(void)
{
	int fd = open("/proc/vmcore", O_RDONLY);
	void *p = fd < 0 ? MAP_FAILED : mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0);

	if (p == MAP_FAILED)
		die("/proc/vmcore");
	close(fd);
	return p;
}

static _Noreturn void run_b(uint64_t re, uint64_t pa, unsigned int hold)
{
	struct kexec_segment none = { 0 };
	void *held = NULL;

	for (unsigned int entry = 1;; entry++) {
		uint64_t plugged = look(pa + 8);

		printf("kexec_warm: entry %u sees %llu", entry, (unsigned long long)look(pa));
		if (plugged)
			printf(" and %llu", (unsigned long long)look(plugged));
		printf("\n");
		fflush(stdout);
		tcdrain(STDOUT_FILENO);	/* the kernel's own messages do not wait for the end of the line */
		if (held && munmap(held, PAGE))
			die("munmap");
		held = entry == hold ? map_headers() : NULL;
		if (syscall(SYS_kexec_load, re, 1ul, &none, KEXEC_ARCH_DEFAULT | KEXEC_PRESERVE_CONTEXT))
			die("kexec_load");
		jump();
	}
}

int main(int argc, char **argv)
{
	if (argc == 6 && !strcmp(argv[1], "a"))
		return run_a(atoi(argv[2]), argv[3], argv[4], strtoull(argv[5], NULL, 0));
	if (argc == 5 && !strcmp(argv[1], "b"))
		run_b(strtoull(argv[2], NULL, 0), strtoull(argv[3], NULL, 0), (unsigned int)atoi(argv[4]));
	return 64;
}
