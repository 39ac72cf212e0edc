// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Thin wrappers round system calls that klibc has no function for. They must never add
 * policy: one call each, arguments range-checked, -errno back.
 */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <time.h>

#include "sys/compat.h"

#define NSEC_PER_SEC 1000000000ULL

static long call6(long nr, long a, long b, long c, long d, long e, long f)
{
	long r;

	do {
		r = kj_syscall(nr, a, b, c, d, e, f);
	} while (r == -EINTR);
	return r;
}

int kj_clock_ns(int clock, uint64_t *ret)
{
	struct timespec ts = { 0 };
	long r = kj_syscall(__NR_clock_gettime, clock, (long)&ts, 0, 0, 0, 0);

	if (r < 0)
		return (int)r;
	*ret = (uint64_t)ts.tv_sec * NSEC_PER_SEC + (uint64_t)ts.tv_nsec;
	return 0;
}

int kj_sleep_ns(uint64_t ns)
{
	struct timespec ts;
	long r;

	ts.tv_sec = (time_t)(ns / NSEC_PER_SEC);
	ts.tv_nsec = (long)(ns % NSEC_PER_SEC);
	do {
		/* the kernel leaves the rest of the time in the second argument */
		r = kj_syscall(__NR_nanosleep, (long)&ts, (long)&ts, 0, 0, 0, 0);
	} while (r == -EINTR);
	return (int)r;
}

int kj_getrandom(void *buf, size_t len)
{
	char *p = buf;

	while (len) {
		long r = call6(__NR_getrandom, (long)p, (long)len, 0, 0, 0, 0);

		if (r < 0)
			return (int)r;
		if (!r)
			return -EIO;
		p += r;
		len -= (size_t)r;
	}
	return 0;
}

int kj_memfd(const char *name, unsigned int flags)
{
	return (int)kj_syscall(__NR_memfd_create, (long)name, (long)flags, 0, 0, 0, 0);
}

int kj_fallocate(int fd, int mode, uint64_t off, uint64_t len)
{
	if (off > INT64_MAX || len > INT64_MAX - off)
		return -EFBIG;
	return (int)call6(__NR_fallocate, fd, mode, (long)off, (long)len, 0, 0);
}

int kj_syncfs(int fd)
{
	return (int)kj_syscall(__NR_syncfs, fd, 0, 0, 0, 0, 0);
}

int kj_fadvise(int fd, uint64_t off, uint64_t len, int advice)
{
	if (off > INT64_MAX || len > INT64_MAX - off)
		return -EINVAL;
	return (int)kj_syscall(__NR_fadvise64, fd, (long)off, (long)len, advice, 0, 0);
}

int kj_madvise(void *addr, size_t len, int advice)
{
	return (int)kj_syscall(__NR_madvise, (long)addr, (long)len, advice, 0, 0, 0);
}

int kj_mlock(void *addr, size_t len)
{
	return (int)kj_syscall(__NR_mlock, (long)addr, (long)len, 0, 0, 0, 0);
}

int kj_ioctl(int fd, unsigned long req, void *arg)
{
	return (int)kj_syscall(__NR_ioctl, fd, (long)req, (long)arg, 0, 0, 0);
}

int kj_mmap(size_t len, int prot, int flags, int fd, uint64_t off, void **ret)
{
	void *p;

	if (off > INT64_MAX || len > INT64_MAX - off)
		return -EOVERFLOW;
	/* through the libc, so that the sanitizers learn of the mapping */
	p = mmap(NULL, len, prot, flags, fd, (off_t)off);
	if (p == MAP_FAILED)
		return -errno;
	*ret = p;
	return 0;
}

int kj_alloc_pages(size_t len, void **ret)
{
	return kj_mmap(len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0, ret);
}

int kj_alloc_shared(size_t len, void **ret)
{
	return kj_mmap(len, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0, ret);
}

void kj_wipe(void *p, size_t len)
{
	memset(p, 0, len);
	/* the bytes are looked at, as far as the compiler can tell */
	__asm__ volatile("" : : "r"(p) : "memory");
}

void kj_munmap(void *addr, size_t len)
{
	if (addr)
		(void)munmap(addr, len);
}
