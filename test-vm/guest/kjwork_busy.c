// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kjwork busy: processes pinned to a CPU each, spinning with known values in
 * every register class, which have to survive the jump. Must never sleep or
 * make a system call inside the loop.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sysexits.h>
#include <unistd.h>

#include "kjwork.h"
#include "kjwork_page.h"

#define STATE "busy"
/* Iterations between two comparisons: milliseconds natively, tens emulated. */
#define SPINS 4000000u

/* The asm below knows these offsets. */
struct regs {
	uint64_t vec[16][4]; /* ymm0-15; SSE uses the lower halves */
	int64_t st[8];       /* x87, as integers: exact */
	uint64_t gpr[6];     /* r8-r13 */
	uint32_t mxcsr;
	uint32_t fcw;
};

_Static_assert(offsetof(struct regs, st) == 512, "asm");
_Static_assert(offsetof(struct regs, gpr) == 576, "asm");
_Static_assert(offsetof(struct regs, mxcsr) == 624, "asm");
_Static_assert(offsetof(struct regs, fcw) == 628, "asm");

struct spinner {
	struct kj_proc proc;
	volatile uint32_t ready;
	uint32_t avx;
	volatile uint64_t rounds;
	volatile uint64_t errors;
};

struct busy_state {
	uint32_t n;
	uint32_t reserved;
	struct spinner s[KJ_MAX_CPUS];
};

static const uint32_t default_mxcsr = 0x1f80;

#define LOAD(op, v, n) op " " #n "*32(%[in]),%%" v #n "\n\t"
#define SAVE(op, v, n) op " %%" v #n "," #n "*32(%[out])\n\t"
#define ALL(m, op, v)                                                                              \
	m(op, v, 0) m(op, v, 1) m(op, v, 2) m(op, v, 3) m(op, v, 4) m(op, v, 5) m(op, v, 6)        \
		m(op, v, 7) m(op, v, 8) m(op, v, 9) m(op, v, 10) m(op, v, 11) m(op, v, 12)         \
			m(op, v, 13) m(op, v, 14) m(op, v, 15)

#define LOAD_SCALARS                                                                               \
	"fninit\n\tfldcw 628(%[in])\n\tldmxcsr 624(%[in])\n\t"                                     \
	"fildll 512(%[in])\n\tfildll 520(%[in])\n\tfildll 528(%[in])\n\t"                          \
	"fildll 536(%[in])\n\tfildll 544(%[in])\n\tfildll 552(%[in])\n\t"                          \
	"fildll 560(%[in])\n\tfildll 568(%[in])\n\t"                                               \
	"movq 576(%[in]),%%r8\n\tmovq 584(%[in]),%%r9\n\t"                                         \
	"movq 592(%[in]),%%r10\n\tmovq 600(%[in]),%%r11\n\t"                                       \
	"movq 608(%[in]),%%r12\n\tmovq 616(%[in]),%%r13\n\t"

#define SPIN "1:\n\tdecq %[spins]\n\tjnz 1b\n\t"

/* The x87 stack comes off in reverse; then the default modes are put back. */
#define SAVE_SCALARS                                                                               \
	"movq %%r8,576(%[out])\n\tmovq %%r9,584(%[out])\n\t"                                       \
	"movq %%r10,592(%[out])\n\tmovq %%r11,600(%[out])\n\t"                                     \
	"movq %%r12,608(%[out])\n\tmovq %%r13,616(%[out])\n\t"                                     \
	"fistpll 568(%[out])\n\tfistpll 560(%[out])\n\tfistpll 552(%[out])\n\t"                    \
	"fistpll 544(%[out])\n\tfistpll 536(%[out])\n\tfistpll 528(%[out])\n\t"                    \
	"fistpll 520(%[out])\n\tfistpll 512(%[out])\n\t"                                           \
	"stmxcsr 624(%[out])\n\tfnstcw 628(%[out])\n\t"                                            \
	"fninit\n\tldmxcsr %[mxcsr]\n\t"

#define CLOBBERS                                                                                   \
	"r8", "r9", "r10", "r11", "r12", "r13", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5",    \
		"xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14",       \
		"xmm15", "st", "st(1)", "st(2)", "st(3)", "st(4)", "st(5)", "st(6)", "st(7)",      \
		"memory", "cc"

/*
 * Entry: 64-bit user mode, @in full. Loads every register class from @in,
 * spins, stores them to @out. Exit: x87 empty, default rounding.
 */
static void hold_sse(const struct regs *in, struct regs *out)
{
	uint64_t spins = SPINS;

	asm volatile(ALL(LOAD, "movups", "xmm")
			     LOAD_SCALARS SPIN SAVE_SCALARS ALL(SAVE, "movups", "xmm")
		     : [spins] "+r"(spins)
		     : [in] "r"(in), [out] "r"(out), [mxcsr] "m"(default_mxcsr)
		     : CLOBBERS);
}

