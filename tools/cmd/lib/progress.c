// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Progress for a person: one line per second, or one line that is rewritten on a terminal. Errors
 * of stderr are ignored; it must never make a dump fail.
 */
#include <stdio.h>
#include <unistd.h>

#include "cmd/lib/progress.h"
#include "sys/compat.h"
#include "sys/io.h"

uint64_t kj_meter_now(void)
{
	uint64_t ns = 0;

	(void)kj_clock_ns(CLOCK_MONOTONIC, &ns);
	return ns;
}

void kj_meter_start(struct kj_meter *m, const char *prog, uint64_t total, int quiet)
{
	kj_progress_init(&m->p, total, kj_meter_now());
	m->prog = prog;
	m->quiet = quiet;
	m->tty = isatty(STDERR_FILENO);
	m->on_line = 0;
}

static unsigned long long mib(uint64_t bytes)
{
	return (unsigned long long)((bytes + (1u << 19)) >> 20);
}

void kj_meter_update(struct kj_meter *m, uint64_t done)
{
	struct kj_progress_view v;
	char line[160], eta[32];
	int n;

	if (m->quiet || !kj_progress_tick(&m->p, done, kj_meter_now(), &v))
		return;
	if (v.eta_s == UINT64_MAX)
		snprintf(eta, sizeof(eta), "stalled");
	else if (v.eta_s < 600)
		snprintf(eta, sizeof(eta), "%u s left", (unsigned int)v.eta_s);
	else
		snprintf(eta, sizeof(eta), "%llu min left",
			 (unsigned long long)(v.eta_s + 30) / 60);
	n = snprintf(line, sizeof(line), "%s%s: %u %% %llu of %llu MiB, %llu MiB/s, %s%s",
		     m->tty ? "\r" : "", m->prog, v.percent, mib(v.done), mib(v.total), mib(v.rate),
		     eta, m->tty ? "\033[K" : "\n");
	if (n > 0 && n < (int)sizeof(line))
		(void)kj_write_full(STDERR_FILENO, line, (size_t)n);
	m->on_line = m->tty;
}

void kj_meter_end(struct kj_meter *m)
{
	if (m->on_line)
		(void)kj_write_full(STDERR_FILENO, "\n", 1);
	m->on_line = 0;
}
