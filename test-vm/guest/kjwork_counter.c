// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kjwork counter: a process that counts, for a debugger to find in a dump and
 * for the checks to see that time inside the guest never went backwards. Must
 * never write kj_counter from anywhere but the counting loop.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "kjwork.h"

#define TICK_MS 10
#define MAGIC "kjwork-counter!\n"
#define STATE "counter"

/* A page of its own, so that a reader of a dump need walk one table entry. */
struct kj_counter {
	volatile uint64_t value;  /* at the symbol itself */
	char magic[16];           /* 8 bytes after it */
	volatile uint64_t errors; /* value and its shadow parted */
} __attribute__((aligned(KJ_PAGE)));

extern struct kj_counter kj_counter;
struct kj_counter kj_counter = { .magic = { 'k', 'j', 'w', 'o', 'r', 'k', '-', 'c', 'o', 'u', 'n',
					    't', 'e', 'r', '!', '\n' } };
/* Complement of the value, in another page: a stale page shows at once. */
static volatile uint64_t shadow __attribute__((aligned(KJ_PAGE))) = UINT64_MAX;

struct counter {
	struct kj_proc proc;
	volatile uint32_t ready;
	uint32_t used;
	uint64_t last_value; /* as the last check saw it */
	uint64_t last_ms;    /* CLOCK_MONOTONIC then */
};

struct counter_state {
	struct counter slow;
	struct counter busy;
};

static void count(struct counter *c, bool busy)
{
	kj_proc_self(&c->proc);
	c->last_ms = kj_now_ms();
	c->ready = 1;
	if (busy) /* leaves most of a single CPU to the others */
		(void)setpriority(PRIO_PROCESS, 0, 10);
	for (;;) {
		if (!busy)
			kj_sleep_ms(TICK_MS);
		if (kj_counter.value != ~shadow)
			kj_counter.errors++;
		kj_counter.value++;
		shadow = ~kj_counter.value;
	}
}

static void start(struct counter *c, const char *comm, bool busy)
{
	c->used = 1;
	int pid = kj_spawn(comm);

	if (pid == 0)
		count(c, busy);
	kj_await_ready(&c->ready, pid, comm);
}

int kj_counter_start(int argc, char **argv)
{
	bool busy = argc == 2 && strcmp(argv[1], "--busy") == 0;

	if (argc > 2 || (argc == 2 && !busy))
		kj_die(EX_USAGE, "counter: '%s' is not an option", argv[1]);
	struct counter_state *s = kj_state_create(STATE, sizeof(*s));

	start(&s->slow, "kjcounter", false);
	if (busy)
		start(&s->busy, "kjbusycnt", true);
	kj_kv("", "PID", "%d", s->slow.proc.pid);
	if (busy)
		kj_kv("", "BUSY_PID", "%d", s->busy.proc.pid);
	return 0;
}

int kj_counter_addr(int argc, char **argv)
{
	if (argc != 1)
		kj_die(EX_USAGE, "%s: takes no arguments", argv[0]);
	struct counter_state *s = kj_state_open(STATE, sizeof(*s));

	if (!s)
		kj_die(EX_NOINPUT, "counter-addr: not started");
	kj_kv("", "PID", "%d", s->slow.proc.pid);
	kj_kv("", "VADDR", "0x%llx", (unsigned long long)(uintptr_t)&kj_counter.value);
	kj_kv("", "MAGIC_VADDR", "0x%llx", (unsigned long long)(uintptr_t)kj_counter.magic);
	return 0;
}

/* The counting process's own memory; static and non-PIE, so same addresses. */
static int peek(const struct counter *c, struct kj_counter *ret)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/mem", c->proc.pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	ssize_t got = pread(fd, ret, sizeof(*ret), (off_t)(uintptr_t)&kj_counter);
	int err = got < 0 ? -errno : got == sizeof(*ret) ? 0 : -EIO;

	close(fd);
	return err;
}

/* Waits for one more tick, read not before *@ms. Returns NULL, or what is wrong. */
static const char *watch(const struct counter *c, struct kj_counter *ret, uint64_t *ms)
{
	struct kj_counter first;
	uint64_t end = kj_now_ms() + KJ_ALIVE_MS;

	if (!kj_proc_alive(&c->proc))
		return "its process is gone";
	if (peek(c, &first))
		return "its memory cannot be read";
	if (memcmp(first.magic, MAGIC, sizeof(first.magic)) != 0)
		return "its magic is wrong";
	do {
		kj_sleep_ms(TICK_MS);
		*ms = kj_now_ms();
		if (peek(c, ret))
			return "its memory cannot be read";
	} while (ret->value == first.value && kj_now_ms() < end);
	if (ret->value == first.value)
		return "it no longer counts";
	if (ret->value < first.value)
		return "it goes backwards";
	return NULL;
}

static int check_one(struct counter *c, const char *prefix, const char *name, bool busy)
{
	struct kj_counter now = { .value = 0 };
	uint64_t ms = kj_now_ms();
	const char *wrong = watch(c, &now, &ms);
	/* From before the last reading to after this one. */
	uint64_t elapsed = kj_now_ms() - c->last_ms;
	long long delta = (long long)(now.value - c->last_value);

	/* It sleeps at least a tick for each count, on the same clock. */
	if (!wrong && delta < 0)
		wrong = "it went backwards";
	if (!wrong && ms < c->last_ms)
		wrong = "the monotonic clock went backwards";
	if (!wrong && !busy && (uint64_t)delta > elapsed / TICK_MS + 2)
		wrong = "it jumped ahead";
	if (!wrong && now.errors)
		wrong = "it parted from its shadow";
	kj_kv(prefix, "VALUE", "%llu", (unsigned long long)now.value);
	kj_kv(prefix, "PID", "%d", c->proc.pid);
	kj_kv(prefix, "DELTA", "%lld", delta);
	kj_kv(prefix, "ELAPSED_MS", "%llu", (unsigned long long)elapsed);
	kj_kv(prefix, "ERRORS", "%llu", (unsigned long long)now.errors);
	if (wrong) {
		kj_warn("%s: %s", name, wrong);
		return 1;
	}
	c->last_value = now.value;
	c->last_ms = ms;
	return 0;
}

int kj_counter_check(const char *prefix)
{
	struct counter_state *s = kj_state_open(STATE, sizeof(*s));
	char busy[64];

	if (!s)
		return -1;
	int ret = check_one(&s->slow, prefix, "counter", false);

	if (s->busy.used) {
		snprintf(busy, sizeof(busy), "%sBUSY_", prefix);
		ret |= check_one(&s->busy, busy, "busy counter", true);
	}
	return ret;
}

void kj_counter_stop(void)
{
	struct counter_state *s = kj_state_open(STATE, sizeof(*s));

	if (!s)
		return;
	kj_proc_kill(&s->slow.proc);
	kj_proc_kill(&s->busy.proc);
	(void)unlink(KJ_RUN "/" STATE);
}
