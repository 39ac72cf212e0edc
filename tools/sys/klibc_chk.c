// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What Debian's static codec archives expect of a glibc and klibc lacks. Linked into the
 * klibc build only; it must never be called by our own code.
 */
#include <unistd.h>

void __stack_chk_fail(void) __attribute__((noreturn));

/* A codec's stack is overwritten: nothing on it can be trusted, so no formatting. */
void __stack_chk_fail(void)
{
	static const char msg[] = "kjump: stack smashed inside a codec\n";

	(void)!write(STDERR_FILENO, msg, sizeof(msg) - 1);
	_exit(70); /* EX_SOFTWARE */
}
