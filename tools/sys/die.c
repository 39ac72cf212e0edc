// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One failure, one line, one status. It must never be called below a point of no return.
 */
#include <stdarg.h>
#include <stdlib.h>

#include "sys/die.h"
#include "sys/log.h"

void die(int status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	kj_vlog(KJ_LOG_ERR, fmt, ap);
	va_end(ap);
	exit(status);
}
