// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kjump-pipe: run programs in a pipe and fail if any of them does. It must never end before all of them have, and never
 * say 0 of a stream that somebody cut short.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "core/parse.h"
#include "sys/child.h"
#include "sys/die.h"
#include "sys/log.h"

static const char usage[] =
	"usage: kjump-pipe [-t SECONDS] PROGRAM [ARGUMENT...] [-- PROGRAM [ARGUMENT...]]...\n"
	"\n"
	"Run up to 8 programs, the output of each the input of the next, and wait for all.\n"
	"\n"
	"  -t, --stall N  kill them all if nothing reaches the last one for N seconds, or if\n"
	"                 it has not ended N seconds after its input\n"
	"  -h, --help     this text\n"
	"\n"
	"Exit status: 0 all of them said 0; else that of the last one that did not.\n"
	"74 they were killed, 127 could not be started, 128 and more: a signal.\n";

static const struct option longopts[] = {
	{ "stall", required_argument, NULL, 't' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static void tell(const char *program, int status)
{
	if (status == 127)
		kj_log(KJ_LOG_ERR, "%s: could not be started", program);
	else if (status > 128)
		kj_log(KJ_LOG_ERR, "%s: ended by signal %d", program, status - 128);
	else
		kj_log(KJ_LOG_ERR, "%s: ended with status %d", program, status);
}

/* Cut @argv at each `--`; 0: a program is missing, or there are too many. */
static unsigned int split(char **argv, char *const **part)
{
	unsigned int n = 0;

	for (;;) {
		if (!*argv || !strcmp(*argv, "--") || n == KJ_CHILD_PIPE_MAX)
			return 0;
		part[n++] = argv;
		while (*argv && strcmp(*argv, "--"))
			argv++;
		if (!*argv)
			return n;
		*argv++ = NULL;
	}
}

static unsigned int seconds(const char *s)
{
	uint64_t n;

	if (kj_parse_u64_in(s, strlen(s), 1, 86400, &n))
		die(EX_USAGE, "-t: not a number from 1 to 86400: '%s'", s);
	return (unsigned int)n;
}

int main(int argc, char **argv)
{
	char *const *part[KJ_CHILD_PIPE_MAX];
	int status[KJ_CHILD_PIPE_MAX];
	unsigned int n, stall = 0;
	int c, rc, worst = 0;

	kj_log_init("kjump-pipe");
	while ((c = getopt_long(argc, argv, "+t:h", longopts, NULL)) != -1) {
		if (c == 't') {
			stall = seconds(optarg);
			continue;
		}
		if (c == 'h') {
			fputs(usage, stdout);
			return 0;
		}
		fputs(usage, stderr);
		return EX_USAGE;
	}
	n = split(argv + optind, part);
	if (!n) {
		fputs(usage, stderr);
		return EX_USAGE;
	}
	if (stall && n < 2)
		die(EX_USAGE, "-t: there is no pipe to watch");
	rc = kj_child_pipe(part, n, stall, status);
	if (rc == -ETIMEDOUT)
		die(EX_IOERR, "%s: nothing moves for %u s", part[n - 1][0], stall);
	if (rc)
		die(EX_OSERR, "%s: %s", part[0][0], strerror(-rc));
	/* who reads fails for reasons of his own; who writes, perhaps because nobody reads any more */
	for (unsigned int i = 0; i < n; i++) {
		if (!status[i])
			continue;
		tell(part[i][0], status[i]);
		worst = status[i];
	}
	return worst;
}
