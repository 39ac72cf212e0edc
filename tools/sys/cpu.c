// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who this processor is: CPUID, the paging depth and the microcode's revision. It must never
 * execute an instruction that needs more than user mode.
 */
#include <string.h>

#include "sys/compat.h"
#include "sys/cpu.h"
#include "sys/io.h"

struct regs {
	uint32_t a, b, c, d;
};

static struct regs cpuid(uint32_t leaf, uint32_t sub)
{
	struct regs r;

	__asm__ volatile("cpuid"
			 : "=a"(r.a), "=b"(r.b), "=c"(r.c), "=d"(r.d)
			 : "a"(leaf), "c"(sub));
	return r;
}

/*
 * A user address beyond 2^47 can be had exactly when the kernel runs with 5-level tables
 * (Documentation/arch/x86/x86_64/5level-paging.rst); the flag of CPUID says only what the CPU
 * could do.
 */
static uint32_t uses_la57(void)
{
	const uint64_t hint = 1ULL << 50;
	long p = kj_syscall(SYS_mmap, (long)hint, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			    0);

	if (p < 0 && p > -4096)
		return 0;
	kj_munmap((void *)p, 4096);
	return (uint64_t)p >> 47 ? 1 : 0;
}

/* `microcode : 0x1000065` of the first CPU. */
static uint32_t microcode(void)
{
	static const char key[] = "\nmicrocode\t: 0x";
	char buf[2048];
	uint32_t v = 0;
	const char *p;
	size_t len = 0;
	int fd = kj_open_read("/proc/cpuinfo");

	if (fd < 0)
		return 0;
	/* the file may be far longer than this: the first processor is all we want */
	kj_read_full(fd, buf, sizeof(buf) - 1, &len);
	kj_close(fd);
	buf[len] = 0;
	p = strstr(buf, key);
	for (p = p ? p + sizeof(key) - 1 : ""; *p; p++) {
		if (*p >= '0' && *p <= '9')
			v = v << 4 | (uint32_t)(*p - '0');
		else if (*p >= 'a' && *p <= 'f')
			v = v << 4 | (uint32_t)(*p - 'a' + 10);
		else
			break;
	}
	return v;
}

static uint32_t cpu_count(void)
{
	uint64_t mask[128]; /* 8192 CPUs, the most that x86 Linux can be built for */
	long n = kj_syscall(SYS_sched_getaffinity, 0, sizeof(mask), (long)mask, 0, 0, 0);
	uint32_t count = 0;
	long i;

	for (i = 0; i < n / (long)sizeof(mask[0]); i++)
		count += (uint32_t)__builtin_popcountll(mask[i]);
	return count ? count : 1;
}

void kj_cpu_read(struct kj_cpu *ret)
{
	struct regs r = cpuid(0, 0);
	const uint32_t max = r.a;

	memset(ret, 0, sizeof(*ret));
	memcpy(ret->vendor, &r.b, 4);
	memcpy(ret->vendor + 4, &r.d, 4);
	memcpy(ret->vendor + 8, &r.c, 4);
	r = cpuid(1, 0);
	ret->sig = r.a;
	ret->feat[0] = r.c;
	ret->feat[1] = r.d;
	if (max >= 7) {
		r = cpuid(7, 0);
		ret->feat[2] = r.b;
		ret->feat[3] = r.c;
		ret->feat[4] = r.d;
	}
	if (max >= 13)
		ret->feat[5] = cpuid(13, 1).a;
	if (cpuid(0x80000000, 0).a >= 0x80000001) {
		r = cpuid(0x80000001, 0);
		ret->feat[6] = r.c;
		ret->feat[7] = r.d;
	}
	ret->microcode = microcode();
	ret->la57 = uses_la57();
	ret->ncpus = cpu_count();
}
