// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reading a line without echo. It must never leave a terminal without its echo. Canonical mode stays: with it, and
 * without echo, the kernel wipes what it has handed out (drivers/tty/n_tty.c: zero_buffer()).
 */
#include "sys/ask.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <termios.h>
#include <unistd.h>

#include "sys/compat.h"

static uint64_t now_ms(void)
{
	uint64_t ns = 0;

	kj_clock_ns(CLOCK_MONOTONIC, &ns);
	return ns / 1000000;
}

/* One byte, before @end. */
static int get_byte(int fd, uint64_t end, char *ret)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int wait = -1, n;
	uint64_t now;

	if (end) {
		now = now_ms();
		if (now >= end)
			return -ETIMEDOUT;
		wait = end - now > INT32_MAX ? INT32_MAX : (int)(end - now);
	}
	n = poll(&p, 1, wait);
	if (n <= 0)
		return n ? -errno : -ETIMEDOUT;
	n = (int)read(fd, ret, 1);
	return n == 1 ? 0 : n ? -errno : -ENODATA;
}

static int get_line(int fd, uint64_t end, char *buf, size_t cap, size_t *ret)
{
	int err, over = 0;
	size_t n = 0;
	char c;

	for (;;) {
		err = get_byte(fd, end, &c);
		/* a last line without its end is one */
		if (err == -ENODATA && n)
			break;
		if (err)
			return err;
		if (c == '\n')
			break;
		/* the rest of it is no line of its own */
		over |= n + 1 >= cap;
		if (!over)
			buf[n++] = c;
	}
	if (over)
		return -E2BIG;
	/* a serial line's */
	if (n && buf[n - 1] == '\r')
		n--;
	buf[n] = 0;
	*ret = n;
	return 0;
}

int kj_ask(int fd, unsigned int seconds, char *buf, size_t cap, size_t *ret)
{
	const uint64_t end = seconds ? now_ms() + seconds * 1000ull : 0;
	struct termios was, quiet;
	const int tty = !tcgetattr(fd, &was);
	int err;

	if (!cap)
		return -EINVAL;
	if (tty) {
		quiet = was;
		quiet.c_lflag &= ~(tcflag_t)ECHO;
		quiet.c_lflag |= ICANON;
		/* what was typed before nobody has asked for */
		if (tcsetattr(fd, TCSAFLUSH, &quiet))
			return -errno;
	}
	err = get_line(fd, end, buf, cap, ret);
	if (tty) {
		(void)tcsetattr(fd, TCSAFLUSH, &was);
		/* the line's end was not shown either */
		(void)!write(STDERR_FILENO, "\n", 1);
	}
	return err;
}
