// SPDX-License-Identifier: GPL-2.0-or-later
/* io.h and compat.h on pipes, files and /dev/full: short transfers, ends, and every errno. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/compat.h"
#include "sys/io.h"
#include "tap.h"

static char dir[] = "/tmp/kjio.XXXXXX";

static const char *in_dir(const char *name)
{
	static char path[64];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static void on_alarm(int sig)
{
	(void)sig;
}

/* A child feeds @chunks pieces of 1000 bytes slowly, while signals interrupt the reader. */
static void test_pipe(int chunks, size_t want, int err, size_t got)
{
	static char buf[10000];
	struct sigaction sa = { .sa_handler = on_alarm }, old;
	struct itimerval it = { { 0, 3000 }, { 0, 3000 } }, off = { { 0, 0 }, { 0, 0 } };
	size_t n = 0;
	int p[2];

	if (pipe(p))
		abort();
	pid_t pid = fork();

	if (!pid) {
		static char piece[1000];

		memset(piece, 'x', sizeof(piece));
		for (int i = 0; i < chunks; i++) {
			(void)!write(p[1], piece, sizeof(piece));
			usleep(5000);
		}
		_exit(0);
	}
	close(p[1]);
	sigaction(SIGALRM, &sa, &old);
	setitimer(ITIMER_REAL, &it, NULL);
	int e = kj_read_full(p[0], buf, want, &n);

	setitimer(ITIMER_REAL, &off, NULL);
	sigaction(SIGALRM, &old, NULL);
	close(p[0]);
	waitpid(pid, NULL, 0);
	ok(e == err && n == got, "%d pieces, %zu bytes wanted: %d, %zu bytes", chunks, want, e, n);
}

static void test_files(void)
{
	char buf[64];
	size_t n = 77;
	int fd = kj_open_new(in_dir("a"));
	struct stat st;

	ok(fd >= 0, "new file");
	fstat(fd, &st);
	is(st.st_mode & 07777, 0600, "is 0600");
	ok(fcntl(fd, F_GETFD) & FD_CLOEXEC, "is close-on-exec");
	ok(kj_open_new(in_dir("a")) == -EEXIST, "not twice");
	ok(!kj_write_full(fd, "hello world", 11), "write");
	ok(!kj_pwrite_full(fd, "W", 1, 6), "pwrite");
	ok(!kj_write_full(fd, NULL, 0), "write of nothing");
	ok(!kj_fsync(fd), "fsync");
	ok(!kj_close(fd), "close");
	ok(kj_close(fd) == -EBADF, "close twice");
	ok(!kj_close(-1), "close of no file");

	fd = kj_open_rw(in_dir("a"));
	ok(fd >= 0, "open for both");
	ok(!kj_pread_full(fd, buf, 5, 6, &n) && n == 5 && !memcmp(buf, "World", 5), "pread");
	ok(kj_pread_full(fd, buf, 6, 6, &n) == -ENODATA && n == 5, "pread across the end");
	ok(kj_pread_full(fd, buf, 1, 100, NULL) == -ENODATA, "pread behind the end");
	ok(kj_pread_full(fd, buf, 1, INT64_MAX, &n) == -EOVERFLOW && !n, "pread: no such offset");
	ok(kj_pread_full(fd, buf, 1, UINT64_MAX, &n) == -EOVERFLOW, "pread: UINT64_MAX");
	ok(kj_pwrite_full(fd, buf, 1, INT64_MAX) == -EOVERFLOW, "pwrite: no such offset");
	ok(kj_pread_full(fd, buf, 0, INT64_MAX, &n) == 0, "pread of nothing, anywhere");
	kj_close(fd);
	ok(kj_read_full(fd, buf, 1, &n) == -EBADF && !n, "read of a closed fd");
	ok(kj_pread_full(fd, buf, 1, 0, &n) == -EBADF, "pread of a closed fd");
	ok(kj_write_full(fd, buf, 1) == -EBADF, "write to a closed fd");
	ok(kj_pwrite_full(fd, buf, 1, 0) == -EBADF, "pwrite to a closed fd");
	ok(kj_fsync(fd) == -EBADF, "fsync of a closed fd");
	ok(kj_open_read(in_dir("none")) == -ENOENT, "no such file");

	fd = kj_open("/dev/full", O_WRONLY);
	ok(kj_write_full(fd, "x", 1) == -ENOSPC, "a full device");
	ok(kj_pwrite_full(fd, "x", 1, 0) == -ENOSPC, "a full device, pwrite");
	kj_close(fd);
}

