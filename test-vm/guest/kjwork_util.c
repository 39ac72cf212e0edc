// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Printing, parsing and small file reading for kjwork. Must never know about
 * any one workload.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "kjwork.h"

static void complain(const char *fmt, va_list ap)
{
	char line[512];

	vsnprintf(line, sizeof(line), fmt, ap);
	fflush(stdout);
	fprintf(stderr, "kjwork: %s\n", line);
}

void kj_die(int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	complain(fmt, ap);
	va_end(ap);
	exit(code);
}

void kj_warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	complain(fmt, ap);
	va_end(ap);
}

void kj_kv(const char *prefix, const char *key, const char *fmt, ...)
{
	va_list ap;

	printf("%s%s=", prefix, key);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
}

uint64_t kj_parse(const char *text, int base, uint64_t max, const char *what)
{
	char *end;

	errno = 0;
	unsigned long long v = strtoull(text, &end, base);

	if (errno || end == text || *end || strchr(text, '-') || v > max)
		kj_die(EX_USAGE, "%s: '%s' is not a number up to %llu", what, text,
		       (unsigned long long)max);
	return v;
}

void kj_parse_windows(const char *text, struct kj_windows *ret)
{
	char *copy = strdup(text), *save = NULL;

	if (!copy)
		kj_die(EX_OSERR, "window: out of memory");
	memset(ret, 0, sizeof(*ret));
	for (char *p = strtok_r(copy, ",", &save); p; p = strtok_r(NULL, ",", &save)) {
		char *dash = strchr(p, '-');

		if (!dash)
			kj_die(EX_USAGE, "window: '%s' is not START-END", p);
		if (ret->n == KJ_MAX_WINDOWS)
			kj_die(EX_USAGE, "window: more than %u", KJ_MAX_WINDOWS);
		*dash = '\0';
		struct kj_window *w = &ret->w[ret->n++];

		w->start = kj_parse(p, 16, UINT64_MAX, "window");
		w->end = kj_parse(dash + 1, 16, UINT64_MAX, "window");
		if (w->start >= w->end)
			kj_die(EX_USAGE, "window: '%s' ends before it starts", text);
	}
	free(copy);
	if (ret->n == 0)
		kj_die(EX_USAGE, "window: '%s' is not START-END", text);
}

uint64_t kj_now_ns(int clock)
{
	struct timespec ts;

	if (clock_gettime(clock, &ts))
		kj_die(EX_OSERR, "clock %d: %s", clock, strerror(errno));
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

uint64_t kj_now_ms(void)
{
	return kj_now_ns(CLOCK_MONOTONIC) / 1000000u;
}

void kj_sleep_ms(unsigned int ms)
{
	struct timespec ts = { ms / 1000, (long)(ms % 1000) * 1000000 };

	while (nanosleep(&ts, &ts) && errno == EINTR)
		;
}

int kj_read_text(const char *path, char *buf, size_t len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t got = 0;

	if (fd < 0)
		return -errno;
	while (got < len - 1) {
		ssize_t n = read(fd, buf + got, len - 1 - got);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			int err = errno;

			close(fd);
			return -err;
		}
		if (n == 0)
			break;
		got += (size_t)n;
	}
	close(fd);
	buf[got] = '\0';
	return (int)got;
}

uint64_t kj_meminfo_pages(const char *field)
{
	char text[4096];
	size_t len = strlen(field);

	if (kj_read_text("/proc/meminfo", text, sizeof(text)) < 0)
		kj_die(EX_NOINPUT, "/proc/meminfo: cannot be read");
	for (char *p = text; p; p = strchr(p, '\n')) {
		p += *p == '\n';
		if (strncmp(p, field, len) == 0 && p[len] == ':')
			return strtoull(p + len + 1, NULL, 10) / (KJ_PAGE / 1024);
	}
	kj_die(EX_DATAERR, "/proc/meminfo: no %s", field);
}

int kj_write_full(int fd, const void *buf, size_t len)
{
	const char *p = buf;

	while (len) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return -EIO;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

int kj_read_full(int fd, void *buf, size_t len)
{
	char *p = buf;

	while (len) {
		ssize_t n = read(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return -ENODATA;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}
