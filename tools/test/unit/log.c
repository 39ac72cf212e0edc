// SPDX-License-Identifier: GPL-2.0-or-later
/* log.h and die.h: each in a child whose stderr is a pipe, so that writes can be counted. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "sys/die.h"
#include "sys/log.h"
#include "tap.h"

static char out[4][2048];
static int records, status;

/* Run @f in a child; each of its writes arrives as one datagram. */
static void capture(void (*f)(void))
{
	int s[2];

	fflush(stdout);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, s))
		abort();
	pid_t pid = fork();

	if (!pid) {
		dup2(s[1], STDERR_FILENO);
		close(s[0]);
		close(s[1]);
		f();
		_exit(0);
	}
	close(s[1]);
	memset(out, 0, sizeof(out));
	records = 0;
	while (records < 4) {
		ssize_t n = read(s[0], out[records], sizeof(out[0]) - 1);

		if (n <= 0)
			break;
		records++;
	}
	close(s[0]);
	waitpid(pid, &status, 0);
}

static void two_lines(void)
{
	kj_log_init("kjump-test");
	kj_log(KJ_LOG_INFO, "one %d", 1);
	kj_log(KJ_LOG_DEBUG, "not shown");
	kj_log(KJ_LOG_ERR, "two");
}

static void quiet(void)
{
	kj_log_init("kjump-test");
	kj_log_limit(KJ_LOG_ERR);
	kj_log(KJ_LOG_WARN, "not shown");
}

static void long_line(void)
{
	char text[3000];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	kj_log_init("kjump-test");
	kj_log(KJ_LOG_INFO, "%s", text);
}

static void dies(void)
{
	kj_log_init("kjump-test");
	die(EX_DATAERR, "%s: checksum mismatch", "/dev/sda3");
}

int main(void)
{
	kj_log_init("kjump-test");
	is_str(kj_log_last(), "", "no error yet");
	kj_log_limit((enum kj_log_level)0);
	kj_log(KJ_LOG_ERR, "error %d", 3);
	kj_log(KJ_LOG_WARN, "no error");
	is_str(kj_log_last(), "error 3", "the last error, shown or not");
	capture(two_lines);
	is(records, 2, "one write a line, debug not shown");
	is_str(out[0], "kjump-test: one 1\n", "first line");
	is_str(out[1], "kjump-test: two\n", "second line");
	capture(quiet);
	is(records, 0, "a limit is kept");
	capture(long_line);
	is(records, 1, "a long line is one write");
	ok(strlen(out[0]) < 1024 && strlen(out[0]) > 900 && out[0][strlen(out[0]) - 1] == '\n',
	   "cut to what /dev/kmsg takes, newline kept");
	capture(dies);
	is(records, 1, "die prints one line");
	is_str(out[0], "kjump-test: /dev/sda3: checksum mismatch\n", "object: what is wrong");
	ok(WIFEXITED(status) && WEXITSTATUS(status) == EX_DATAERR, "and exits with its status");
	return tap_done();
}
