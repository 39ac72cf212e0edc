/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the parts of kjwork share: names, process records and printing.
 * Must never hold state of its own; state lives in files below KJ_RUN.
 */
#ifndef KJWORK_H
#define KJWORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KJ_RUN "/run/kjwork"
#define KJ_SOCKET "/run/kjwork.sock"
#define KJ_PAGE 4096u
#define KJ_MAX_WINDOWS 32
#define KJ_MAX_CPUS 64

/* How long a check waits for a workload to show that it still moves. */
#define KJ_ALIVE_MS 20000

/* A process that a later check must find again: the same, not a successor. */
struct kj_proc {
	int32_t pid;
	uint32_t reserved;
	uint64_t start; /* field 22 of /proc/PID/stat, clock ticks since boot */
};

/* [start, end) in bytes of physical address space. */
struct kj_window {
	uint64_t start;
	uint64_t end;
};

struct kj_windows {
	uint32_t n;
	uint32_t reserved;
	struct kj_window w[KJ_MAX_WINDOWS];
};

/* ---- kjwork_util.c ---- */

/* Prints "kjwork: ..." on stderr and exits with @code. */
void kj_die(int code, const char *fmt, ...) __attribute__((noreturn, format(printf, 2, 3)));
/* Prints "kjwork: ..." on stderr. */
void kj_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Prints PREFIXKEY=value on stdout. */
void kj_kv(const char *prefix, const char *key, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Whole of @text as an unsigned number in @base, at most @max; or dies. */
uint64_t kj_parse(const char *text, int base, uint64_t max, const char *what);
/* "START-END[,...]", always hexadecimal, END exclusive; or dies. */
void kj_parse_windows(const char *text, struct kj_windows *ret);

/* Milliseconds and nanoseconds of a clock (CLOCK_*). */
uint64_t kj_now_ns(int clock);
uint64_t kj_now_ms(void);
void kj_sleep_ms(unsigned int ms);

/* First @len - 1 bytes of a file, NUL-terminated. Returns bytes or -errno. */
int kj_read_text(const char *path, char *buf, size_t len);
/* A field of /proc/meminfo, in pages; dies when it is not there. */
uint64_t kj_meminfo_pages(const char *field);
/* All of @len bytes, in pieces if need be. Returns 0 or -errno; a read that
 * meets the end of the file is -ENODATA. */
int kj_write_full(int fd, const void *buf, size_t len);
int kj_read_full(int fd, void *buf, size_t len);

/*
 * A zeroed file KJ_RUN/@name of @size bytes, mapped shared: the way a workload
 * and its checks talk. create dies when it exists; open returns NULL then.
 */
void *kj_state_create(const char *name, size_t size);
void *kj_state_open(const char *name, size_t size);

/* Records the calling process in @ret. */
void kj_proc_self(struct kj_proc *ret);
/* True while that very process lives (a zombie does not). */
bool kj_proc_alive(const struct kj_proc *p);
/* Kills it and waits until it is gone. */
void kj_proc_kill(const struct kj_proc *p);

/*
 * Forks a background process named @comm, in its own session, with stdout and
 * stderr in KJ_RUN/@comm.log. Returns its pid in the parent, 0 in the child.
 */
int kj_spawn(const char *comm);
/* Waits until *@flag is set by the just spawned @pid; dies when that exits. */
void kj_await_ready(const volatile uint32_t *flag, int pid, const char *what);
/* True as soon as *@v has grown by @by since @from; false after KJ_ALIVE_MS. */
bool kj_await_progress(const volatile uint64_t *v, uint64_t from, uint64_t by);

/* ---- one command each; they return the exit status ---- */
int kj_mem_fill(int argc, char **argv);
int kj_mem_stat(int argc, char **argv);
int kj_mem_sum(int argc, char **argv);
int kj_counter_start(int argc, char **argv);
int kj_counter_addr(int argc, char **argv);
int kj_tcp_start(int argc, char **argv);
int kj_disk_start(int argc, char **argv);
int kj_busy_start(int argc, char **argv);
int kj_classes(int argc, char **argv);
int kj_clock_save(int argc, char **argv);
int kj_clock_check(int argc, char **argv);
int kj_pageout(int argc, char **argv);
int kj_zeros(int argc, char **argv);

/*
 * Checks of a running workload. Print PREFIXKEY=value lines; return 0 when all
 * is right, 1 when something is wrong, -1 when the workload was never started.
 */
int kj_mem_check(const char *prefix);
int kj_counter_check(const char *prefix);
int kj_tcp_check(const char *prefix);
int kj_disk_check(const char *prefix);
int kj_busy_check(const char *prefix);

/* End the workload's processes and free what they hold, if they run. */
void kj_mem_stop(void);
void kj_counter_stop(void);
void kj_tcp_stop(void);
void kj_disk_stop(void);
void kj_busy_stop(void);

#endif
