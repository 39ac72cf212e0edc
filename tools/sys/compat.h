/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Everything the smallest of our libcs (klibc) lacks, and raw calls that behave the same
 * under every libc. The only file that may ask which libc this is.
 *
 * All functions return 0 (or a count) or -errno, and leave errno alone.
 */
#ifndef KJ_SYS_COMPAT_H
#define KJ_SYS_COMPAT_H

#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#ifndef static_assert
#define static_assert _Static_assert
#endif

/* klibc has the numbers as __NR_ only */
#ifndef SYS_read
#define SYS_clock_gettime __NR_clock_gettime
#define SYS_clock_settime __NR_clock_settime
#define SYS_close __NR_close
#define SYS_fadvise64 __NR_fadvise64
#define SYS_fallocate __NR_fallocate
#define SYS_flock __NR_flock
#define SYS_fsync __NR_fsync
#define SYS_getrandom __NR_getrandom
#define SYS_io_destroy __NR_io_destroy
#define SYS_io_getevents __NR_io_getevents
#define SYS_io_setup __NR_io_setup
#define SYS_io_submit __NR_io_submit
#define SYS_ioctl __NR_ioctl
#define SYS_kexec_file_load __NR_kexec_file_load
#define SYS_kexec_load __NR_kexec_load
#define SYS_madvise __NR_madvise
#define SYS_memfd_create __NR_memfd_create
#define SYS_mlock __NR_mlock
#define SYS_mlock2 __NR_mlock2
#define SYS_mmap __NR_mmap
#define SYS_move_pages __NR_move_pages
#define SYS_nanosleep __NR_nanosleep
#define SYS_openat __NR_openat
#define SYS_prctl __NR_prctl
#define SYS_process_vm_readv __NR_process_vm_readv
#define SYS_read __NR_read
#define SYS_reboot __NR_reboot
#define SYS_sched_getaffinity __NR_sched_getaffinity
#define SYS_sched_setaffinity __NR_sched_setaffinity
#define SYS_sync __NR_sync
#define SYS_sync_file_range __NR_sync_file_range
#define SYS_syncfs __NR_syncfs
#define SYS_vmsplice __NR_vmsplice
#define SYS_write __NR_write
#endif

/* Kernel ABI constants of x86-64 that the libc headers may lack. */
#ifndef O_DIRECT
#define O_DIRECT 040000
#endif
#ifndef CLOCK_REALTIME
#define CLOCK_REALTIME 0
#endif
#ifndef CLOCK_MONOTONIC
#define CLOCK_MONOTONIC 1
#endif
#ifndef CLOCK_BOOTTIME
#define CLOCK_BOOTTIME 7
#endif
#ifndef MADV_DONTNEED
#define MADV_DONTNEED 4
#endif
#ifndef POSIX_FADV_DONTNEED
#define POSIX_FADV_DONTNEED 4
#endif
#ifndef MFD_CLOEXEC
#define MFD_CLOEXEC 1U
#endif

/* The raw system call (syscall.S); pass 0 for arguments that the call does not have. */
long kj_syscall(long nr, long a, long b, long c, long d, long e, long f);

/* Nanoseconds of @clock (CLOCK_*). */
int kj_clock_ns(int clock, uint64_t *ret);
/* Sleep; resumes after signals. */
int kj_sleep_ns(uint64_t ns);
/* Fill @buf with kernel randomness; blocks until the pool is ready. */
int kj_getrandom(void *buf, size_t len);

/* An fd of anonymous memory (MFD_* flags), or -errno. */
int kj_memfd(const char *name, unsigned int flags);
int kj_fallocate(int fd, int mode, uint64_t off, uint64_t len);
int kj_syncfs(int fd);
/* Advice: failure never matters to correctness, but is returned. */
int kj_fadvise(int fd, uint64_t off, uint64_t len, int advice);
int kj_madvise(void *addr, size_t len, int advice);
/* Keep the pages of @addr[@len] out of swap until this process ends. -EPERM: not root, and over its limit; -ENOMEM: over it,
 * or not all of that is mapped. */
int kj_mlock(void *addr, size_t len);
/* ioctl with one prototype everywhere; returns its non-negative result or -errno. */
int kj_ioctl(int fd, unsigned long req, void *arg);

/* mmap with a 64-bit offset; *ret is set only on success. */
int kj_mmap(size_t len, int prot, int flags, int fd, uint64_t off, void **ret);
/* Zeroed, page-aligned private memory, as O_DIRECT wants it. Free with kj_munmap(). */
int kj_alloc_pages(size_t len, void **ret);
/* The same, shared with children of fork(). */
int kj_alloc_shared(size_t len, void **ret);
/* Zeros that no compiler leaves out. */
void kj_wipe(void *p, size_t len);
/* NULL is accepted. */
void kj_munmap(void *addr, size_t len);

#endif
