// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The log sink. Its state is the one global of this tree; it must never choose a sink by
 * itself: a test run as root would write into the host's kernel log.
 */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "sys/io.h"
#include "sys/log.h"

#define LAST_MAX 256
#define RECORD_MAX 960 /* PRINTKRB_RECORD_MAX is 1024, kernel/printk/printk.c of 6.12 */

static struct {
	const char *progname;
	enum kj_log_level max;
	int fd;
	int kmsg;
	char last[LAST_MAX];
} sink = { "kjump", KJ_LOG_INFO, STDERR_FILENO, 0, "" };

/* What our caller has closed must not become a file of ours, for then it would get our messages. Reading and writing fail
 * as before. */
static void hold_std(void)
{
	int fd;

	do {
		fd = kj_open("/", O_RDONLY);
	} while (fd >= STDIN_FILENO && fd < STDERR_FILENO);
	if (fd > STDERR_FILENO)
		(void)kj_close(fd);
}

void kj_log_init(const char *progname)
{
	hold_std();
	sink.progname = progname;
	sink.max = KJ_LOG_INFO;
	sink.fd = STDERR_FILENO;
	sink.kmsg = 0;
	sink.last[0] = '\0';
}

void kj_log_limit(enum kj_log_level max)
{
	sink.max = max;
}

int kj_log_to_kmsg(void)
{
	int fd = kj_open("/dev/kmsg", O_WRONLY);

	if (fd < 0)
		return fd;
	sink.fd = fd;
	sink.kmsg = 1;
	return 0;
}

/* What snprintf() really left in a buffer of @cap bytes. */
static size_t stored(int n, size_t cap)
{
	if (n < 0)
		return 0;
	return (size_t)n < cap ? (size_t)n : cap - 1;
}

void kj_vlog(enum kj_log_level level, const char *fmt, va_list ap)
{
	char rec[RECORD_MAX];
	const size_t cap = sizeof(rec) - 1; /* room for the newline */
	size_t n = 0;

	if (level <= KJ_LOG_ERR) {
		va_list again;

		va_copy(again, ap);
		(void)vsnprintf(sink.last, sizeof(sink.last), fmt, again);
		va_end(again);
	}
	if (level > sink.max)
		return;
	if (sink.kmsg)
		n = stored(snprintf(rec, cap, "<%d>", (int)level), cap);
	n += stored(snprintf(rec + n, cap - n, "%s: ", sink.progname), cap - n);
	n += stored(vsnprintf(rec + n, cap - n, fmt, ap), cap - n);
	rec[n++] = '\n';
	(void)kj_write_full(sink.fd, rec, n);
}

const char *kj_log_last(void)
{
	return sink.last;
}

void kj_log(enum kj_log_level level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	kj_vlog(level, fmt, ap);
	va_end(ap);
}
