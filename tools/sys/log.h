/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One line per event, one write() per line, to a sink that the program chose: stderr, or
 * /dev/kmsg when it was told so. Milestones only: an fd on /dev/kmsg takes ten records in
 * five seconds and drops the rest.
 */
#ifndef KJ_SYS_LOG_H
#define KJ_SYS_LOG_H

#include <stdarg.h>

/* syslog(3) numbers, as /dev/kmsg wants them */
enum kj_log_level {
	KJ_LOG_ERR = 3,
	KJ_LOG_WARN = 4,
	KJ_LOG_NOTE = 5,
	KJ_LOG_INFO = 6,
	KJ_LOG_DEBUG = 7,
};

/* To be called first in main(); @progname must live as long as the program. Sink stderr,
 * everything up to KJ_LOG_INFO is shown. Those of stdin, stdout and stderr that are closed are taken, and stay unusable. */
void kj_log_init(const char *progname);
/* Show records of @max and more serious ones. */
void kj_log_limit(enum kj_log_level max);
/* From now on to /dev/kmsg. On -errno the sink is what it was. */
int kj_log_to_kmsg(void);

/* `progname: MESSAGE\n`; the message carries no newline of its own. Cut at about 900
 * bytes, for the kernel refuses records beyond 1024. Errors of the sink are ignored. */
void kj_log(enum kj_log_level level, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void kj_vlog(enum kj_log_level level, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));

/* The last message of KJ_LOG_ERR or worse, shown or not, without the name; "" if there was none. */
const char *kj_log_last(void);

#endif
