// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kjwork clock-save and clock-check: the clocks and the boot id before and
 * after. Must never set a clock.
 */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "kjwork.h"

#define BOOT_ID "/proc/sys/kernel/random/boot_id"

struct clocks {
	uint64_t realtime; /* all in ns */
	uint64_t monotonic;
	uint64_t boottime;
	char boot_id[64];
};

static void read_clocks(struct clocks *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->realtime = kj_now_ns(CLOCK_REALTIME);
	ret->monotonic = kj_now_ns(CLOCK_MONOTONIC);
	ret->boottime = kj_now_ns(CLOCK_BOOTTIME);
	if (kj_read_text(BOOT_ID, ret->boot_id, sizeof(ret->boot_id)) <= 0)
		kj_die(EX_NOINPUT, "%s: cannot be read", BOOT_ID);
	ret->boot_id[strcspn(ret->boot_id, "\n")] = '\0';
}

int kj_clock_save(int argc, char **argv)
{
	struct clocks c;
	char text[256];

	if (argc != 2)
		kj_die(EX_USAGE, "clock-save: FILE is needed, and nothing else");
	read_clocks(&c);
	int len = snprintf(text, sizeof(text),
			   "REALTIME=%llu\nMONOTONIC=%llu\nBOOTTIME=%llu\nBOOT_ID=%s\n",
			   (unsigned long long)c.realtime, (unsigned long long)c.monotonic,
			   (unsigned long long)c.boottime, c.boot_id);
	int fd = open(argv[1], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	int err = fd < 0 ? -errno : kj_write_full(fd, text, (size_t)len);

	if (!err && fsync(fd) && errno != EINVAL)
		err = -errno;
	if (err)
		kj_die(EX_CANTCREAT, "%s: %s", argv[1], strerror(-err));
	close(fd);
	fputs(text, stdout);
	return 0;
}

static void load_clocks(const char *path, struct clocks *ret)
{
	char text[512];
	unsigned long long r, m, b;
	int err = kj_read_text(path, text, sizeof(text));

	if (err < 0)
		kj_die(EX_NOINPUT, "%s: %s", path, strerror(-err));
	memset(ret, 0, sizeof(*ret));
	if (sscanf(text, "REALTIME=%llu MONOTONIC=%llu BOOTTIME=%llu BOOT_ID=%63s", &r, &m, &b,
		   ret->boot_id) != 4)
		kj_die(EX_DATAERR, "%s: is not from clock-save", path);
	ret->realtime = r;
	ret->monotonic = m;
	ret->boottime = b;
}

static double parse_seconds(const char *text)
{
	char *end;
	double v = strtod(text, &end);

	if (end == text || *end || !isfinite(v))
		kj_die(EX_USAGE, "clock-check: '%s' is no number of seconds", text);
	return v;
}

static double seconds(uint64_t from, uint64_t to)
{
	return (double)(int64_t)(to - from) / 1e9;
}

int kj_clock_check(int argc, char **argv)
{
	struct clocks was, now;
	int ret = 0;

	if (argc != 4)
		kj_die(EX_USAGE, "clock-check: FILE MIN MAX are needed");
	double min = parse_seconds(argv[2]), max = parse_seconds(argv[3]);

	load_clocks(argv[1], &was);
	read_clocks(&now);
	double real = seconds(was.realtime, now.realtime);
	double mono = seconds(was.monotonic, now.monotonic);
	double boot = seconds(was.boottime, now.boottime);

	kj_kv("", "REALTIME_DELTA", "%.3f", real);
	kj_kv("", "MONOTONIC_DELTA", "%.3f", mono);
	kj_kv("", "BOOTTIME_DELTA", "%.3f", boot);
	kj_kv("", "BOOT_ID", "%s", now.boot_id);
	if (strcmp(was.boot_id, now.boot_id) != 0) {
		kj_warn("boot id: is '%s', was '%s'", now.boot_id, was.boot_id);
		ret = 1;
	}
	if (mono < 0 || boot < 0) {
		kj_warn("monotonic clock: went backwards by %.3f s", mono < 0 ? -mono : -boot);
		ret = 1;
	}
	if (real < min || real > max) {
		kj_warn("realtime clock: went on by %.3f s, not by %s to %s", real, argv[2],
			argv[3]);
		ret = 1;
	}
	return ret;
}