/* The same with the upper halves of ymm0-15; they are zero afterwards. */
static void hold_avx(const struct regs *in, struct regs *out)
{
	uint64_t spins = SPINS;

	asm volatile(ALL(LOAD, "vmovups", "ymm") LOAD_SCALARS SPIN SAVE_SCALARS ALL(
			     SAVE, "vmovups", "ymm") "vzeroupper\n\t"
		     : [spins] "+r"(spins)
		     : [in] "r"(in), [out] "r"(out), [mxcsr] "m"(default_mxcsr)
		     : CLOBBERS);
}

static void make_regs(struct regs *r, uint64_t salt, bool avx)
{
	memset(r, 0, sizeof(*r));
	for (uint64_t i = 0; i < 64; i++)
		if (avx || i % 4 < 2)
			r->vec[i / 4][i % 4] = kj_mix64(salt + i);
	for (uint64_t i = 0; i < 8; i++)
		r->st[i] = (int64_t)(kj_mix64(salt + 64 + i) >> 1);
	for (uint64_t i = 0; i < 6; i++)
		r->gpr[i] = kj_mix64(salt + 72 + i);
	/* All exceptions masked; rounding, in turn, in each of the four ways. */
	r->mxcsr = 0x1f80 | (uint32_t)(salt & 3) << 13;
	r->fcw = 0x037f | (uint32_t)(salt & 3) << 10;
}

static void spin(struct spinner *s, unsigned int cpu, bool avx)
{
	struct regs in, out;
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		kj_die(EX_OSERR, "CPU %u: %s", cpu, strerror(errno));
	(void)setpriority(PRIO_PROCESS, 0, 10);
	kj_proc_self(&s->proc);
	s->avx = avx;
	s->ready = 1;
	for (;;) {
		make_regs(&in, s->rounds * 128 + (s->rounds & 3) + cpu, avx);
		memset(&out, 0, sizeof(out));
		if (avx)
			hold_avx(&in, &out);
		else
			hold_sse(&in, &out);
		if (memcmp(&in, &out, sizeof(in)) != 0)
			s->errors++;
		s->rounds++;
	}
}

int kj_busy_start(int argc, char **argv)
{
	char comm[32];
	cpu_set_t set;

	if (argc != 2)
		kj_die(EX_USAGE, "busy: N is needed, and nothing else");
	uint32_t n = (uint32_t)kj_parse(argv[1], 10, KJ_MAX_CPUS, "busy");

	if (n == 0 || sched_getaffinity(0, sizeof(set), &set))
		kj_die(EX_USAGE, "busy: '%s' is no number of CPUs", argv[1]);
	for (uint32_t i = 0; i < n; i++)
		if (!CPU_ISSET(i, &set))
			kj_die(EX_UNAVAILABLE, "busy: there is no CPU %u", i);
	struct busy_state *b = kj_state_create(STATE, sizeof(*b));
	bool avx = __builtin_cpu_supports("avx");

	b->n = n;
	for (uint32_t i = 0; i < n; i++) {
		snprintf(comm, sizeof(comm), "kjbusy%u", i);
		int pid = kj_spawn(comm);

		if (pid == 0)
			spin(&b->s[i], i, avx);
		kj_await_ready(&b->s[i].ready, pid, comm);
		kj_kv("", "PID", "%d", pid);
	}
	kj_kv("", "MODE", "%s", avx ? "avx" : "sse");
	return 0;
}

static const char *look(const struct spinner *s, unsigned int cpu)
{
	cpu_set_t set;

	if (!kj_proc_alive(&s->proc))
		return "its process is gone";
	if (!kj_await_progress(&s->rounds, s->rounds, 2))
		return "it no longer spins";
	if (s->errors)
		return "registers changed";
	if (sched_getaffinity(s->proc.pid, sizeof(set), &set) || !CPU_ISSET(cpu, &set) ||
	    CPU_COUNT(&set) != 1)
		return "it is no longer pinned to its CPU";
	return NULL;
}

int kj_busy_check(const char *prefix)
{
	struct busy_state *b = kj_state_open(STATE, sizeof(*b));
	uint64_t rounds = 0, errors = 0;
	unsigned int failed = 0;

	if (!b)
		return -1;
	for (uint32_t i = 0; i < b->n && i < KJ_MAX_CPUS; i++) {
		const char *wrong = look(&b->s[i], i);

		rounds += b->s[i].rounds;
		errors += b->s[i].errors;
		failed += wrong != NULL;
		if (wrong)
			kj_warn("busy process on CPU %u: %s", i, wrong);
	}
	kj_kv(prefix, "CPUS", "%u", b->n);
	kj_kv(prefix, "ROUNDS", "%llu", (unsigned long long)rounds);
	kj_kv(prefix, "ERRORS", "%llu", (unsigned long long)errors);
	return failed || b->n == 0 ? 1 : 0;
}

void kj_busy_stop(void)
{
	struct busy_state *b = kj_state_open(STATE, sizeof(*b));

	if (!b)
		return;
	for (uint32_t i = 0; i < b->n && i < KJ_MAX_CPUS; i++)
		kj_proc_kill(&b->s[i].proc);
	(void)unlink(KJ_RUN "/" STATE);
}