static void test_slurp(void)
{
	char buf[16];
	size_t n = 77;

	ok(!kj_slurp(in_dir("a"), buf, 12, &n) && n == 11 && !strcmp(buf, "hello World"),
	   "a file that just fits");
	n = 77;
	ok(kj_slurp(in_dir("a"), buf, 11, &n) == -EFBIG && n == 77, "one that does not");
	ok(kj_slurp(in_dir("a"), buf, 0, &n) == -EINVAL, "no room at all");
	ok(kj_slurp(in_dir("none"), buf, 16, &n) == -ENOENT, "no such file");
	ok(kj_slurp(dir, buf, 16, &n) == -EISDIR, "a directory");
	ok(n == 77, "errors left the length alone");
	ok(!kj_slurp("/proc/sys/kernel/ostype", buf, 16, &n) && !strcmp(buf, "Linux\n"),
	   "a file of /proc");
	ok(!kj_spit(in_dir("a"), "HELLO", 5), "spit");
	ok(!kj_slurp(in_dir("a"), buf, 16, &n) && !strcmp(buf, "HELLO World"), "over the start");
	ok(kj_spit(in_dir("none"), "x", 1) == -ENOENT, "spit makes no file");
}

/* Of this process. */
static long locked_kib(void)
{
	char text[4096];
	const char *p;
	size_t len;

	if (kj_slurp("/proc/self/status", text, sizeof(text), &len))
		return -1;
	p = strstr(text, "VmLck:");
	return p ? atol(p + 6) : -1;
}

static void test_compat(void)
{
	uint64_t a = 0, b = 0;
	unsigned char r[64] = { 0 }, zero[64] = { 0 };
	void *p = NULL;

	ok(!kj_clock_ns(CLOCK_MONOTONIC, &a) && !kj_sleep_ns(2000000) &&
		   !kj_clock_ns(CLOCK_MONOTONIC, &b) && b - a >= 2000000,
	   "clock and sleep");
	ok(kj_clock_ns(9999, &a) == -EINVAL, "no such clock");
	ok(!kj_getrandom(r, sizeof(r)) && memcmp(r, zero, sizeof(r)), "random bytes");
	ok(kj_getrandom((void *)8, 1) == -EFAULT, "to nowhere");
	ok(!kj_alloc_pages(8192, &p) && !((uintptr_t)p & 4095), "pages are aligned");
	ok(!memcmp(p, zero, sizeof(zero)), "and zeroed");
	ok(!kj_madvise(p, 8192, MADV_DONTNEED), "madvise");
	ok(kj_madvise((char *)p + 1, 4096, MADV_DONTNEED) == -EINVAL, "madvise, unaligned");
	ok(!kj_mlock((char *)p + 4095, 2) && locked_kib() == 8, "mlock: both pages that it touches");
	is(kj_mlock(NULL, 4096), -ENOMEM, "mlock: what is not mapped");
	kj_munmap(p, 8192);
	kj_munmap(NULL, 0);
	ok(kj_mmap(4096, PROT_READ, MAP_PRIVATE, -1, 0, &p) == -EBADF, "mmap of no file");
	ok(kj_mmap(4096, PROT_READ, MAP_PRIVATE, -1, UINT64_MAX, &p) == -EOVERFLOW,
	   "mmap, no such offset");
	ok(!kj_alloc_shared(4096, &p), "shared page");
	pid_t pid = fork();

	if (!pid) {
		*(int *)p = 42;
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	ok(*(int *)p == 42, "a child's write is seen");
	kj_munmap(p, 4096);

	int fd = kj_memfd("kjtest", MFD_CLOEXEC), n = 0;

	ok(fd >= 0, "memfd");
	ok(!kj_fallocate(fd, 0, 0, 10000) && lseek(fd, 0, SEEK_END) == 10000, "fallocate");
	ok(kj_fallocate(fd, 0, INT64_MAX, 1) == -EFBIG, "fallocate: no such offset");
	ok(!kj_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED), "fadvise");
	ok(kj_fadvise(fd, UINT64_MAX, 1, 0) == -EINVAL, "fadvise: no such offset");
	ok(!kj_syncfs(fd), "syncfs");
	ok(kj_syncfs(-1) == -EBADF, "syncfs of no file");
	ok(kj_ioctl(fd, 0x5401, &n) == -ENOTTY, "ioctl's errno comes back");
	kj_close(fd);
	errno = 4711;
	ok(kj_syscall(__NR_close, -1, 0, 0, 0, 0, 0) == -EBADF && errno == 4711,
	   "raw calls leave errno alone");
	fd = kj_memfd("args", 0);
	kj_fallocate(fd, 0, 0, 8192);
	p = (void *)kj_syscall(__NR_mmap, 0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 4096);
	strcpy(p, "sixth");
	ok(!kj_pread_full(fd, r, 6, 4096, NULL) && !strcmp((char *)r, "sixth"),
	   "all six arguments arrive");
	munmap(p, 4096);
	kj_close(fd);
}

int main(void)
{
	if (!mkdtemp(dir))
		return 1;
	test_pipe(5, 5000, 0, 5000);
	test_pipe(5, 4001, 0, 4001);
	test_pipe(3, 3001, -ENODATA, 3000);
	test_pipe(0, 1, -ENODATA, 0);
	test_pipe(0, 0, 0, 0);
	test_files();
	test_slurp();
	test_compat();
	unlink(in_dir("a"));
	rmdir(dir);
	return tap_done();
}
