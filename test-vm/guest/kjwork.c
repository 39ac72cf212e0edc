// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kjwork: the workload inside a guest that is to be jumped away from or
 * hibernated, and the judge of whether it came back unharmed. Prints KEY=value
 * lines and tells the truth by its exit status; it must never report a
 * workload as right that it could not look at.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "kjwork.h"

struct service {
	const char *name; /* state file below KJ_RUN */
	const char *key;  /* the line of all-check, and prefix of its details */
	const char *prefix;
	int (*check)(const char *prefix);
	void (*stop)(void);
};

static const struct service services[] = {
	{ "mem", "MEM", "MEM_", kj_mem_check, kj_mem_stop },
	{ "counter", "COUNTER", "COUNTER_", kj_counter_check, kj_counter_stop },
	{ "tcp", "TCP", "TCP_", kj_tcp_check, kj_tcp_stop },
	{ "disk", "DISK", "DISK_", kj_disk_check, kj_disk_stop },
	{ "busy", "BUSY", "BUSY_", kj_busy_check, kj_busy_stop },
};

#define NSERVICES (sizeof(services) / sizeof(services[0]))

static int one_check(int argc, char **argv, int (*check)(const char *))
{
	if (argc != 1)
		kj_die(EX_USAGE, "%s: takes no arguments", argv[0]);
	int ret = check("");

	if (ret < 0)
		kj_die(EX_NOINPUT, "%s: not started", argv[0]);
	return ret;
}

static int check_mem(int argc, char **argv)
{
	return one_check(argc, argv, kj_mem_check);
}

static int check_counter(int argc, char **argv)
{
	return one_check(argc, argv, kj_counter_check);
}

static int check_tcp(int argc, char **argv)
{
	return one_check(argc, argv, kj_tcp_check);
}

static int check_disk(int argc, char **argv)
{
	return one_check(argc, argv, kj_disk_check);
}

static int check_busy(int argc, char **argv)
{
	return one_check(argc, argv, kj_busy_check);
}

static int check_all(int argc, char **argv)
{
	unsigned int checked = 0, failed = 0;

	if (argc != 1)
		kj_die(EX_USAGE, "%s: takes no arguments", argv[0]);
	for (size_t i = 0; i < NSERVICES; i++) {
		const struct service *s = &services[i];
		int ret = s->check(s->prefix);

		if (ret < 0)
			continue;
		checked++;
		failed += ret != 0;
		kj_kv("", s->key, "%s", ret ? "bad" : "ok");
	}
	kj_kv("", "CHECKED", "%u", checked);
	kj_kv("", "FAILED", "%u", failed);
	if (checked == 0)
		kj_die(EX_NOINPUT, "%s: nothing was started", argv[0]);
	return failed ? 1 : 0;
}

static void remove_state(void)
{
	DIR *d = opendir(KJ_RUN);

	if (!d)
		return;
	for (struct dirent *e; (e = readdir(d));)
		if (e->d_name[0] != '.')
			(void)unlinkat(dirfd(d), e->d_name, 0);
	closedir(d);
}

static int stop_all(int argc, char **argv)
{
	if (argc != 1)
		kj_die(EX_USAGE, "%s: takes no arguments", argv[0]);
	for (size_t i = 0; i < NSERVICES; i++)
		services[i].stop();
	remove_state();
	return 0;
}

struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *help;
};

static const struct command commands[] = {
	{ "fill", kj_mem_fill,
	  "--percent P [--tmpfs DIR] [--incompressible I] [--window S-E,...] [--seed N]" },
	{ "check", check_mem, "verify every byte of the filled memory" },
	{ "memsum", kj_mem_sum, "hash of the filled memory" },
	{ "stat", kj_mem_stat, "[--window S-E,...] where the filled pages lie" },
	{ "counter", kj_counter_start, "[--busy] count every 10 ms, or also flat out" },
	{ "counter-read", check_counter, "value, and that it counts as it should" },
	{ "counter-addr", kj_counter_addr, "PID and address of kj_counter" },
	{ "tcp", kj_tcp_start, "two processes talking over 127.0.0.1" },
	{ "tcp-check", check_tcp, "messages flow, in sequence, on the same connection" },
	{ "disk", kj_disk_start, "DIR: append records there; keep an unlinked file" },
	{ "disk-check", check_disk, "records and the unlinked file are right" },
	{ "busy", kj_busy_start, "N: spin on CPUs 0..N-1 with live registers" },
	{ "busy-check", check_busy, "registers survived, CPUs still spin" },
	{ "classes", kj_classes, "FILE: hold anonymous, huge and shared memory, and FILE in the cache" },
	{ "clock-save", kj_clock_save, "FILE: note the clocks and the boot id" },
	{ "clock-check", kj_clock_check, "FILE MIN MAX: realtime went on by MIN..MAX s" },
	{ "zeros", kj_zeros, "PERCENT of free memory taken: is it all zero?" },
	{ "pageout", kj_pageout, "FILE: what it holds in tmpfs goes to swap" },
	{ "all-check", check_all, "all checks whose workload was started" },
	{ "stop", stop_all, "end every workload" },
};

#define NCOMMANDS (sizeof(commands) / sizeof(commands[0]))

static void usage(FILE *to)
{
	fputs("usage: kjwork COMMAND [...]\n", to);
	for (size_t i = 0; i < NCOMMANDS; i++)
		fprintf(to, "  %-13s %s\n", commands[i].name, commands[i].help);
	fputs("windows are physical addresses, always hexadecimal, end exclusive\n", to);
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		usage(stderr);
		return EX_USAGE;
	}
	if (strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "--help") == 0) {
		usage(stdout);
		return 0;
	}
	/* A background process would hold what a script left open, a pipe say. */
	(void)close_range(3, ~0u, 0);
	/* Line by line, so that output and messages stay in order on a console. */
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (size_t i = 0; i < NCOMMANDS; i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return commands[i].run(argc - 1, argv + 1);
	kj_warn("%s: no such command", argv[1]);
	usage(stderr);
	return EX_USAGE;
}
